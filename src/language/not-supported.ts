/** Keys of the language that this version does not do yet, and what to do meanwhile. */
export const notSupportedKinds: Readonly<Record<string, string>> = {
  flow: "write a `chain:` whose steps have `when:` conditions",
  swarm: "write a `chain:` with one agent step for each role, in a `parallel: {join: all}` group",
  pipeline: "write a `chain:`; let one `run:` step go over the records",
  routing_logic: "write a `chain:` whose steps have `when:` conditions",
};

export const notSupportedInWorkflow: Readonly<Record<string, string>> = {
  ...notSupportedKinds,
  gates: "put the gates on the last step of the chain",
  adaptive: "leave it out: the order of a chain is decided by its needs",
  undo: "leave it out; this version does not roll back",
  on_failure: "give the step an `error_strategy: {fallback: step}`",
  notify: "add a last step with `http:`",
  alerts: "leave it out; watch the run with `tutti watch`",
};

export const notSupportedInStep: Readonly<Record<string, string>> = {
  flow: "give the steps `when:` conditions",
  switch: "give the steps `when:` conditions",
  routing_logic: "give the steps `when:` conditions",
  conditions: "give the steps `when:` conditions",
  if: "write `when:`",
  repeat: "use a gate with `retry:`, which runs the step again with what the gate said",
  for_each: "write one step for each item in a `parallel: {join: all}` group",
  swarm: "write one agent step for each role in a `parallel: {join: all}` group",
  pipeline: "let one `run:` step go over the records",
  workflow: "copy its steps into a nested `chain:`",
  mode: "copy the steps of the other workflow into a nested `chain:`",
  approval: "wait for a signal: `wait: {signal: approved}`, sent with `tutti signal RUN approved`",
  question: "wait for a signal: `wait: {signal: answer}`, sent with `tutti signal RUN answer`",
  by: "wait for a signal: `wait: {signal: approved}`",
  quorum: "wait for a signal: `wait: {signal: approved}`",
  escalate: "give the wait a `deadline:`",
  mcp: "use a `run:` step with the server's own command line",
  undo: "add a step with `error_strategy` or undo by hand; this version does not roll back",
  coverage: "use a gate `run:` with a script that checks the coverage file",
  adaptive: "leave it out: the order of a chain is decided by its needs",
  backup: "give the step an `error_strategy: {fallback: step}`",
  workspace: "all steps share the working directory; keep writers apart with `writes:`",
};

export const notSupportedInGate: Readonly<Record<string, string>> = {
  coverage: "use `run:` with a script that reads the coverage file and ends with a status other than 0",
  schema: "declare the step's `output:` as a JSON Schema, which is always checked",
  files: "use `check:` over `changed_files`, such as `size(fix.changed_files) <= 20`",
  secrets: "use `run:` with a secret scanner such as gitleaks",
  duplication: "use `run:` with a duplicate finder",
  judge: "add a step for another agent with an `output:` schema, and `check:` its answer",
  human: "add a step `wait: {signal: approved}`",
  approval: "add a step `wait: {signal: approved}`",
};

export const notSupportedInParallel: Readonly<Record<string, string>> = {
  quorum: "use `join: all`",
  concurrency: "use `limits: {parallel: n}` of the workflow, or a resource with `uses:`",
};

/** Values of an otherwise known key. */
export const notSupportedValues: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  workspace: {
    run: "use `workspace: shared`; commit or stash your own changes before the run",
    step: "use `workspace: shared`; keep writers apart with `writes:`",
  },
  join: { any: "use `join: all`", quorum: "use `join: all`" },
};
