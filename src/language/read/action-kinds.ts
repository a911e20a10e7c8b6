/** What a step does. */
export type ActionKind =
  | "command"
  | "run"
  | "http"
  | "function"
  | "mcp"
  | "wait"
  | "value"
  | "tally"
  | "group"
  | "swarm"
  | "pipeline"
  | "agent"
  | "flow"
  | "switch"
  | "repeat"
  | "for_each"
  | "approval"
  | "question"
  | "call"
  | "child";

/**
 * The keys that say what a step does. `agent` beside `command` only says who does it, `steps` and `chain` beside
 * `repeat` and `for_each` what is repeated.
 */
export const kindOfKey: Readonly<Record<string, ActionKind>> = {
  command: "command",
  run: "run",
  http: "http",
  function: "function",
  mcp: "mcp",
  wait: "wait",
  value: "value",
  tally: "tally",
  chain: "group",
  steps: "group",
  prompt: "agent",
  swarm: "swarm",
  pipeline: "pipeline",
  flow: "flow",
  switch: "switch",
  repeat: "repeat",
  for_each: "for_each",
  approval: "approval",
  question: "question",
  workflow: "call",
};
export const actionKeys: readonly string[] = [...Object.keys(kindOfKey), "agent"];

const everywhere = "name description depends_on when error_strategy";
const ofWork = `${everywhere} timeout retry output before gates reads writes uses locks on_interrupt cache expect priority undo limits board`;
const ofProgram = `${ofWork} env idle_timeout workspace`;
const ofAgents = "mcp_servers skills subagents permissions";
const ofContainer = `${everywhere} reads writes limits workspace`;
const ofPeople = `${everywhere} by deadline otherwise escalate`;
/** Which keys mean something for which kind of step. */
export const keysOf: Readonly<Record<ActionKind, ReadonlySet<string>>> = {
  command: words(
    `${ofProgram} command params args agent fallback_agents model effort thinking context_window context preamble memory ${ofAgents}`,
  ),
  run: words(`${ofProgram} run cwd`),
  agent: words(
    `${ofProgram} agent fallback_agents prompt model effort thinking context_window tools preamble memory ${ofAgents}`,
  ),
  http: words(`${ofWork} http`),
  function: words(`${ofWork} env function with args`),
  mcp: words(`${ofProgram} mcp with args`),
  wait: words(`${everywhere} wait board`),
  value: words(`${everywhere} value`),
  tally: words(`${everywhere} tally`),
  group: words(`${ofContainer} chain steps parallel parallel_where_possible blackboard gives`),
  swarm: words(`${ofContainer} swarm`),
  pipeline: words(`${everywhere} reads writes uses locks limits before gates output priority pipeline`),
  flow: words(`${ofContainer} flow`),
  switch: words(`${ofContainer} switch`),
  repeat: words(`${ofContainer} repeat chain steps parallel_where_possible gives`),
  for_each: words(`${ofContainer} for_each chain steps parallel_where_possible gives`),
  approval: words(`${ofPeople} approval quorum`),
  question: words(`${ofPeople} question answer`),
  call: words(`${ofContainer} workflow with mode`),
  child: words(`${ofContainer} workflow with mode retry output before gates uses locks priority`),
};

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(" "));
}
