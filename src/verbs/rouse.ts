import { isDoneFor } from "../core/child-record.ts";
import { isFinal, type RunState } from "../core/state.ts";
import type { Parts } from "./parts.ts";
import { stateOf } from "./run-state.ts";

/**
 * The run to drive so that this one takes what was left for it: the outermost of those around it that go on, so that their
 * caps and their time hold for it, whoever drives what lies beside it. Each of them is told, durably, that the run which
 * does a step of it goes on. It is the run itself when none does.
 */
export async function rouse(parts: Parts, { runId, parent }: RunState): Promise<string> {
  if (!parent) return runId;
  const around = await stateOf(parts, parent.runId);
  if (!around || isFinal(around.status) || !isDoneBy(around, runId)) return runId;
  await parts.store.post(around.runId, { type: "child", child: runId, at: parts.clock.now() });
  return rouse(parts, around);
}

/** False when another run does the step by now. */
export function isDoneBy({ live }: RunState, child: string): boolean {
  return [...live].some((node) => node.child !== undefined && isDoneFor(node.child.id, child));
}
