import { isObject, type Json } from "../../expression/json.ts";
import { membersOf } from "../dialects/builder.ts";
import type { TextUse } from "../drafts.ts";
import { filledText } from "../leaves.ts";
import * as own from "../pipeline-leaves.ts";
import { aggregateShape, reduceShape, windowShape } from "../pipeline-shapes.ts";
import type { Aggregate, ReduceWork, Window } from "../pipeline.ts";
import type { Spot } from "../places.ts";
import { parseDuration } from "../units.ts";
import { checkKeyName } from "./key-name.ts";
import { type Loading, type Located, shown } from "./loading.ts";
import { missingKey, type ReadObject, readLeaf, readObject, wrongType } from "./read-object.ts";
import { expressionUse } from "./texts.ts";

export interface ReadReduce {
  readonly work: ReduceWork;
  readonly texts: readonly TextUse[];
}

/** Reads `reduce:`: what is given for each group when its window closes. */
export function readReduce(loading: Loading, at: Located): ReadReduce | undefined {
  const read = readObject(loading, at, reduceShape);
  if (!read) return undefined;
  const texts: TextUse[] = [];
  const window = readWindow(loading, read.part("window"), texts);
  const by = readBy(loading, read.part("by"), texts);
  const give = readGive(loading, read.part("give"), texts);
  checkNames(loading, { by: read.part("by"), give: read.part("give"), isWindowed: window !== undefined });
  return { work: { kind: "reduce", ...(window ? { window } : {}), by, give }, texts };
}

/** `5m`, `100 records`, `{time: 5m, at: …, late: 30s}` or `{count: 100}`. */
function readWindow(loading: Loading, at: Located | undefined, texts: TextUse[]): Window | undefined {
  if (!at) return undefined;
  if (!isObject(at.value)) return shortWindow(loading, at);
  const read = readObject(loading, at, windowShape);
  if (!read) return undefined;
  const isTime = read.has("time");
  if (isTime === read.has("count")) {
    loading.report.add({
      code: isTime ? "BAD_VALUE" : "MISSING_KEY",
      message: "Cannot use the window: it is either so many records or so long",
      fix: "write {count: 100}, or {time: 5m}",
      at: at.spot,
      part: "key",
    });
    return undefined;
  }
  reportStray(loading, read, isTime);
  const { count } = read.leaves;
  if (isTime) return timeWindow(read, texts);
  return count === undefined ? undefined : { kind: "count", size: count };
}

function timeWindow(read: ReadObject<typeof windowShape>, texts: TextUse[]): Window | undefined {
  const { time: sizeMs, at: told, late: lateMs = 0 } = read.leaves;
  if (sizeMs === undefined) return undefined;
  if (told === undefined) return { kind: "time", sizeMs, lateMs };
  const use = perRecord({ value: told, spot: read.spotOf("at") }, "at");
  texts.push(use);
  return { kind: "time", sizeMs, at: use.text, lateMs };
}

function reportStray({ report }: Loading, read: ReadObject<typeof windowShape>, isTime: boolean): void {
  const stray = isTime ? (read.has("at") ? [] : (["late"] as const)) : (["at", "late"] as const);
  for (const key of stray) {
    if (!read.has(key)) continue;
    const why = isTime ? "by the clock no record comes late" : "it counts records";
    report.add({
      code: "BAD_VALUE",
      message: `Cannot use "${key}" here: ${why}`,
      fix: isTime ? "say with `at:` what time a record has, or take it out" : "take it out, or write `time:`",
      at: read.spotOf(key),
      part: "key",
    });
  }
}

