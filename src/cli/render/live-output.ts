import type { PrintedLine } from "../../runtimes/loop.ts";
import { oneLine } from "./words.ts";

/** Lines kept of a step, characters of a line, steps of which more than the last line is kept. */
const mostLines = 200;
const mostCharacters = 400;
const mostSteps = 100;
/** Characters of a line before it is cleaned of what is not shown. */
const mostRaw = mostCharacters * 2;

/** The last printed lines of steps, for showing: bounded however much is printed, and inert on a terminal. */
export class OutputTails {
  /** Raw: most lines are never shown, so only those that are get cleaned. Least recently printing first. */
  readonly #tails = new Map<string, string[]>();
  /** Last lines of steps of which the rest was let go. */
  readonly #lasts = new Map<string, string>();
  #latest: { readonly address: string; readonly tail: string[] } | undefined;

  add({ address, line }: Pick<PrintedLine, "address" | "line">): void {
    const tail = this.#latest?.address === address ? this.#latest.tail : this.#makeLatest(address);
    tail.push(line.length > mostRaw ? line.slice(0, mostRaw) : line);
    if (tail.length < mostLines * 2) return;
    this.#keepLast(address, tail);
    tail.splice(0, tail.length - mostLines);
  }

  #makeLatest(address: string): string[] {
    const tail = this.#tails.get(address) ?? [];
    this.#tails.delete(address);
    this.#tails.set(address, tail);
    this.#latest = { address, tail };
    for (const [oldest, lines] of this.#tails) {
      if (this.#tails.size <= mostSteps) break;
      this.#keepLast(oldest, lines);
      this.#tails.delete(oldest);
    }
    return tail;
  }

  #keepLast(address: string, tail: readonly string[]): void {
    const last = lastOf(tail);
    if (last !== undefined) this.#lasts.set(address, last);
  }

  /** The last line that is not empty. */
  last(address: string): string | undefined {
    return lastOf(this.#tails.get(address) ?? []) ?? this.#lasts.get(address);
  }

  /** The last lines; none for a step that printed nothing, or so long ago that they were let go. */
  lines(address: string): readonly string[] {
    return (this.#tails.get(address) ?? []).slice(-mostLines).map(shown);
  }
}

function lastOf(tail: readonly string[]): string | undefined {
  for (let at = tail.length - 1; at >= 0; at -= 1) {
    const text = shown(tail[at] ?? "");
    if (text !== "") return text;
  }
  return undefined;
}

function shown(raw: string): string {
  return oneLine(raw).slice(0, mostCharacters).trimEnd();
}
