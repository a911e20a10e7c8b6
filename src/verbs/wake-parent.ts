import { fold } from "../core/apply.ts";
import { isFinal, type RunState } from "../core/state.ts";
import { isTuttiError } from "../errors.ts";
import type { Parts } from "./parts.ts";
import { resume } from "./resume.ts";
import { isDoneBy } from "./rouse.ts";
import type { RunAround } from "./run-handle.ts";

/**
 * Lets the run go on whose step a run does, which went on without it. The message is durable before anything else: the
 * process that drives the parent takes it, or this one drives the parent now and gives it, or whoever takes it up next.
 */
export async function wakeParent(
  parts: Parts,
  { runId: child, parent }: RunState,
  options: { readonly stayMs?: number },
): Promise<RunAround | undefined> {
  if (!parent) return undefined;
  try {
    const earlier = await parts.store.read(parent.runId);
    const state = fold(earlier);
    if (!state || isFinal(state.status) || !isDoneBy(state, child)) return undefined;
    await parts.store.post(parent.runId, { type: "child", child, at: parts.clock.now() });
    const handle = await resume(parts, parent.runId, { ...options, messagesOnly: true });
    return { handle, earlier };
  } catch (error) {
    if (isTuttiError(error) && elsewhere.has(error.code)) return undefined;
    throw error;
  }
}

/** Somebody else drives it, or it is over. */
const elsewhere: ReadonlySet<string> = new Set(["RUN_OWNED", "RUN_STATE", "RUN_NOT_FOUND"]);
