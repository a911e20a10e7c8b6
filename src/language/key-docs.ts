/** What each key is for, by the kind of object; shown by editors. */
export const workflowDocs: Readonly<Record<string, string>> = {
  $schema: "Where the JSON Schema of this file is.",
  name: "Name of the workflow; the file's name when absent.",
  description: "What the workflow is for.",
  inputs: "What a run is given, with `--input name=value`.",
  env: "Environment of every step; may hold inputs, secrets and run.",
  limits: "Caps of a run; each has a default.",
  agent: "Agent of the steps that name none.",
  model: "Model of the steps that name none.",
  workspace:
    "Where steps work: in no directory of their own, or all in the shared working directory (default).",
  save_state: "False: the run is kept in memory only and cannot be resumed.",
  resources: "How many steps may hold each named resource at once.",
  chain: "The steps of the workflow.",
};

export const limitsDocs: Readonly<Record<string, string>> = {
  cost: "Money all agents together may cost (default 10 USD).",
  tokens: "Tokens all agents together may use (default 2M).",
  agents: "Attempts of agents that may be started (default 50).",
  time: "Time the run may spend executing, not waiting (default 2h).",
  parallel: "Steps at once (default 8).",
  output: "Bytes of one step's output kept in the run; the rest goes to an artifact (default 1MiB).",
};

export const chainDocs: Readonly<Record<string, string>> = {
  steps: "The steps, in order.",
  parallel_where_possible:
    "True: steps that do not need each other run together when that is at least 20 % faster.",
  error_strategy: "What a failed step means for the steps after it.",
};

export const stepDocs: Readonly<Record<string, string>> = {
  name: "Name of the step in expressions; from what it does when absent.",
  description: "What the step is for.",
  depends_on: "Steps that must have ended well before; a reference in a text is a dependency as well.",
  when: "CEL condition; the step is skipped when it is false.",
  timeout: "Longest time of one attempt.",
  idle_timeout: "Longest time without a line of output.",
  retry: "Further attempts after the first.",
  error_strategy: "What a failure of this step means for the chain.",
  output: "JSON Schema of the output; what does not fit fails the step.",
  before: "Checks before the step runs.",
  gates: "Checks after the step ran; only then it is verified.",
  reads: "Files the step reads: it waits for steps that write them.",
  writes: "Files the step writes: steps that read or write them wait for each other.",
  uses: "Resources the step holds while it runs.",
  locks: "Names that only one step holds at a time.",
  env: "Environment of this step; secrets may stand here.",
  on_interrupt: "What to do after a crash in the middle of the step.",
  cache: "How long a result may be taken from an earlier run.",
  expect: "Your guess of the duration, for planning.",
  priority: "Of the steps that are ready, the higher starts first.",
  command: "A slash command, on an agent.",
  params: "Arguments of the command; a template.",
  args: "Another word for params (command) or with (function).",
  context: "Values the agent is told beside the arguments.",
  run: "A shell line; only ${{ }} is filled in, as environment.",
  cwd: "Directory of the shell line, below the working directory.",
  agent: "The agent that does the step.",
  prompt: "What the agent is asked; a template.",
  model: "The agent's model.",
  tools: "Tools the agent may use.",
  http: "An HTTP call, or just a URL to get.",
  function: "A function that the embedding program registered.",
  with: "What the function is called with; texts inside are templates.",
  wait: "A duration, a time or a signal to wait for.",
  chain: "Nested steps with a strategy of their own.",
  steps: "Nested steps.",
  parallel: "The nested steps run together; all of them must end.",
};

export const retryDocs: Readonly<Record<string, string>> = {
  max: "Further attempts after the first.",
  on: "Which failures are tried again; all when absent.",
  backoff: "How the pause between attempts grows.",
  delay: "The first pause.",
};

export const gateDocs: Readonly<Record<string, string>> = {
  name: "Name of the gate in reports.",
  run: "A shell line that must end with status 0.",
  check: "A CEL expression that must be true.",
  claim: "Something the step itself must report as true in output.quality_metrics.",
  level:
    "Advisory: only noted; blocking: fails the step; maximum: fails the run whatever the error strategy.",
  retry: "How often the step runs again with what the gate said.",
  timeout: "Longest time of the shell line.",
};

export const httpDocs: Readonly<Record<string, string>> = {
  method: "GET when absent.",
  url: "A template; secrets may stand here.",
  headers: "Templates; secrets may stand here.",
  body: "A text, or a value that is sent as JSON; a template.",
  expect: "Status codes that count as success; 200 to 299 when absent.",
};

export const waitDocs: Readonly<Record<string, string>> = {
  for: "How long.",
  until: "A time such as 2026-12-24T18:00:00Z; a template.",
  signal: "Name of a signal, sent with `tutti signal RUN NAME`.",
  deadline: "How long to wait for the signal before the step fails.",
};
