import { fold } from "../core/apply.ts";
import { isFinal, type RunState } from "../core/state.ts";
import { isTuttiError } from "../errors.ts";
import type { Parts, WakeOptions } from "./parts.ts";
import { resume } from "./resume.ts";

/**
 * Lets the run go on whose step a run does, which went on without it. The message is durable before anything else: the
 * process that drives the parent takes it, or this one drives the parent now, or whoever takes it up next.
 */
export async function wakeParent(
  parts: Parts,
  { runId: child, parent }: RunState,
  { stayMs, onDrive }: WakeOptions,
): Promise<void> {
  if (!parent) return;
  try {
    const state = fold(await parts.store.read(parent.runId));
    if (!state || isFinal(state.status)) return;
    await parts.store.post(parent.runId, { type: "child", child, at: parts.clock.now() });
    const handle = await resume(parts, parent.runId, {
      messagesOnly: true,
      ...(stayMs === undefined ? {} : { stayMs }),
    });
    onDrive(handle);
    await handle.done;
  } catch (error) {
    if (
      !isTuttiError(error, "RUN_OWNED") &&
      !isTuttiError(error, "RUN_STATE") &&
      !isTuttiError(error, "RUN_NOT_FOUND")
    )
      throw error;
  }
}
