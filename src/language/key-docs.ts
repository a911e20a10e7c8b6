import { agentDocs } from "./agent-key-docs.ts";

/** What each key is for, by the kind of object; shown by editors. */
export const workflowDocs: Readonly<Record<string, string>> = {
  $schema: "Where the JSON Schema of this file is.",
  name: "Name of the workflow; the file's name when absent.",
  description: "What the workflow is for.",
  inputs: "What a run is given, with `--input name=value`.",
  env: "Environment of every step; may hold inputs, secrets and run.",
  limits: "Caps of a run; each has a default.",
  agent: "Agent of the steps that name none.",
  fallback_agents: "Agents that take such a step over, in this order, when that one is out of order.",
  model: "Model of the steps that name none.",
  thinking: "How long the agents of the steps think that do not say it.",
  memory: "What runs share under a name, for the steps that ask agents and do not say it.",
  context_window:
    "What goes into prompts of the values in them; a step that says it too goes before, key by key.",
  workspace:
    "Where the steps work; decided when a run begins when absent: in a tree of the run's own when a step may write.",
  mcp_servers: "MCP servers by name, for the tools and agents of its steps.",
  save_state: "False: the run is kept in memory only and cannot be resumed.",
  resources: "How many steps may hold each named resource at once.",
  chain: "The steps of the workflow.",
  flow: "The workflow is a row of decisions; a file has this or chain.",
  swarm: "The workflow is a swarm: agents that work on one task together.",
  pipeline: "The workflow is a pipeline: records that go from a source through stages into sinks.",
  gates: "Checks when all steps have ended well; the run fails when one does not hold.",
  undo: "How all that the workflow did is taken back: a shell line, or what to do.",
};

export const workspaceDocs: Readonly<Record<string, string>> = {
  mode: "Where steps work: none, in the project's folder, of which nothing is kept; shared, there, with checkpoints; run, in a tree of the run's own, writers side by side in one each; step, every step that may write in one of its own.",
  copy: "Files that git ignores and that a new tree gets all the same.",
  install: "Run once in every new tree: a shell line, or more.",
  ports: "Free ports in a row that each tree has for itself.",
  env: "Environment of everything that works in a tree.",
  commits:
    "Where checkpoints lie: private (default), under refs of tutti's own; branch, they are commits of a branch tutti/RUN, too.",
  merge: "How writers that work side by side are brought together.",
};

export const installDocs: Readonly<Record<string, string>> = {
  run: "A shell line.",
  key: "Files; while they are the same, what an earlier tree has installed is used again.",
  keep: "Folders that are kept for that.",
  timeout: "Longest time of the shell line.",
};

export const mergeDocs: Readonly<Record<string, string>> = {
  order: "Who lands first: finished (default), who is done first; declared, who stands first in the file.",
  by: "How: rebase (default), as one commit after the others; merge, as one with both as parents.",
  conflicts:
    "What becomes of lines that two writers changed: ours, they stay; theirs, they are as the writer has them; agent (default), the writer brings both together; human, a person does; serialize, the step is done again on what is there.",
};

export const contextWindowDocs: Readonly<Record<string, string>> = {
  budget:
    "Most tokens of the prompt (four characters each); what tells least of its subject goes first. Fixed text and `keep` stay.",
  keep: "Names or expressions whose values stay whole.",
  drop: "Names or expressions whose values are left out.",
  window: "Of lists the last so many items.",
  secrets: "False: what looks like a secret stays in.",
  summarize: "Longer values are told in short by an agent.",
  references: "Longer values are put beside as files, which the prompt names.",
};

export const memoryDocs: Readonly<Record<string, string>> = {
  name: "Its name: it is the file `.tutti/memory/NAME.md`.",
  read: "False: the agent is not told what is there.",
  write: "False: what the agent learns is not added.",
  max: "How long the text may be (default 8k); the oldest notes go first.",
};

