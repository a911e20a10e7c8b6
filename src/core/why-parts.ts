import type { LoopAction } from "../language/workflow.ts";
import { wantedOf } from "./nodes/group.ts";
import { fullWays } from "./nodes/ways.ts";
import { itemsView, roundOf } from "./parts-view.ts";
import { isGivenUp, type NodeState, wayOf } from "./node.ts";
import { type RunState } from "./state.ts";

/** What an open node that holds others waits for, where that is more than the nodes in it. */
export function waitingInside(state: RunState, node: NodeState): string | undefined {
  if (node.stopping || isGivenUp(node)) return undefined;
  switch (node.plan.kind) {
    case "loop":
      return `its ${roundText(node)}`;
    case "each":
      return itemsText(state, node);
    case "group":
      return joinText(node);
    default:
      return undefined;
  }
}

/** How far a node that others need has come, in brackets; nothing for a simple step. */
export function progressText(state: RunState, node: NodeState): string {
  if (node.phase !== "open") return "";
  switch (node.plan.kind) {
    case "branch":
      return ` (on its way "${wayOf(node) ?? ""}")`;
    case "loop":
      return ` (${roundText(node)})`;
    case "each": {
      const { good, failed, total } = itemsView(state, node);
      return ` (${good + failed} of ${total} items are done)`;
    }
    default:
      return "";
  }
}

function roundText(node: NodeState): string {
  const { max, until } = node.plan.step.action as LoopAction;
  return `round ${roundOf(node)} of ${until === undefined ? "" : "at most "}${max}`;
}

function itemsText(state: RunState, node: NodeState): string {
  const { total, begun, atOnce } = itemsView(state, node);
  const rest = total - begun;
  const more = rest === 0 ? "" : `; ${rest} more begin as these end, ${atOnce} at once`;
  return `${node.remaining} of its ${total} items${more}`;
}

function joinText(node: NodeState): string | undefined {
  const wanted = wantedOf(node);
  if (wanted === undefined) return undefined;
  const missing = wanted - node.good;
  return `${missing} more of its steps to end well (${node.good} of ${wanted} did)`;
}

/** What a branch waits for whose ways are all full. */
export function crowdText(state: RunState, node: NodeState): string | undefined {
  const full = fullWays(state, node);
  const loads = full?.map(({ way, load, atOnce }) => `"${way}" has ${load} of ${atOnce} at work`);
  return loads && `a way with room: ${loads.join(", ")}`;
}
