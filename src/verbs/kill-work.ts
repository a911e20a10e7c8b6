import { unfinished } from "./batch-runs.ts";
import type { Parts } from "./parts.ts";

/** Kills every process that works for a run, or for one that does a step of it, without asking it to end its work. */
export async function killWork(
  { processes, store }: Pick<Parts, "processes" | "store">,
  runId: string,
): Promise<{ readonly found: number; readonly survivors: readonly number[] }> {
  // those that have ended, of which a pipeline may have thousands, work no more
  const inside = await store.list({ prefix: `${runId}.`, status: unfinished });
  const ids = [runId, ...inside.map((row) => row.runId)];
  const killed = await Promise.all(ids.map((id) => processes.killMarked("TUTTI_RUN", id, { graceMs: 0 })));
  return {
    found: killed.reduce((sum, { found }) => sum + found, 0),
    survivors: killed.flatMap(({ survivors }) => survivors),
  };
}