export const summarizeDocs: Readonly<Record<string, string>> = {
  over: "Tokens from which on a value is summarized; its summary has a quarter of them.",
  agent: "The agent that does it; that of the step when absent.",
  model: "Its model.",
};

export const referencesDocs: Readonly<Record<string, string>> = {
  over: "Tokens from which on a value becomes a file.",
};

export const limitsDocs: Readonly<Record<string, string>> = {
  cost: "Money all agents together may cost (default 10 USD).",
  tokens: "Tokens all agents together may use (default 2M).",
  agents: "Attempts of agents that may be started (default 50).",
  time: "Time the run may spend executing, not waiting (default 2h).",
  parallel: "Steps at once (default 8).",
  output: "Bytes of one step's output kept in the run; the rest goes to an artifact (default 1MiB).",
  day: "Money that all runs of the project together may cost on one day, UTC (default: no cap).",
  mode: "What becomes of a call that would pass a cap: enforce (default) does not make it, audit makes and tells it.",
  on_limit: "How a run ends that a cap stopped: fail (default), or degrade, with what it has.",
};

export const stepLimitsDocs: Readonly<Record<string, string>> = {
  cost: "Money that all attempts of the step, or of all that it holds, may cost.",
  tokens: "Tokens that they may use.",
  agents: "Attempts of agents that may be started in it.",
  time: "Time the run may spend executing while the step, or what it holds, is under way.",
};

const givesDoc = "The step of it whose output is its own; the outputs of all by name when absent.";

export const chainDocs: Readonly<Record<string, string>> = {
  gives: givesDoc,
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
  undo: "How the step's work is taken back when the run fails: a shell line, or what to do.",
  reads: "Files the step reads: it waits for steps that write them.",
  writes: "Files the step writes: steps that read or write them wait for each other.",
  uses: "Resources the step holds while it runs.",
  locks: "Names that only one step holds at a time.",
  env: "Environment of this step; secrets may stand here.",
  on_interrupt: "What to do after a crash in the middle of the step.",
  cache: "How long a result may be taken from an earlier run.",
  expect: "Your guess of duration, price and tokens of one attempt, for planning and for caps.",
  limits: "Caps on the time and the agents of this step, or of all that it holds, inside those of the run.",
  priority: "Of the steps that are ready, the higher starts first.",
  workspace:
    "Where the step, or what it holds, works: none, in the project's folder; run, in the tree around it; step, in one of its own.",
  command: "A slash command, on an agent.",
  params: "Arguments of the command; a template.",
  args: "Another word for params (command) or with (function).",
  context: "Values the agent is told beside the arguments.",
  run: "A shell line; only ${{ }} is filled in, as environment.",
  cwd: "Directory of the shell line, below the working directory.",
  ...agentDocs,
  mcp_servers: "Names of MCP servers whose tools the agent gets.",
  mcp: "A tool of an MCP server, such as files.read; its arguments stand in with.",
  http: "An HTTP call, or just a URL to get.",
  function: "A function that the embedding program registered.",
  with: "What the function is called with, or the inputs of the other workflow; texts inside are templates.",
  workflow:
    "Another workflow, whose steps run inside this run: a file, relative to this one, or pattern:NAME.",
  mode: "How the other workflow runs. inline (default): its steps are steps of this run; child: as a run of its own, inside the caps of this one.",
  wait: "A duration, a time or a signal to wait for.",
  value: "A value made of what other steps gave; texts in it are templates. Nothing is done for it.",
  blackboard:
    "The nested steps have a blackboard: entries by agent and topic, read as `board`; true, or an object.",
  gives: givesDoc,
  board: "How the step uses the blackboard around it.",
  chain: "Nested steps with a strategy of their own.",
  steps: "Nested steps.",
  parallel: "The nested steps run together; all of them must end well, or any, or a quorum.",
  flow: "Decisions: if, then, else.",
  swarm: "Agents that work on one task together.",
  pipeline: "Records that go from a source through stages into sinks.",
  tally: "Counts the votes that other steps gave, and decides.",
  switch: "One of several ways, by condition or by value.",
  repeat: "The nested steps in rounds, one after another.",
  for_each: "The nested steps for every item of a list, side by side.",
  approval: "Asks people for a yes or no; a template.",
  question: "Asks a person for a value; a template.",
  by: "Who may answer; anybody when absent.",
  quorum: "How many different people must approve (default 1).",
  deadline: "How long to wait for the answer.",
  answer:
    "Shape of the answer: a type, a list of the answers there are or a template that gives one, or a JSON Schema; a text when absent.",
  otherwise:
    "The answer that is taken at the deadline (of an approval approve or reject); without it the step fails then.",
  escalate:
    "Who is told while nobody answers, and when; `default`: terminal after 5 min, desktop after 20, a report after 80.",
};

