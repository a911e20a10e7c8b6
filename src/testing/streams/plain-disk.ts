import type {
  BatchPart,
  DeadLetter,
  KeptQueue,
  KeptStream,
  StoredBatch,
  StreamChange,
} from "../../ports/stream-store.ts";

/** What is on the disk: a store of pipelines in its simplest form. */
export class PlainDisk {
  head: KeptStream["head"] | undefined;
  readonly parts = new Map<string, BatchPart[]>();
  readonly dead: DeadLetter[] = [];

  commit(change: StreamChange): void {
    this.head = change.head;
    for (const { queue, batch } of change.remove ?? []) this.parts.delete(`${queue} ${batch}`);
    for (const part of change.put ?? []) this.#put(part);
    const left = this.dead.filter(({ letter }) => !change.revived?.includes(letter));
    const come = (change.dead ?? []).map((one, at) => ({ ...one, letter: this.dead.length + at + 1 }));
    this.dead.splice(0, this.dead.length, ...left, ...come);
  }

  #put(part: BatchPart): void {
    const key = `${part.queue} ${part.batch}`;
    const parts = this.parts.get(key) ?? [];
    if (part.part !== parts.length)
      throw new Error(`part ${part.part} of ${key} comes behind ${parts.length}`);
    this.parts.set(key, [...parts, structuredClone(part)]);
  }

  batches(queue: string): readonly StoredBatch[] {
    return [...this.parts.values()]
      .filter(([first]) => first?.queue === queue)
      .map((parts) => ({
        batch: parts[0]?.batch ?? 0,
        at: parts[0]?.at ?? 0,
        records: parts.flatMap(({ records }) => records),
      }))
      .toSorted((a, b) => a.batch - b.batch);
  }

  kept(): KeptStream | undefined {
    if (this.head === undefined) return undefined;
    const names = new Set([...this.parts.values()].map(([first]) => first?.queue ?? ""));
    const queues = [...names].map((queue): KeptQueue => {
      const all = this.batches(queue);
      const last = all.at(-1);
      return {
        queue,
        first: all[0]?.batch ?? 0,
        last: last?.batch ?? 0,
        count: all.reduce((sum, { records }) => sum + records.length, 0),
        lastCount: last?.records.length ?? 0,
        lastParts: this.parts.get(`${queue} ${last?.batch}`)?.length ?? 0,
      };
    });
    return { head: this.head, queues, values: [] };
  }
}
