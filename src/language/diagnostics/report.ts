import type { ErrorCode, Problem, SourcePlace } from "../../errors.ts";
import { messageOf, TuttiError } from "../../errors.ts";
import { defined } from "../defined.ts";
import type { Origin, Places, Spot } from "../places.ts";
import { pathOf } from "../places.ts";
import type { Range, SourceText } from "../source-text.ts";
import { nearest } from "../../expression/nearest.ts";
import { WrittenValue } from "./written-value.ts";

export interface Finding {
  readonly code: ErrorCode;
  readonly message: string;
  readonly fix: string;
  readonly severity?: "error" | "warning";
  readonly at?: Spot;
  /** Point at the key instead of the value. */
  readonly part?: "key" | "value";
  /** A part of the text that stands at the spot. */
  readonly inside?: { readonly value: string; readonly range: Range };
  /** Offsets in the source, when there is no spot. */
  readonly range?: Range;
}

export interface ReportOptions {
  /** The text of the file; absent for objects, whose places are key paths. */
  readonly source?: SourceText;
  readonly places: Places;
}

/** The text a compiler was given, and where it stands in the value at the spot. */
export interface ThrownAt {
  readonly at: Spot;
  readonly value: string;
  readonly text: string;
  readonly offset: number;
}

/** Names in a list, or the keys of a map. */
export type Candidates = readonly string[] | ReadonlyMap<string, unknown>;

/** Candidates that all nearest-name look-ups of one load may compare: keeps a file of only mistakes linear. */
const nearestBudget = 300_000;

/** Collects every finding of a load and knows where each of them stands. */
export class Report {
  readonly #found: { readonly problem: Problem; readonly offset: number }[] = [];
  readonly #seen = new Set<string>();
  readonly #source: SourceText | undefined;
  readonly #places: Places;
  #budget = nearestBudget;
  #written: WrittenValue | undefined;

  constructor({ source, places }: ReportOptions) {
    this.#source = source;
    this.#places = places;
  }

  add(finding: Finding): void {
    const { code, fix, severity = "error" } = finding;
    const range = finding.range ?? this.#rangeOf(finding);
    const message = this.#located(finding);
    const identity = `${range?.start} ${code} ${message}`;
    if (this.#seen.has(identity)) return;
    this.#seen.add(identity);
    const source = range && this.#source?.place(range);
    this.#found.push({
      problem: { severity, code, message, fix, ...defined({ source }) },
      offset: range?.start ?? 0,
    });
  }

  /** Without a text the place is a key path in the message. */
  #located({ message, at }: Finding): string {
    const path = at && !this.#source ? pathOf(at) : "";
    return path ? `${message} (at ${path})` : message;
  }

  /** A TuttiError that a compiler threw about a text, with its place moved into the file. */
  addThrown(error: unknown, { at, value, text, offset }: ThrownAt): void {
    if (!(error instanceof TuttiError)) throw error;
    const start = offset + (error.source ? offsetOf(text, error.source) : 0);
    const end = error.source ? start + (error.source.length ?? 1) : offset + text.length;
    this.add({
      code: error.code,
      message: messageOf(error),
      fix: error.fix,
      at,
      inside: { value, range: { start, end } },
    });
  }

  /** The candidate that was probably meant; none when too many were compared in this load already. */
  nearest(
    word: string,
    candidates: Candidates,
    { except }: { readonly except?: string | undefined } = {},
  ): string | undefined {
    if (!this.#affords("size" in candidates ? candidates.size : candidates.length)) return undefined;
    const all: Iterable<string> = "size" in candidates ? candidates.keys() : candidates;
    return nearest(word, except === undefined ? all : [...all].filter((name) => name !== except));
  }

  /** The candidates, or none when too many were compared in this load already. */
  affordable(candidates: readonly string[]): readonly string[] {
    return this.#affords(candidates.length) ? candidates : [];
  }

  #affords(count: number): boolean {
    this.#budget -= count;
    return this.#budget > 0;
  }

  /** The text at a range, cut to one short line. */
  excerpt({ start, end }: Range): string {
    const line = this.#source?.text.slice(start, end).split("\n", 1)[0]?.trim() ?? "";
    return line.length > 60 ? `${line.slice(0, 59)}…` : line;
  }

  get hasErrors(): boolean {
    return this.#found.some(({ problem }) => problem.severity === "error");
  }

  /** All findings in the order of their places. */
  get problems(): readonly Problem[] {
    return this.#found
      .map((found, index) => ({ ...found, index }))
      .sort((a, b) => a.offset - b.offset || a.index - b.index)
      .map(({ problem }) => problem);
  }

  /** Where a spot stands in the file; undefined without a text. */
  placeOf(at: Spot): SourcePlace | undefined {
    const range = this.#rangeOf({ at });
    return range && this.#source?.place(range);
  }

  /** The place of the spot itself, or the key of the nearest part around it that was written. */
  #rangeOf(finding: Pick<Finding, "at" | "part" | "inside">): Range | undefined {
    for (let spot = finding.at; spot; spot = spot.parent) {
      const origin = spot.member && this.#places.get(spot.member.holder, spot.member.key);
      if (origin) return spot === finding.at ? this.#rangeAt(origin, finding) : (origin.key ?? origin.value);
    }
    return this.#source ? { start: 0, end: 0 } : undefined;
  }

  #rangeAt({ key, value }: Origin, { part, inside }: Pick<Finding, "part" | "inside">): Range {
    if (key && part === "key") return key;
    if (inside && this.#source) return this.#inside(this.#source.text, value, inside);
    return key && this.#startsBelow(key, value) ? key : value;
  }

  /** Findings of one text come one after another: what is known of it is kept for the next. */
  #inside(text: string, written: Range, { value, range }: NonNullable<Finding["inside"]>): Range {
    if (this.#written?.at.start !== written.start || this.#written.value !== value)
      this.#written = new WrittenValue(text, written, value);
    return this.#written.place(range);
  }

  /** A collection in block form starts on a later line than its key: then the key is the better place. */
  #startsBelow(key: Range, value: Range): boolean {
    return this.#source !== undefined && this.#source.lineOf(key.start) !== this.#source.lineOf(value.start);
  }
}

function offsetOf(value: string, place: SourcePlace): number {
  const lines = value.split("\n");
  const before = lines.slice(0, place.line - 1).reduce((sum, line) => sum + line.length + 1, 0);
  return Math.min(value.length, before + place.column - 1);
}
