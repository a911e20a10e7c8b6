import type { Json } from "../../expression/json.ts";
import type {
  BatchPart,
  NewDeadLetter,
  StreamChange,
  StreamRecord,
  StreamValue,
} from "../../ports/stream-store.ts";

interface Part extends BatchPart {
  readonly records: StreamRecord[];
}

/** What has been decided and is not yet on its way to the store. */
export class Draft {
  readonly #put = new Map<string, Part[]>();
  readonly #remove = new Map<string, { readonly queue: string; readonly batch: number }>();
  readonly #dead: NewDeadLetter[] = [];
  readonly #revived: number[] = [];
  /** The last value of each is what counts. */
  readonly #values = new Map<string, StreamValue>();
  #isTouched = false;

  /** Adds to the part, where that one is of this draft; else it is a new part. */
  put(part: BatchPart): void {
    const key = keyOf(part);
    const parts = this.#put.get(key);
    const same = parts?.find((one) => one.part === part.part);
    if (same) same.records.push(...part.records);
    else if (parts) parts.push({ ...part, records: [...part.records] });
    else this.#put.set(key, [{ ...part, records: [...part.records] }]);
  }

  /** `isStored`: parts of it may have been put by an earlier draft. */
  remove(batch: { readonly queue: string; readonly batch: number }, isStored: boolean): void {
    const key = keyOf(batch);
    this.#put.delete(key);
    if (isStored) this.#remove.set(key, { queue: batch.queue, batch: batch.batch });
  }

  kill(letter: NewDeadLetter): void {
    this.#dead.push(letter);
  }

  revive(letter: number): void {
    this.#revived.push(letter);
  }

  keep(value: StreamValue): void {
    this.#values.set(`${value.stage}\n${value.key}`, value);
  }

  /** The head alone has changed. */
  touch(): void {
    this.#isTouched = true;
  }

  get isEmpty(): boolean {
    const sizes = [this.#put.size, this.#remove.size, this.#values.size];
    return (
      !this.#isTouched &&
      sizes.every((size) => size === 0) &&
      this.#dead.length === 0 &&
      this.#revived.length === 0
    );
  }

  sealed(head: Json): StreamChange {
    return {
      head,
      remove: [...this.#remove.values()],
      put: [...this.#put.values()].flat(),
      dead: this.#dead,
      revived: this.#revived,
      values: [...this.#values.values()],
    };
  }
}

function keyOf({ queue, batch }: { readonly queue: string; readonly batch: number }): string {
  return `${batch} ${queue}`;
}
