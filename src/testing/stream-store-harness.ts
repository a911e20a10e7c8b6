import type {
  BatchPart,
  KeptStream,
  NewDeadLetter,
  OpenStream,
  StreamRecord,
  StreamStore,
} from "../ports/stream-store.ts";

export interface StreamStoreHarness {
  /** A process of its own over the same data. */
  readonly open: () => Promise<StreamProcess>;
}

export interface StreamProcess {
  readonly store: StreamStore;
  /** As by `kill -9`. */
  readonly kill: () => void;
  /** Makes changes fail for want of space. */
  readonly fillDisk: () => void;
}

export const id = { runId: "r", address: "flow" };

export function recordsOf(first: number, count: number): readonly StreamRecord[] {
  return Array.from({ length: count }, (_, index) => ({ no: first + index, text: `{"n":${first + index}}` }));
}

export function partOf(queue: string, place: Partial<BatchPart> = {}): BatchPart {
  return { queue, batch: 0, part: 0, at: 1, records: recordsOf(0, 3), ...place };
}

export function letterOf(no: number): NewDeadLetter {
  return {
    stage: "fix",
    at: 5,
    code: "STEP_FAILED",
    reason: "no",
    origin: "in:1",
    no,
    text: "{}",
    whole: true,
  };
}

/** A store with a stream that has just been opened. */
export type Begin = () => Promise<{
  readonly harness: StreamStoreHarness;
  readonly store: StreamStore;
  readonly stream: OpenStream;
}>;

/** The order of queues and values is nobody's business. */
export function sorted(kept: KeptStream | undefined): KeptStream | undefined {
  const byText = (one: object, other: object): number =>
    JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
  return kept && { ...kept, queues: kept.queues.toSorted(byText), values: kept.values.toSorted(byText) };
}
