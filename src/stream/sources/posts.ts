import { createDraft } from "./draft.ts";
import { orAborted } from "./wait.ts";
import type { Intake, SourceReader } from "../source.ts";

/** Most bytes of all posts that are on their way, and most of them. */
const mostBytes = 16 * 1024 * 1024;
const mostPosts = 256;

interface Waiting {
  readonly no: number;
  readonly records: readonly string[];
  /** Records that were given to who reads. */
  given: number;
  /** Records that are durable. */
  kept: number;
  readonly settle: (durable: boolean) => void;
}

/** What was posted, on its way to who reads it. */
export class Posts implements Pick<SourceReader, "read"> {
  readonly #waiting = new Set<Waiting>();
  readonly #held = new Set<{ readonly bytes: number }>();
  #count = 0;
  #isOver = false;
  #arrived = Promise.withResolvers<void>();

  /** Holds room for a body, until the returned function is called; undefined: there is none now. One body always has room. */
  hold(bytes: number): (() => void) | undefined {
    const all = [...this.#held].reduce((sum, held) => sum + held.bytes, bytes);
    if (this.#held.size > 0 && (all > mostBytes || this.#held.size >= mostPosts)) return undefined;
    const held = { bytes };
    this.#held.add(held);
    return () => void this.#held.delete(held);
  }

  /**
   * Resolves when all records are durable (true) or will not be (false). `gone`: whoever posted has gone; what was not begun is
   * dropped then.
   */
  put(records: readonly string[], gone: AbortSignal): Promise<boolean> {
    if (this.#isOver || gone.aborted) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiting = { no: (this.#count += 1), records, given: 0, kept: 0, settle: resolve };
    this.#waiting.add(waiting);
    gone.addEventListener("abort", () => waiting.given === 0 && this.#settle(waiting, false), { once: true });
    this.#arrived.resolve();
    return promise;
  }

  async read(most: number, signal: AbortSignal): Promise<Intake> {
    for (;;) {
      signal.throwIfAborted();
      this.#arrived = Promise.withResolvers();
      const intake = this.#take(most);
      if (intake) return intake;
      await orAborted(this.#arrived.promise, signal);
    }
  }

  /** What is not durable by now will not be. */
  end(): void {
    this.#isOver = true;
    for (const waiting of this.#waiting) this.#settle(waiting, false);
  }

  #take(most: number): Intake | undefined {
    const draft = createDraft(most);
    const parts: { readonly waiting: Waiting; readonly count: number }[] = [];
    for (const waiting of this.#waiting) {
      const from = waiting.given;
      for (; waiting.given < waiting.records.length && !draft.isFull; waiting.given += 1) {
        const text = waiting.records[waiting.given] ?? "";
        draft.add({ text, line: waiting.given + 1 }, `post ${waiting.no}`);
      }
      if (waiting.given > from) parts.push({ waiting, count: waiting.given - from });
    }
    if (draft.count === 0) return undefined;
    const settled = (durable: boolean): void => {
      for (const { waiting, count } of parts) this.#keep(waiting, { durable, count });
    };
    return draft.done({ position: { kind: "listen" }, ended: false, settled });
  }

  #keep(waiting: Waiting, { durable, count }: { readonly durable: boolean; readonly count: number }): void {
    waiting.kept += count;
    if (!durable) this.#settle(waiting, false);
    else if (waiting.kept === waiting.records.length) this.#settle(waiting, true);
  }

  #settle(waiting: Waiting, durable: boolean): void {
    if (this.#waiting.delete(waiting)) waiting.settle(durable);
  }
}
