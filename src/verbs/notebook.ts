import { isTuttiError, messageOf, TuttiError } from "../errors.ts";
import type { Parts } from "./parts.ts";

/** How long what was learned may wait before it is written. */
const flushMs = 2000;

export interface NotebookOptions<Note> {
  readonly write: (notes: readonly Note[]) => Promise<void>;
  /** What is lost when it cannot be written: "how long steps took". */
  readonly what: string;
  /** What that means. */
  readonly harm: string;
}

/** Collects what runs teach, and writes it now and then, so that no step waits for it. */
export class Notebook<Note extends { readonly at: number }> {
  readonly #parts: Pick<Parts, "clock" | "onTrouble">;
  readonly #options: NotebookOptions<Note>;
  readonly #notes: Note[] = [];
  #forget: (() => void) | undefined;

  constructor(parts: Pick<Parts, "clock" | "onTrouble">, options: NotebookOptions<Note>) {
    this.#parts = parts;
    this.#options = options;
  }

  take(note: Note): void {
    this.#notes.push(note);
    this.#forget ??= this.#parts.clock.at(note.at + flushMs, () => void this.flush());
  }

  /** Writes what was collected; trouble is told and ends nothing. */
  async flush(): Promise<void> {
    if (this.#notes.length === 0) return;
    this.#forget?.();
    this.#forget = undefined;
    const { write, what, harm } = this.#options;
    try {
      await write(this.#notes.splice(0));
    } catch (cause) {
      const code = isTuttiError(cause) ? cause.code : "INTERNAL";
      const message = `Cannot remember ${what}: ${messageOf(cause)}`;
      this.#parts.onTrouble(new TuttiError(code, message, { fix: `nothing: ${harm}`, cause }));
    }
  }
}
