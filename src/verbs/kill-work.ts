import { unfinished } from "./batch-runs.ts";
import type { Parts } from "./parts.ts";

/**
 * Kills every process that works for a run, or for one that does a step of it, without asking it to end its work. Where this
 * process drives the run, that is stopped, to be resumed: what comes of work that is killed says nothing about it.
 */
export async function killWork(
  { processes, store, driven }: Pick<Parts, "processes" | "store" | "driven">,
  runId: string,
): Promise<{ readonly found: number; readonly survivors: readonly number[] }> {
  driven.halt(runId);
  // those that have ended, of which a pipeline may have thousands, work no more
  const inside = await store.list({ prefix: `${runId}.`, status: unfinished });
  const ids = [runId, ...inside.map((row) => row.runId)];
  const killed = await Promise.all(ids.map((id) => processes.killMarked("TUTTI_RUN", id, { graceMs: 0 })));
  return {
    found: killed.reduce((sum, { found }) => sum + found, 0),
    survivors: killed.flatMap(({ survivors }) => survivors),
  };
}
