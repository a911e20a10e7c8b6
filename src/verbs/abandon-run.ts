import { isFinal } from "../core/state.ts";
import { isTuttiError } from "../errors.ts";
import { abandonBatches } from "./batch-runs.ts";
import type { Parts } from "./parts.ts";
import { resume } from "./resume.ts";
import { stateOf } from "./run-state.ts";

/**
 * Ends a run inside another whose step another run does from now on, or none: nobody waits for it, and it would ask people for ever.
 * The message is durable before anything else, so that whoever drives the run takes it.
 */
export async function abandonRun(parts: Parts, runId: string): Promise<void> {
  try {
    const state = await stateOf(parts, runId);
    // a pipeline is no run: those of its batches are
    if (!state) return await abandonBatches(parts, runId);
    if (isFinal(state.status)) return;
    const reason = "the run around it goes on without it";
    await parts.store.post(runId, { type: "cancel", reason, at: parts.clock.now() });
    const handle = await resume(parts, runId, { messagesOnly: true, stayMs: 0 });
    await handle.done;
  } catch (error) {
    if (!isTuttiError(error)) throw error;
    if (!isTuttiError(error, "RUN_OWNED") && !isTuttiError(error, "RUN_NOT_FOUND")) parts.onTrouble(error);
  }
}