function shortWindow(loading: Loading, at: Located): Window | undefined {
  const { value } = at;
  const digits = typeof value === "string" ? /^\s*(\d+)\s+records?\s*$/.exec(value)?.[1] : undefined;
  if (digits !== undefined) {
    const size = readLeaf(
      loading,
      { value: Number(digits), spot: at.spot },
      { key: "window", schema: own.batchSize },
    );
    return size === undefined ? undefined : { kind: "count", size };
  }
  const sizeMs = typeof value === "string" ? parseDuration(value) : undefined;
  if (sizeMs) return { kind: "time", sizeMs, lateMs: 0 };
  wrongType(loading, {
    at,
    what: '"window"',
    wanted: "such as 5m, 100 records or {time: 5m, at: record.time}",
  });
  return undefined;
}

type Texts = TextUse[];

/** `record.level`, a list of such, or by name. */
function readBy(loading: Loading, at: Located | undefined, texts: Texts): ReduceWork["by"] {
  if (!at) return {};
  const members = isObject(at.value)
    ? membersOf(at).map(({ key, at: of }) => ({ name: key, of }))
    : listed(at).map((of) => ({ name: lastName(of.value), of }));
  const by: Record<string, string> = {};
  for (const { name, of } of members) {
    const text = readLeaf(loading, of, { key: "by", schema: filledText });
    if (text === undefined) continue;
    if (name === undefined) unnamed(loading, of);
    else {
      if (isObject(at.value)) checkKeyName(loading, of, { name, what: "a group" });
      const use = perRecord({ value: text, spot: of.spot }, "by");
      by[name] = use.text;
      texts.push(use);
    }
  }
  return by;
}

function listed(at: Located): readonly Located[] {
  if (!Array.isArray(at.value)) return [at];
  const list = at.value;
  return list.map((value: Json, key) => ({
    value,
    spot: { parent: at.spot, member: { holder: list, key } },
  }));
}

/** `record.user.id` → `id`. */
function lastName(value: Json): string | undefined {
  return typeof value === "string" ? /^\s*record(?:\.\w+)*\.(\w+)\s*$/.exec(value)?.[1] : undefined;
}

function unnamed({ report }: Loading, { value, spot }: Located): void {
  report.add({
    code: "BAD_VALUE",
    message: `Cannot group by "${shown(value)}": what it gives has no name`,
    fix: "name it: `by: {name: …}`",
    at: spot,
  });
}

function reportNothing({ report }: Loading, { spot }: Located): void {
  report.add({
    code: "MISSING_KEY",
    message: "Cannot use `give`: it names nothing that is to be given",
    fix: "name something, as in `give: {count: count, total: {sum: record.ms}}`",
    at: spot,
  });
}

/** By name; the count when nothing is said. */
function readGive(loading: Loading, at: Located | undefined, texts: Texts): ReduceWork["give"] {
  if (!at) return { count: { kind: "count" } };
  if (!isObject(at.value)) {
    wrongType(loading, {
      at,
      what: '"give"',
      wanted: "an object such as {count: count, total: {sum: record.ms}}",
    });
    return {};
  }
  const give: Record<string, Aggregate> = {};
  for (const { key, at: of } of membersOf(at)) {
    checkKeyName(loading, of, { name: key, what: "what is given" });
    const aggregate = readAggregate(loading, of, texts);
    if (aggregate) give[key] = aggregate;
  }
  if (Object.keys(at.value).length === 0) reportNothing(loading, at);
  return give;
}

const overField = ["sum", "mean", "least", "most", "first", "last", "distinct"] as const;
const kinds = ["count", "list", "fold", ...overField] as const;
const usualMost = 100;

function readAggregate(loading: Loading, at: Located, texts: Texts): Aggregate | undefined {
  if (at.value === "count") return { kind: "count" };
  if (!isObject(at.value)) {
    wrongType(loading, { at, what: "an aggregate", wanted: "count, or such as {sum: record.ms}" });
    return undefined;
  }
  const read = readObject(loading, at, aggregateShape);
  const kind = read && kindOf(loading, read);
  if (!read || !kind) return undefined;
  reportBeside(loading, read, kind);
  switch (kind) {
    case "count":
      return { kind };
    case "fold":
      return foldOf(loading, read, texts);
    default:
      return fieldOf(loading, read, { kind, texts });
  }
}

