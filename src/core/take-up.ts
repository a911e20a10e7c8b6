import { emit, type Draft } from "./draft.ts";
import { isHolder, type NodeState } from "./node.ts";
import { kindOf } from "./nodes/kind.ts";
import { reuse } from "./nodes/reuse.ts";
import { passesWhen } from "./nodes/when.ts";
import { goOnHolders, isStopped, moveTo } from "./settle.ts";

/**
 * A run that was put back, and has not gone on since, uses again what it knows and begins nothing else: what stays done in it is its
 * work then, and can be undone.
 */
export function takeUp(draft: Draft): void {
  const { state } = draft;
  if (state.root.phase !== "pending" || state.known.size === 0) return;
  emit(draft, { type: "run.control", verb: "resume" });
  moveTo(draft, "executing");
  emit(draft, { type: "block.opened", address: "" });
  const looked = new Set<NodeState>();
  for (let seen = 0; seen < draft.events.length;) {
    seen = goOnHolders(draft, seen);
    for (let node = state.ready.pop(); node; node = state.ready.pop()) {
      looked.add(node);
      useAgain(draft, node);
    }
  }
  for (const node of looked) if (node.phase === "ready") state.ready.push(node);
}

function useAgain(draft: Draft, node: NodeState): void {
  if (node.phase !== "ready" || node.blockedBy !== undefined || isStopped(node)) return;
  if (isHolder(node)) return kindOf(node).start(draft, node);
  // one of which only gates are left to do has not ended well
  const isDone = draft.state.known.get(node.address)?.end !== undefined;
  if (passesWhen(draft, node) && isDone) reuse(draft, node);
}
