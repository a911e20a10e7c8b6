import { canonicalJson, type Json } from "../../expression/json.ts";
import type { Aggregate } from "../../language/pipeline.ts";
import { addTo, emptySum, isTooLarge, meanOf, numberOf, type Sum, sumOf } from "./sums.ts";

/**
 * What an aggregate of a group is so far. Null counts for nothing, but as a value that is kept as it came (`first`, `last`,
 * `list`).
 */
export type Total =
  | { readonly kind: "count"; count: number }
  | { readonly kind: "sum" | "mean"; readonly sum: Sum }
  | { readonly kind: "least" | "most" | "first" | "last"; value: Json | undefined }
  | ({ readonly kind: "distinct"; readonly seen: Set<string> } & Growing<string>)
  | ({ readonly kind: "list"; readonly items: Json[]; readonly most: number } & Growing<Json>)
  | { readonly kind: "fold"; value: Json };

/** What is kept item by item is also saved so. */
interface Growing<Item> {
  unsaved: Item[];
}

export function emptyTotal(aggregate: Aggregate): Total {
  const { kind } = aggregate;
  switch (kind) {
    case "count":
      return { kind, count: 0 };
    case "sum":
    case "mean":
      return { kind, sum: emptySum() };
    case "least":
    case "most":
    case "first":
    case "last":
      return { kind, value: undefined };
    case "distinct":
      return { kind, seen: new Set(), unsaved: [] };
    case "list":
      return { kind, items: [], most: aggregate.most, unsaved: [] };
    case "fold":
      return { kind, value: aggregate.start };
  }
}

/** Why a value cannot be taken, as "… is no number"; undefined: it can. */
export function refusalOf(total: Total, value: Json): string | undefined {
  switch (total.kind) {
    case "sum":
    case "mean":
      return value === null ? undefined : refusedNumber(total.sum, value);
    case "least":
    case "most":
      return value === null ? undefined : refusedOrder(total.value, value);
    default:
      return undefined;
  }
}

function refusedNumber(sum: Sum, value: Json): string | undefined {
  const number = numberOf(value);
  if (number === undefined) return "is no number";
  return isTooLarge(sum, number) ? "makes the sum larger than any number" : undefined;
}

function refusedOrder(before: Json | undefined, value: Json): string | undefined {
  const isText = typeof value === "string";
  if (!isText && numberOf(value) === undefined) return "is neither a number nor a text";
  if (before === undefined || isText === (typeof before === "string")) return undefined;
  return isText ? "is a text, and those before it are numbers" : "is a number, and those before it are texts";
}

/** Whether it would keep one more item for this value. */
export function grows(total: Total, value: Json): boolean {
  switch (total.kind) {
    case "distinct":
      return value !== null && !total.seen.has(canonicalJson(value));
    case "list":
      return total.items.length < total.most;
    default:
      return false;
  }
}

/** How many items it keeps. */
export function itemsOf(total: Total): number {
  switch (total.kind) {
    case "distinct":
      return total.seen.size;
    case "list":
      return total.items.length;
    default:
      return 0;
  }
}

/** Takes a value that is not refused; that of a fold is its new one. */
export function take(total: Total, value: Json): void {
  switch (total.kind) {
    case "count":
      total.count += 1;
      return;
    case "sum":
    case "mean": {
      const number = numberOf(value);
      if (number !== undefined) addTo(total.sum, number);
      return;
    }
    case "least":
    case "most":
      if (value !== null && isBeyond(total, value)) total.value = value;
      return;
    case "first":
      if (total.value === undefined) total.value = value;
      return;
    case "last":
    case "fold":
      total.value = value;
      return;
    case "distinct":
    case "list":
      if (grows(total, value)) keep(total, value);
  }
}

type Kept = Extract<Total, { readonly kind: "distinct" | "list" }>;

function keep(total: Kept, value: Json): void {
  if (total.kind === "distinct") {
    const text = canonicalJson(value);
    total.seen.add(text);
    total.unsaved.push(text);
  } else {
    total.items.push(value);
    total.unsaved.push(value);
  }
}

function isBeyond({ kind, value: before }: Total & { readonly value?: Json }, value: Json): boolean {
  if (before === undefined) return true;
  const [a, b] = kind === "least" ? [value, before] : [before, value];
  return rank(a) < rank(b);
}

function rank(value: Json): string | number | bigint {
  return typeof value === "string" ? value : (numberOf(value) ?? 0);
}

/** What is given of it. */
export function resultOf(total: Total): Json {
  switch (total.kind) {
    case "count":
      return total.count;
    case "sum":
      return sumOf(total.sum);
    case "mean":
      return meanOf(total.sum);
    case "distinct":
      return total.seen.size;
    case "list":
      return total.items;
    default:
      return total.value ?? null;
  }
}