const nextDoc =
  "When the way that was taken fails for good, the next that may be taken is; without it the step fails.";

export const flowDocs: Readonly<Record<string, string>> = {
  conditions: "Decisions, one after another; in a step with several they are its steps c1, c2 and so on.",
  adaptive:
    "Of the ways whose conditions hold, and the default, that is taken which has worked best; else the first (default).",
  balance:
    "Of the ways whose conditions hold, and the default, that is taken which has worked well and is least at work now.",
  learning: "False: what comes of its ways is not remembered.",
  on_failure: nextDoc,
  max_tries: "Most ways that are taken one after another (default: all); with on_failure.",
};

export const conditionDocs: Readonly<Record<string, string>> = {
  if: "CEL condition.",
  then: "Steps when it is true; its way is called then.",
  else: "Steps when it is false.",
};

export const switchDocs: Readonly<Record<string, string>> = {
  on: "CEL; what cases are compared with.",
  cases: "By name; the first that holds is taken. A case that is a list of steps holds when on is its name.",
  default: "Steps when no case holds.",
  on_failure: nextDoc,
  max_tries: flowDocs["max_tries"] ?? "",
};

export const caseDocs: Readonly<Record<string, string>> = {
  gives: givesDoc,
  when: "CEL condition under which the case holds.",
  is: "The value, or values, of on with which the case holds; its name when absent.",
  at_once: "How many may be on this way at once, with balance; where every way is full the next waits.",
  steps: "Steps of this way.",
  parallel_where_possible: chainDocs["parallel_where_possible"] ?? "",
  error_strategy: chainDocs["error_strategy"] ?? "",
};

export const repeatDocs: Readonly<Record<string, string>> = {
  until:
    "CEL, asked after every round; the loop ends well when it is true. NAME.last is what the round gave.",
  max: "Most rounds (default 10).",
  plateau: "Ends the loop when it does not get better.",
  otherwise:
    "What it means that the loop ended without until being true: fail (default), or accept what there is.",
};

export const plateauDocs: Readonly<Record<string, string>> = {
  of: "CEL over the round, such as polish.last.work.score; the higher the better.",
  rounds: "Rounds in a row in which it has not grown (default 2).",
};

export const forEachDocs: Readonly<Record<string, string>> = {
  items: "The list: a template, or a list that is written out.",
  as: "Name of the item in the steps (default item).",
  key: "CEL over the item that gives its name in addresses; its position from 0 when absent.",
  concurrency: "Items at once; as many as the run's limit allows when absent.",
};

export const escalationDocs: Readonly<Record<string, string>> = {
  after: "How long after the question.",
  notify: "Where it is told.",
};

export const notifyDocs: Readonly<Record<string, string>> = {
  webhook: "A URL; a template, secrets may stand here.",
  command: "A shell line.",
  file: "A file to which a line is added.",
};

export const retryDocs: Readonly<Record<string, string>> = {
  max: "Further attempts after the first.",
  on: "Which failures are tried again; all when absent.",
  backoff: "How the pause between attempts grows.",
  delay: "The first pause.",
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
  board:
    "A condition over the blackboard around the step; the wait is over, too, when nothing more can come to it. Gives {held: true or false}.",
  deadline: "How long to wait for the signal before the step fails.",
};
