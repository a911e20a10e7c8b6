/** Keys of the language that this version does not do yet, and what to do meanwhile. */
export const notSupportedInWorkflow: Readonly<Record<string, string>> = {
  adaptive: "write it in a `flow:` or `switch:`: the order of a chain is decided by its needs",
  on_failure: "give the step an `error_strategy: {fallback: step}`",
  notify: "add a last step with `http:`",
  alerts: "leave it out; watch the run with `tutti watch`",
};

export const notSupportedInChain: Readonly<Record<string, string>> = {
  ...notSupportedInWorkflow,
  undo: "give each step its own `undo:`, or write it beside `chain:` for the whole workflow",
  gates: "put the gates on a step, or beside `chain:` for the whole run",
  flow: "write it as a step: `steps: [{flow: {conditions: […]}}]`",
  pipeline: "write it as a step: `steps: [{pipeline: {…}}]`",
};

export const notSupportedInStep: Readonly<Record<string, string>> = {
  coverage: "write it as a gate: `gates: [{coverage: {file: coverage/lcov.info, lines: 80}}]`",
  adaptive: "write it in a `flow:` or `switch:`: the order of a chain is decided by its needs",
  backup: "write a `switch:` with `on_failure: next`, or give the step an `error_strategy: {fallback: step}`",
};

const ofTheWorkflow = "write it in the `limits` of the workflow: it holds for the whole run";

export const notSupportedInStepLimits: Readonly<Record<string, string>> = {
  parallel: ofTheWorkflow,
  output: ofTheWorkflow,
  day: ofTheWorkflow,
  mode: ofTheWorkflow,
  on_limit: "write an `error_strategy` at the step, or `on_limit` in the `limits` of the workflow",
};
