/** What each key of a gate is for. */
export const gateDocs: Readonly<Record<string, string>> = {
  name: "Name of the gate in reports.",
  run: "A shell line that must end with status 0.",
  check: "A CEL expression that must be true.",
  claim: "Something the step itself must report as true in output.quality_metrics.",
  level:
    "Advisory: only noted; blocking: fails the step; maximum: fails the run whatever the error strategy.",
  retry: "How often the step runs again with what the gate said.",
  timeout: "Longest time of the shell line, or of the judge.",
  coverage: "A coverage report must show at least so many percent.",
  files: "Limits on which files the step changed.",
  secrets: "No file may hold what looks like a key, a token or a password.",
  schema: "A file or a value must have the shape that a JSON Schema says.",
  judge: "Another agent must find that it holds; a text alone is the one criterion.",
  duplication: "An agent looks whether there is already what does the same; a text says what.",
  human: "People must say yes; a template.",
  approval: "Another word for human.",
  by: "Who may answer; anybody when absent.",
  quorum: "How many different people must approve (default 1).",
  deadline: "How long to wait for the answer; then the gate does not hold.",
  otherwise: "What stands for an answer at the deadline: approve or reject.",
  escalate: "Who is told while nobody answers, and when, as of an approval step.",
};

export const judgeDocs: Readonly<Record<string, string>> = {
  criteria: "What must hold; templates.",
  prompt: "What the judge is asked, beside or in place of criteria; a template.",
  threshold: "Least score that passes, 0 to 100.",
  agent: "The agent that judges; that of the steps that name none when absent.",
  model: "Its model.",
};

export const duplicationDocs: Readonly<Record<string, string>> = {
  criterion: "What there must not be twice; a template.",
  agent: judgeDocs["agent"] ?? "",
  model: "Its model.",
};

export const coverageDocs: Readonly<Record<string, string>> = {
  file: "The report: lcov, Cobertura XML, or JSON of Istanbul; a template.",
  format: "How the report is written; told from what is in it when absent.",
  lines: "Least part of the lines.",
  branches: "Least part of the branches.",
  functions: "Least part of the functions.",
  statements: "Least part of the statements.",
};

export const filesDocs: Readonly<Record<string, string>> = {
  changed: "Most files changed, created and deleted ones among them.",
  created: "Most files created.",
  allow: "Every changed file must fit one of these.",
  forbid: "No changed file may fit one of these.",
  require: "For each of these some changed file must fit.",
};

export const secretsDocs: Readonly<Record<string, string>> = {
  in: "Where to look: `changed` (default), or globs.",
  allow: "What is no secret though it looks like one.",
};

export const schemaGateDocs: Readonly<Record<string, string>> = {
  file: "The JSON or YAML file to look at; a template.",
  of: "The value to look at; an expression.",
  is: "A JSON Schema, or the file that holds one.",
};
