import { runStatuses } from "../core/life.ts";
import { isFinal } from "../core/state.ts";
import type { Parts } from "./parts.ts";

/**
 * The id of the run that does this work of a pipeline: the same for ever, and no other's. `7f3.1.label-0_17` does batch 17 of
 * the stage "label" in its first lane.
 */
export function batchRunId(stream: string, work: string): string {
  const name = work
    .replaceAll("/", "-")
    .replaceAll(".", "_")
    .replaceAll(/[^\w-]/g, codeOf);
  return `${stream}.${name}`;
}

function codeOf(character: string): string {
  return `=${character.codePointAt(0)?.toString(16) ?? ""}=`;
}

/** True for a run that does a batch of a pipeline, and for those inside it; the others are numbered. */
export function isInBatch(runId: string): boolean {
  const [, ...inside] = runId.split(".");
  return inside.some((part) => !/^\d+$/.test(part));
}

/** How a run stands that has not ended. */
export const unfinished = runStatuses.filter((status) => !isFinal(status));

/** Ends the runs of batches that have not ended, because nobody needs the pipeline any more. */
export async function abandonBatches(parts: Parts, stream: string): Promise<void> {
  const prefix = `${stream}.`;
  const rows = await parts.store.list({ status: unfinished, prefix });
  // those inside them end with them
  const direct = rows.filter(({ runId }) => !runId.slice(prefix.length).includes("."));
  for (const { runId } of direct) await parts.children.abandon(parts, runId);
}
