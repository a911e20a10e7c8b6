import type { PrintedLine } from "../../runtimes/loop.ts";
import { oneLine } from "./words.ts";

/** Lines kept of a step, characters of a line, steps of which more than the last line is kept. */
const mostLines = 200;
const mostCharacters = 400;
const mostSteps = 100;

/** The last printed lines of steps, for showing: bounded however much is printed, and inert on a terminal. */
export class OutputTails {
  /** Least recently printing first. */
  readonly #tails = new Map<string, string[]>();
  readonly #lasts = new Map<string, string>();

  add({ address, line }: Pick<PrintedLine, "address" | "line">): void {
    const text = oneLine(line.slice(0, mostCharacters * 2))
      .slice(0, mostCharacters)
      .trimEnd();
    const tail = this.#tails.get(address) ?? [];
    tail.push(text);
    if (tail.length > mostLines) tail.splice(0, tail.length - mostLines);
    this.#tails.delete(address);
    this.#tails.set(address, tail);
    if (text !== "") this.#lasts.set(address, text);
    for (const oldest of this.#tails.keys()) {
      if (this.#tails.size <= mostSteps) break;
      this.#tails.delete(oldest);
    }
  }

  /** The last line that is not empty. */
  last(address: string): string | undefined {
    return this.#lasts.get(address);
  }

  /** The last lines; none for a step that printed nothing, or so long ago that they were let go. */
  lines(address: string): readonly string[] {
    return this.#tails.get(address) ?? [];
  }
}
