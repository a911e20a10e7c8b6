import { isObject } from "../expression/json.ts";
import type { DeadLetter, StreamStore } from "../ports/stream-store.ts";
import type { StreamFigures } from "../stream/figures.ts";
import { allLetters } from "./dead-letters.ts";
import { requireRecords } from "./left-streams.ts";
import type { Parts } from "./parts.ts";

/** A pipeline of a run that has begun, whoever drives it. */
export interface StreamView {
  /** Of its node. */
  readonly address: string;
  /** As they were written down last; of one that goes on that is less than a second ago, or nothing has happened since. */
  readonly figures: StreamFigures;
  /** Dead letters that are there now. */
  readonly letters: number;
}

export interface LettersOptions {
  /** Of this pipeline; absent: of all of the run. */
  readonly address?: string;
  /** Only those that died in this stage or sink. */
  readonly stage?: string;
  /** At most so many of each pipeline, the oldest. */
  readonly most?: number;
}

export interface ListedLetter extends DeadLetter {
  readonly address: string;
}

/** The pipelines of a run. */
export async function listStreams(parts: Parts, runId: string): Promise<readonly StreamView[]> {
  const { store, addresses } = await streamsOf(parts, runId);
  const views = await Promise.all(
    addresses.map(async (address) => {
      const sight = await store.look({ runId, address });
      const head = sight && isObject(sight.head) ? sight.head : {};
      const figures = head["figures"];
      // one that was opened and has not come to anything yet
      if (!sight || figures === undefined) return undefined;
      return { address, figures: figures as unknown as StreamFigures, letters: sight.deadCount };
    }),
  );
  return views.filter((view) => view !== undefined);
}

/** Dead letters, of each pipeline the oldest first. */
export async function deadLetters(
  parts: Parts,
  runId: string,
  { address: only, stage, most = Number.POSITIVE_INFINITY }: LettersOptions = {},
): Promise<readonly ListedLetter[]> {
  const { store, addresses } = await streamsOf(parts, runId);
  if (addresses.length === 0) await requireRecords(parts, runId);
  const found: ListedLetter[] = [];
  for (const address of addresses.filter((one) => only === undefined || one === only)) {
    const full = found.length + most;
    for await (const letter of allLetters(store, { runId, address })) {
      if (found.length >= full) break;
      if (stage === undefined || letter.stage === stage) found.push({ address, ...letter });
    }
  }
  return found;
}

interface Streams {
  readonly store: StreamStore;
  readonly addresses: readonly string[];
}

/** Where the run's records are: those of a run that is not kept are in memory. */
export async function streamsOf({ streams, memoryStreams }: Parts, runId: string): Promise<Streams> {
  const kept = await streams.streams(runId);
  const store = kept.length > 0 ? streams : memoryStreams;
  const ids = kept.length > 0 ? kept : await memoryStreams.streams(runId);
  return { store, addresses: ids.map(({ address }) => address) };
}
