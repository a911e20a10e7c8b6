import { isNamed, type NamedPart } from "../../expression/part-name.ts";
import type { Json } from "../../expression/json.ts";
import { textOf } from "../../expression/template.ts";
import type { ContextWindow } from "../../language/workflow.ts";
import {
  type Became,
  type BecauseOf,
  type ContextFile,
  type ContextPart,
  type ContextRecord,
  type ContextSummary,
  tokensOf,
} from "../context-record.ts";
import { cutText, leftOutText, pathFor, referenceText, slotFor, withWindow } from "./context-texts.ts";
import { relevanceTo } from "./relevance.ts";
import { hideSecrets } from "./secret-texts.ts";

/** A value that stands in a prompt. */
export interface Part extends NamedPart {
  readonly value: Json;
}

export interface Fitting {
  readonly window: ContextWindow;
  /** What the prompt says besides its values: that is asked, and it is never cut. */
  readonly fixed: string;
}

export interface Fitted {
  /** What stands in the prompt in the place of each value. */
  readonly values: readonly Json[];
  readonly record: ContextRecord;
  readonly files: readonly ContextFile[];
  readonly summaries: readonly Wanted[];
}

/** A summary, whoever makes it. */
type Wanted = Omit<ContextSummary, "agent" | "model">;

/** A part on its way into the prompt. */
interface Going {
  readonly part: Part;
  /** Tokens of the value as it was; the value without secrets, and its text. */
  readonly tokens: number;
  readonly whole: Json;
  readonly text: string;
  readonly secrets: number;
  readonly isKept: boolean;
  /** What of it may be cut further. */
  base: string;
  value: Json;
  became: Became;
  because: BecauseOf | undefined;
  relevance: number | undefined;
  path: string | undefined;
  summary: Wanted | undefined;
}

/**
 * What goes into a prompt of each of its values. What is to be kept stays whole; all the rest together never has more tokens than
 * the budget leaves beside that and the fixed text. The same for the same values, and nothing is left out that the record does not
 * tell.
 */
