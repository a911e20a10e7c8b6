import type {
  BatchPart,
  DeadLetter,
  KeptQueue,
  KeptStream,
  NewDeadLetter,
  OpenStream,
  StoredBatch,
  StreamChange,
  StreamId,
  StreamStore,
  StreamValue,
} from "../../ports/stream-store.ts";
import type { Json } from "../../expression/json.ts";
import { brokenRecordError, leaseLostError, partExistsError, storeFullError } from "../store-errors.ts";
import { nextNumber, type StoredStream } from "./disk.ts";
import type { AppendFault } from "./faults.ts";
import { durably, turn, type MemoryParts } from "./process.ts";

export function createStreamStore(parts: MemoryParts): StreamStore {
  const { streams } = parts.disk;
  return {
    open: (id) =>
      turn(parts, () => {
        const epoch = nextNumber(parts.disk);
        const stream = streams.get(keyOf(id)) ?? newStream(id);
        stream.epoch = epoch;
        streams.set(keyOf(id), stream);
        return openStream(parts, { id, epoch, kept: keptOf(stream) });
      }),
    look: (id) =>
      turn(parts, () => {
        const { head, dead } = streams.get(keyOf(id)) ?? {};
        return head === undefined ? undefined : { head: jsonOf(head), deadCount: dead?.size ?? 0 };
      }),
    dead: (id, { after, most }) =>
      turn(parts, () => {
        const letters = [...(streams.get(keyOf(id))?.dead ?? [])].filter(([letter]) => letter > after);
        return letters.slice(0, most).map(([letter, body]) => letterOf(letter, body));
      }),
    streams: (runId) =>
      turn(parts, () => [...streams.values()].map(({ id }) => id).filter((id) => id.runId === runId)),
    remove: (id) => turn(parts, () => void streams.delete(keyOf(id))),
  };
}

interface Opened {
  readonly id: StreamId;
  readonly epoch: number;
  readonly kept: KeptStream | undefined;
}

function openStream(parts: MemoryParts, opened: Opened): OpenStream {
  /** Counts failures: a change that was given before one was known fails for the same reason. */
  let generation = 0;
  let brokenBy: unknown;
  return {
    kept: opened.kept,
    commit: async (given) => {
      const mine = generation;
      const change = copyChange(given);
      await turn(parts, () => {
        if (mine !== generation) throw brokenBy;
        try {
          store(parts, { opened, change });
        } catch (error) {
          generation += 1;
          brokenBy = error;
          throw error;
        }
      });
    },
    load: (queue, page) => turn(parts, () => load(parts, { id: opened.id, queue, ...page })),
  };
}

type WholeChange = Required<StreamChange>;

interface Storing {
  readonly opened: Opened;
  readonly change: WholeChange;
}

function store(parts: MemoryParts, { opened, change }: Storing): void {
  const { id, epoch } = opened;
  const { streams } = parts.disk;
  const fault = askFault(parts, { id, change });
  const found = streams.get(keyOf(id));
  // another process opens it and dies
  if (fault === "lose-lease" && found) found.epoch = nextNumber(parts.disk);
  const stream = found?.epoch === epoch ? found : undefined;
  if (!stream) throw leaseLostError(id.runId);
  if (fault === "disk-full") throw storeFullError(id.runId);
  refuseDoubles(stream, change);
  durably(parts, { fault, write: () => apply(stream, change) });
}

function askFault(
  { faults, counts }: MemoryParts,
  point: { readonly id: StreamId; readonly change: StreamChange },
): AppendFault | undefined {
  counts.changes += 1;
  return faults.onChange?.({ count: counts.changes, ...point });
}

/** A change is stored wholly or not at all, so this is found out before anything is. */
function refuseDoubles({ queues }: StoredStream, { put, remove }: WholeChange): void {
  const placed = new Set<string>();
  for (const { queue, batch, part } of put) {
    const isRemoved = remove.some((one) => one.queue === queue && one.batch === batch);
    const isThere = !isRemoved && queues.get(queue)?.get(batch)?.has(part) === true;
    const place = JSON.stringify([queue, batch, part]);
    if (isThere || placed.has(place)) throw partExistsError({ queue, batch, part });
    placed.add(place);
  }
}

