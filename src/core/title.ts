import type {
  Action,
  BranchAction,
  ChainAction,
  EachAction,
  LoopAction,
  WaitAction,
} from "../language/workflow.ts";
import type { TallyAction } from "../language/voting.ts";
import { ruleText } from "./policies/vote-text.ts";
import { listText } from "../expression/list-text.ts";
import { filledLine } from "../expression/shell-text.ts";
import type { PlanNode } from "./plan.ts";
import { type NodeState, wayOf } from "./node.ts";

/** One line that says what a node runs. */
export function titleOf(node: NodeState): string {
  const { parent, item, plan } = node;
  if (parent?.plan.kind === "each") return JSON.stringify(item ?? null).slice(0, 200);
  const { action } = plan.step;
  return isHolding(action) ? holderTitle(node, action) : workTitle(node, action);
}

type Holding = ChainAction | BranchAction | LoopAction | EachAction;

function isHolding(action: Action): action is Holding {
  return "chain" in action || "ways" in action;
}

/** Longest title; whoever shows it cuts it further. */
const mostCharacters = 1000;

/** What it runs with its values, once it has any: until then as the file has it. */
function workTitle(node: NodeState, action: Exclude<Action, Holding>): string {
  const { request } = node;
  switch (request?.kind) {
    case "command":
      return cut(`${request.command} ${request.arguments}`);
    case "run":
      return cut(filledLine(request.shell));
    case "agent":
      return cut(request.prompt);
    case "http":
      return cut(`${request.method} ${request.url}`);
    default:
      return plannedTitle(node, action);
  }
}

function cut(title: string): string {
  return title.slice(0, mostCharacters).trim();
}

function plannedTitle({ ask }: Pick<NodeState, "ask">, action: Exclude<Action, Holding>): string {
  switch (action.kind) {
    case "command":
      return `${action.command} ${action.params}`.trim();
    case "run":
      return action.line;
    case "agent":
      return action.prompt;
    case "http":
      return `${action.method} ${action.url}`;
    case "function":
      return `${action.function}()`;
    case "mcp":
      return `${action.server}.${action.tool}()`;
    case "workflow":
      return `workflow ${action.workflow.name}`;
    case "pipeline":
      return `pipeline ${action.stages.map(({ name }) => name).join(" → ")}`;
    case "gates":
      return "the gates of the run";
    case "land":
      return "brings what was done here into the tree around it";
    case "wait":
      return waitTitle(action);
    case "value":
      return "a value of what others gave";
    case "tally":
      return tallyTitle(action);
    case "ask":
      return ask?.text ?? action.text;
  }
}

function waitTitle(action: WaitAction): string {
  if (action.for === "signal") return `signal ${action.signal}`;
  return action.for === "board" ? `until the blackboard says ${action.until}` : action.for;
}

function holderTitle(node: NodeState, action: Holding): string {
  switch (action.kind) {
    case "branch": {
      const way = wayOf(node);
      return way === undefined ? action.ways.map(({ name }) => name).join(" | ") : (way ?? "no way");
    }
    case "loop": {
      const rounds = countOf(action.max, "round");
      return action.until === undefined ? rounds : `until ${action.until}, at most ${rounds}`;
    }
    case "each":
      return node.items ? countOf(node.items.length, "item") : listText(action.items);
    case "chain":
      return groupTitle(node.plan, action);
  }
}

function groupTitle({ block }: PlanNode, { join, swarm }: ChainAction): string {
  if (swarm) return `${swarm} swarm`;
  const count = block?.nodes.length ?? 0;
  if (count === 1) return countOf(1, "step");
  const enough = join === undefined ? "" : `, ${join === "any" ? "any" : join.quorum} of them enough`;
  return `${count} steps, ${block?.schedule.strategy ?? "sequence"}${enough}`;
}

function countOf(count: number, one: string): string {
  return `${count} ${count === 1 ? one : `${one}s`}`;
}

function tallyTitle(action: TallyAction): string {
  if ("of" in action) return "what the votes left open";
  return `${ruleText(action.rule)} of ${typeof action.votes === "string" ? listText(action.votes) : "votes"}`;
}