export function fitContext(parts: readonly Part[], { window, fixed }: Fitting): Fitted {
  const fixedTokens = tokensOf(fixed);
  const all = parts.map((part) => begun(part, window));
  const texts = [fixed, ...all.map(({ text }) => text)];
  for (const one of all) shorten(one, { window, texts });
  const { budgetTokens: budget } = window;
  if (budget !== undefined) intoBudget(all, { window, fixed, budget: budget - fixedTokens });
  const record = all.map(partOf);
  return {
    values: all.map(({ value }) => value),
    record: {
      ...(budget === undefined ? {} : { budget }),
      fixed: fixedTokens,
      tokens: fixedTokens + sum(record, ({ tokens }) => tokens),
      kept: fixedTokens + sum(record, ({ kept }) => kept),
      parts: record,
    },
    files: all.flatMap(({ path, text }) => (path === undefined ? [] : [{ path, text }])),
    summaries: all.flatMap(({ summary }) => summary ?? []),
  };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

function partOf({ part, tokens, became, because, relevance, secrets, path, ...one }: Going): ContextPart {
  return {
    source: part.source.trim(),
    tokens,
    kept: costOf(one),
    became,
    ...(because === undefined ? {} : { because }),
    ...(relevance === undefined ? {} : { relevance }),
    ...(secrets === 0 ? {} : { secrets }),
    ...(path === undefined ? {} : { path }),
  };
}

/** A summary that is not made yet takes what it may take. */
function costOf({ value, summary }: Pick<Going, "value" | "summary">): number {
  return summary ? summary.mostTokens : tokensOf(textOf(value));
}

function begun(part: Part, window: ContextWindow): Going {
  const { value, hidden } = window.secrets === false ? { ...part, hidden: 0 } : hideSecrets(part.value);
  const text = textOf(value);
  return {
    part,
    tokens: tokensOf(textOf(part.value)),
    whole: value,
    text,
    secrets: hidden,
    isKept: (window.keep ?? []).some((name) => isNamed(name, part)),
    base: text,
    value,
    became: "whole",
    because: undefined,
    relevance: undefined,
    path: undefined,
    summary: undefined,
  };
}

interface Shortening {
  readonly window: ContextWindow;
  /** All that may stand in the prompt. */
  readonly texts: readonly string[];
}

/** What the workflow says of values like this one, whatever the budget is. */
function shorten(one: Going, { window, texts }: Shortening): void {
  if (one.isKept) return;
  if (isDropped(one.part, window.drop ?? [])) return put(one, "", ["dropped", "declared"]);
  const { value, isCut } = withWindow(one.value, window.window);
  if (isCut) {
    put(one, value, ["window", "window"]);
    one.base = textOf(value);
  }
  const { summarize, references } = window;
  const tokens = costOf(one);
  const over = (limit = Infinity): number => (tokens > limit ? limit : 0);
  const [overSummary, overFile] = [over(summarize?.overTokens), over(references?.overTokens)];
  // of the two that which is for longer values
  if (overFile > 0 && overFile >= overSummary) refer(one, "size");
  else if (overSummary > 0) tellInShort(one, { mostTokens: Math.ceil(overSummary / 4), texts });
}

function isDropped(part: Part, names: readonly string[]): boolean {
  const source = part.source.trim();
  if (names.some((name) => name.trim() === source)) return true;
  const { references } = part;
  return (
    references.length > 0 &&
    references.every((reference) =>
      names.some((name) => isNamed(name, { source: "", references: [reference] })),
    )
  );
}

function put(one: Going, value: Json, [became, because]: readonly [Became, BecauseOf]): void {
  Object.assign(one, { value, became, because, path: undefined, summary: undefined });
}

/** Not where its place would be no shorter than what stands there. */
function refer(one: Going, because: BecauseOf): void {
  const path = pathFor(one.text, typeof one.part.value === "string" ? "txt" : "json");
  const place = referenceText(one.whole, { path, text: one.text, tokens: tokensOf(one.text) });
  if (tokensOf(place) >= costOf(one)) return;
  put(one, place, ["reference", because]);
  one.path = path;
}

interface Telling {
  readonly mostTokens: number;
  readonly texts: readonly string[];
}

function tellInShort(one: Going, { mostTokens, texts }: Telling): void {
  const of = one.part.source.trim();
  const { base: text } = one;
  const slot = slotFor(of, { in: texts, at: texts.indexOf(one.text) });
  put(one, slot, ["summary", "size"]);
  one.summary = { of, slot, text, instead: cutText(text, mostTokens), mostTokens };
}

interface Budgeting {
  readonly window: ContextWindow;
  readonly fixed: string;
  /** What it leaves for values. */
  readonly budget: number;
}

/** Those that tell most about what is asked come first; of equal ones the first that stands there. */
function intoBudget(all: readonly Going[], { window, fixed, budget }: Budgeting): void {
  const kept = all.filter(({ isKept }) => isKept);
  // what is empty needs no room, and no note that it was left out
  const others = all.filter((one) => !one.isKept && one.became !== "dropped" && costOf(one) > 0);
  let left = Math.max(0, budget - sum(kept, costOf));
  if (sum(others, costOf) <= left) return;
  const scores = relevanceTo(
    fixed,
    others.map(({ part, text }) => `${part.source} ${text}`),
  );
  others.forEach((one, index) => (one.relevance = scores[index]));
  const ranked = others.toSorted((a, b) => (b.relevance ?? 0) - (a.relevance ?? 0));
  const notes = ranked.map(({ part, tokens }) => leftOutText(part.source.trim(), tokens));
  ranked.forEach((one, index) => {
    const owed = sum(notes.slice(index + 1), tokensOf);
    fitInto(one, { room: Math.max(0, left - owed), left, note: notes[index] ?? "", window });
    left -= costOf(one);
  });
}

/** A part of a text that is shorter tells nobody anything. */
const leastWindow = 32;

interface Room {
  /** What it may take, so that the others get a word at least; and what it may take at all. */
  readonly room: number;
  readonly left: number;
  /** What stands there when it goes. */
  readonly note: string;
  readonly window: ContextWindow;
}

function fitInto(one: Going, { room, left, note, window }: Room): void {
  if (costOf(one) <= room) return;
  if (window.references && one.became !== "reference") refer(one, "budget");
  if (costOf(one) <= room) return;
  if (room >= leastWindow) return put(one, cutText(one.base, room), ["window", "budget"]);
  put(one, tokensOf(note) <= left ? note : "", ["dropped", "budget"]);
}
