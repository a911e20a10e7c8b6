import { runStatuses } from "../core/life.ts";
import { isFinal } from "../core/state.ts";
import { type Json, sameJson } from "../expression/json.ts";
import type { Parts } from "./parts.ts";
import { stateOf } from "./run-state.ts";

/**
 * The id of the first run that does this work of a pipeline: the same for ever, and no other's. `7f3.1.label-0_17` does batch 17 of
 * the stage "label" in its first lane.
 */
export function batchRunId(stream: string, work: string): string {
  const name = work
    .replaceAll("/", "-")
    .replaceAll(".", "_")
    .replaceAll(/[^\w-]/g, codeOf);
  return `${stream}.${name}`;
}

/**
 * The run that does these records of the work, begun or not. One that did others bears the name where the stream was lost and
 * has counted from 0 again: it is passed by, and what it did is neither used nor lost.
 */
export async function runOfBatch(
  parts: Parts,
  { stream, work, records }: { readonly stream: string; readonly work: string; readonly records: Json },
): Promise<string> {
  const name = batchRunId(stream, work);
  for (let runId = name, no = 2; ; runId = `${name}+${no}`, no += 1) {
    const state = await stateOf(parts, runId);
    if (!state || sameJson(state.inputs["batch"], records)) return runId;
  }
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