interface Field {
  readonly kind: (typeof overField)[number] | "list";
  readonly texts: Texts;
}

function fieldOf(loading: Loading, read: ReadAggregate, { kind, texts }: Field): Aggregate | undefined {
  const value = kind === "most" ? mostOf(loading, read) : read.leaves[kind];
  if (value === undefined) return undefined;
  const use = perRecord({ value, spot: read.spotOf(kind) }, kind);
  texts.push(use);
  return kind === "list" ? { kind, of: use.text, most: capOf(loading, read) } : { kind, of: use.text };
}

const known = new Set<string>([...Object.keys(aggregateShape.leaves), ...aggregateShape.parts]);

type ReadAggregate = ReadObject<typeof aggregateShape>;

function kindOf({ report }: Loading, read: ReadAggregate): (typeof kinds)[number] | undefined {
  const found = kinds.filter((kind) => read.has(kind) && !(kind === "most" && read.has("list")));
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  // a key that none has is told by itself
  if (first === undefined && Object.keys(read.whole.value ?? {}).some((key) => !known.has(key)))
    return undefined;
  report.add({
    code: first === undefined ? "MISSING_KEY" : "BAD_VALUE",
    message: `Cannot use the aggregate: it ${first === undefined ? "says nothing to work out" : `has "${first}" and "${second}"`}`,
    fix: `give it one of ${kinds.join(", ")}`,
    at: read.whole.spot,
  });
  return undefined;
}

function reportBeside({ report }: Loading, read: ReadAggregate, kind: string): void {
  if (!read.has("start") || kind === "fold") return;
  report.add({
    code: "BAD_VALUE",
    message: `Cannot use "start" here: only a fold begins with something`,
    fix: "take it out",
    at: read.spotOf("start"),
    part: "key",
  });
}

function mostOf(loading: Loading, read: ReadAggregate): string | undefined {
  const at = read.part("most");
  return at && readLeaf(loading, at, { key: "most", schema: filledText });
}

function capOf(loading: Loading, read: ReadAggregate): number {
  const at = read.part("most");
  return (at && readLeaf(loading, at, { key: "most", schema: own.mostRecords })) ?? usualMost;
}

function foldOf(loading: Loading, read: ReadAggregate, texts: Texts): Aggregate | undefined {
  const { fold: step } = read.leaves;
  const start = read.part("start");
  if (!start) missingKey(loading, read.whole, { what: "the fold", key: "start" });
  if (step === undefined || !start) return undefined;
  const use = perRecord({ value: step, spot: read.spotOf("fold") }, "fold");
  texts.push({ ...use, names: ["record", "sum"] });
  return { kind: "fold", start: start.value, step: use.text };
}

function perRecord(written: { readonly value: string; readonly spot: Spot }, key: string): TextUse {
  return { ...expressionUse(written, "step"), gives: "value", key, names: ["record"] };
}

interface Names {
  readonly by: Located | undefined;
  readonly give: Located | undefined;
  readonly isWindowed: boolean;
}

/** What is given is one object: none of its names may stand in it twice. */
function checkNames({ report }: Loading, { by, give, isWindowed }: Names): void {
  const taken = new Map<string, string>();
  if (isWindowed) taken.set("window", "the window itself stands there");
  for (const name of by ? groupNames(by) : []) taken.set(name, "a group has this name");
  for (const { key, at } of give ? membersOf(give) : []) {
    const why = taken.get(key);
    if (why === undefined) continue;
    report.add({
      code: "DUPLICATE_NAME",
      message: `Cannot give "${key}": ${why}`,
      fix: "choose another name",
      at: at.spot,
      part: "key",
    });
  }
}

function groupNames(by: Located): readonly string[] {
  return isObject(by.value)
    ? Object.keys(by.value)
    : listed(by).flatMap(({ value }) => lastName(value) ?? []);
}
