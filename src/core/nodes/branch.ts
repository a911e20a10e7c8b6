import { emit, type Draft } from "../draft.ts";
import { waitForRoom } from "../loads.ts";
import { type NodeState, wayOf } from "../node.ts";
import { failedWays } from "../tried.ts";
import { endFailed, endWell, stepCancelled } from "./end.ts";
import { closeHolder, isOver } from "./group.ts";
import type { NodeKind } from "./node-kind.ts";
import { openWays, toldOf, wayAmong } from "./ways.ts";
import { passesWhen } from "./when.ts";

/**
 * Takes the first way whose condition is true, or that of them which has worked best, or is least at work, where it chooses
 * so; and writes down what it saw. When that way fails, it may take another.
 */
export const branch: NodeKind = {
  start(draft, node) {
    // it stands in the queue again when its way has failed
    if (node.decided || passesWhen(draft, node)) decide(draft, node);
  },
  recover(draft, node) {
    // Its way recovers by itself; but the process may have ended between the decision for none and what follows from it.
    endWithoutWay(draft, node);
  },
  cancel(draft, node) {
    // Else it ends when its way has.
    if (node.phase === "ready") endFailed(draft, node, stepCancelled);
  },
  goOn(draft, node) {
    if (isOver(draft.state, node)) closeHolder(draft, node);
  },
};

function decide(draft: Draft, node: NodeState): void {
  const { state } = draft;
  const found = openWays(state, node);
  if ("code" in found) return endFailed(draft, node, found);
  const taken = wayAmong(state, node, found);
  // something on one of its ways has to end first
  if (!taken) return waitForRoom(state, node);
  const last = failedWays(node).at(-1);
  const after = last ? { after: { way: last.way, failure: last.error } } : {};
  emit(draft, {
    type: "branch.decided",
    address: node.address,
    ...taken,
    ...toldOf(found.saw, taken),
    ...after,
  });
  endWithoutWay(draft, node);
}

/** It is skipped where none was ever taken, and has failed where those that were have. */
function endWithoutWay(draft: Draft, node: NodeState): void {
  if (wayOf(node) !== null) return;
  if (failedWays(node).length > 0) return closeHolder(draft, node);
  endWell(draft, node, { end: "skipped", reason: "none of its conditions is true" });
}