function apply(stream: StoredStream, change: WholeChange): void {
  const { head, remove, put, dead, revived, values } = change;
  stream.head = JSON.stringify(head);
  for (const { queue, batch } of remove) stream.queues.get(queue)?.delete(batch);
  for (const part of put) putPart(stream, part);
  for (const letter of revived) stream.dead.delete(letter);
  for (const letter of dead) stream.dead.set((stream.letters += 1), JSON.stringify(letter));
  for (const value of values) putValue(stream, value);
}

function putValue({ values }: StoredStream, { stage, key, value }: StreamValue): void {
  const name = JSON.stringify([stage, key]);
  if (value === null) values.delete(name);
  else values.set(name, JSON.stringify(value));
}

function putPart({ queues }: StoredStream, { queue, batch, part, at, records }: BatchPart): void {
  const batches = queues.get(queue) ?? new Map<number, ReadonlyMap<number, string>>();
  queues.set(queue, batches);
  batches.set(batch, new Map([...(batches.get(batch) ?? []), [part, JSON.stringify({ at, records })]]));
}

function load(
  { disk }: MemoryParts,
  page: {
    readonly id: StreamId;
    readonly queue: string;
    readonly from: number;
    readonly most: number;
  },
): readonly StoredBatch[] {
  const stream = disk.streams.get(keyOf(page.id));
  const batches = batchesOf(stream?.queues.get(page.queue)).filter(({ batch }) => batch >= page.from);
  return batches.slice(0, page.most).map(({ parts: _, ...batch }) => batch);
}

function keptOf({ head, queues, values }: StoredStream): KeptStream | undefined {
  if (head === undefined) return undefined;
  return {
    head: jsonOf(head),
    queues: [...queues].flatMap(([queue, batches]) => queueOf(queue, batchesOf(batches))),
    values: [...values].map(([name, value]): StreamValue => {
      const [stage = "", key = ""] = JSON.parse(name) as readonly string[];
      return { stage, key, value: jsonOf(value) };
    }),
  };
}

function queueOf(queue: string, batches: readonly PartedBatch[]): readonly KeptQueue[] {
  const [first, last] = [batches[0], batches.at(-1)];
  if (!first || !last) return [];
  const count = batches.reduce((sum, { records }) => sum + records.length, 0);
  const ends = { first: first.batch, last: last.batch };
  return [{ queue, ...ends, count, lastCount: last.records.length, lastParts: last.parts }];
}

interface PartedBatch extends StoredBatch {
  /** How many parts it has. */
  readonly parts: number;
}

/** In the order of their numbers. */
function batchesOf(batches: ReadonlyMap<number, ReadonlyMap<number, string>> = new Map()): PartedBatch[] {
  const sorted = [...batches].toSorted(([one], [other]) => one - other);
  return sorted.map(([batch, stored]) => {
    const inOrder = [...stored].toSorted(([one], [other]) => one - other);
    const parts = inOrder.map(([, body]) => JSON.parse(body) as Pick<StoredBatch, "at" | "records">);
    const at = parts[0]?.at ?? 0;
    const last = inOrder.at(-1)?.[0] ?? -1;
    return { batch, at, records: parts.flatMap(({ records }) => records), parts: last + 1 };
  });
}

/** As it is now, whatever becomes of its objects. Throws for what no store could keep. */
function copyChange(change: StreamChange): WholeChange {
  const nothing = { remove: [], put: [], dead: [], revived: [], values: [] };
  const whole: WholeChange = { ...nothing, ...structuredClone(change) };
  const broken = whole.put.find(({ records }) => records.some(({ text }) => text.includes("\n")));
  if (broken) throw brokenRecordError(broken.queue);
  // a part without records would be a batch that is not there
  return { ...whole, put: whole.put.filter(({ records }) => records.length > 0) };
}

function newStream(id: StreamId): StoredStream {
  const { runId, address } = id;
  const empty = { queues: new Map(), dead: new Map(), values: new Map() };
  return { id: { runId, address }, epoch: 0, letters: 0, ...empty };
}

function keyOf({ runId, address }: StreamId): string {
  return JSON.stringify([runId, address]);
}

function jsonOf(text: string): Json {
  return JSON.parse(text) as Json;
}

function letterOf(letter: number, body: string): DeadLetter {
  return { letter, ...(JSON.parse(body) as NewDeadLetter) };
}
