import { isObject, type Json } from "../expression/json.ts";
import type { OpenStream, StreamId, StreamStore, StreamValue } from "../ports/stream-store.ts";
import { BatchSpending, type KeptSpending } from "./batch-spending.ts";
import type { StreamJob } from "./parts.ts";

/** A pipeline's stream, with what its run keeps beside the records. */
interface Opened {
  readonly stream: OpenStream;
  readonly spending: BatchSpending;
}

/** What the run keeps: which pipeline of this place the stream belongs to, and what that has used. */
interface OwnPart extends KeptSpending {
  readonly child: string;
}

/** Whose value it is: that of no stage. */
const own = { stage: "", key: "run" } as const;

/**
 * Opens the stream of a pipeline. One of an earlier pipeline at this place, which was begun anew since, is forgotten. `known`:
 * what has been spent, where this process knows it already.
 */
export async function openKept(
  store: StreamStore,
  { parent, request: { child }, effect: { address } }: StreamJob,
  known?: BatchSpending,
): Promise<Opened> {
  const { stream, part } = await openFor(store, { runId: parent.runId, address }, child);
  const spending = known ?? new BatchSpending(part);
  return { stream: withOwnPart(stream, { child, spending }), spending };
}

async function openFor(
  store: StreamStore,
  id: StreamId,
  child: string,
): Promise<{ readonly stream: OpenStream; readonly part: OwnPart | undefined }> {
  const stream = await store.open(id);
  const part = ownPart(stream.kept?.values ?? []);
  if (!stream.kept || part?.child === child) return { stream, part };
  await store.remove(id);
  return { stream: await store.open(id), part: undefined };
}

function ownPart(values: readonly StreamValue[]): OwnPart | undefined {
  const found = values.find(isOwn)?.value;
  return isObject(found) ? (found as unknown as OwnPart) : undefined;
}

function isOwn({ stage, key }: StreamValue): boolean {
  return stage === own.stage && key === own.key;
}

/** The same stream for who drives it, who sees nothing of the run's part; that is written whenever it has changed. */
function withOwnPart(
  stream: OpenStream,
  { child, spending }: { readonly child: string; readonly spending: BatchSpending },
): OpenStream {
  let written: number | undefined;
  return {
    kept: stream.kept && { ...stream.kept, values: stream.kept.values.filter((value) => !isOwn(value)) },
    load: (queue, page) => stream.load(queue, page),
    commit: (change) => {
      spending.settle(change.remove ?? []);
      if (written === spending.version) return stream.commit(change);
      written = spending.version;
      const value = { child, ...spending.kept } as unknown as Json;
      return stream.commit({ ...change, values: [...(change.values ?? []), { ...own, value }] });
    },
  };
}
