import type { ZodType } from "zod";
import { isObject, type Json } from "../../expression/json.ts";
import * as leaf from "../leaves.ts";
import { tallyShape, voteRuleShape } from "../tally-shapes.ts";
import type { VoteRule } from "../voting.ts";
import { type Loading, type Located, memberOf, shown } from "./loading.ts";
import { missingKey, type ReadObject, readLeaf, readObject, wrongType } from "./read-object.ts";

/** How votes are counted, and what may stand beside the rule or in it. */
export interface ReadRule {
  readonly rule: VoteRule;
  readonly quorum?: number | undefined;
  readonly tie?: Located | undefined;
  readonly judge?: Located | undefined;
  readonly by?: { readonly names: readonly string[]; readonly at: Located["spot"] } | undefined;
}

type Read = ReadObject<typeof tallyShape>;
type ReadInner = ReadObject<typeof voteRuleShape>;

/** A rule that stands where there is no tally. */
export function readRuleAlone(
  loading: Loading,
  at: Located,
  naming: Naming = { key: "rule" },
): ReadRule | undefined {
  const tally = { rule: at.value };
  if (at.spot.member) loading.places.move(at.spot.member, { holder: tally, key: "rule" });
  const read = readObject(loading, { value: tally, spot: at.spot }, tallyShape);
  return read && readRule(loading, read, naming);
}

/** How the rule is called where it stands. */
interface Naming {
  readonly key: string;
  /** What is no rule and can stand in its place. */
  readonly besides?: readonly string[];
}

/** Reads `rule:` of a tally: its name, or an object that says more of it. */
export function readRule(loading: Loading, read: Read, naming: Naming = { key: "rule" }): ReadRule {
  const at = read.part("rule");
  const named = at && nameOf(loading, at, naming);
  const inner =
    named?.at && isObject(named.at.value) ? readObject(loading, named.at, voteRuleShape) : undefined;
  return {
    rule: named ? ruleOf(loading, named, inner) : majority,
    quorum: once(loading, { read, inner }, "quorum")?.leaves.quorum,
    tie: once(loading, { read, inner }, "tie")?.part("tie"),
    judge: once(loading, { read, inner }, "judge")?.part("judge"),
    by: byOf(once(loading, { read, inner }, "by")),
  };
}

const majority: VoteRule = { kind: "majority" };

/** Words of the rules, with those of older workflows. */
const kinds = {
  majority: "majority",
  voting: "majority",
  weighted: "weighted",
  quorum: "quorum",
  unanimous: "unanimous",
  consensus: "unanimous",
  veto: "veto",
  priority: "priority",
  ranked: "ranked",
} as const;

interface Named {
  readonly kind: VoteRule["kind"];
  /** Where the rule is named. */
  readonly from: Located;
  /** What is said of it. */
  readonly at: Located | undefined;
}

function nameOf(loading: Loading, at: Located, { key, besides = [] }: Naming): Named | undefined {
  const { value } = at;
  const names = [...besides, ...Object.keys(kinds)];
  const keys = isObject(value) ? Object.keys(value) : [];
  const name = typeof value === "string" ? value : keys.length === 1 ? keys[0] : undefined;
  const wanted = `one of ${names.join(", ")}, or an object of one of them such as {quorum: 3}`;
  if (name === undefined) {
    wrongType(loading, { at, what: `"${key}"`, wanted });
    return undefined;
  }
  if (Object.hasOwn(kinds, name)) {
    return { kind: kinds[name as keyof typeof kinds], from: at, at: memberOf(at, name) };
  }
  const guess = loading.report.nearest(name, names);
  loading.report.add({
    code: "BAD_VALUE",
    message: `Cannot count by "${shown(name)}": there is no such rule`,
    fix: guess ? `write "${guess}"` : `write ${wanted}`,
    at: at.spot,
  });
  return undefined;
}

/** The matter of the rules that have one. */
const matter = {
  weighted: { key: "weights" },
  quorum: { key: "votes" },
  veto: { key: "voters" },
  priority: { key: "voters" },
} as const;

function ruleOf(loading: Loading, named: Named, inner: ReadInner | undefined): VoteRule {
  const { kind, from, at } = named;
  reportOthers(loading, named, inner);
  if (!hasMatter(kind)) return { kind };
  const { key } = matter[kind];
  const written = inner ? inner.has(key) : at !== undefined;
  if (!written) missingKey(loading, at ?? from, { what: `the rule "${kind}"`, key });
  const found = written ? withMatter(loading, kind, { at: inner ? undefined : at, inner }) : undefined;
  return found ?? majority;
}

function hasMatter(kind: VoteRule["kind"]): kind is keyof typeof matter {
  return Object.hasOwn(matter, kind);
}

/** What is said of a rule and means nothing for it. */
function reportOthers(loading: Loading, { kind, at }: Named, inner: ReadInner | undefined): void {
  const own = hasMatter(kind) ? matter[kind].key : undefined;
  for (const key of ["weights", "votes", "voters"] as const) {
    if (!inner?.has(key) || key === own) continue;
    const message = `Cannot use "${key}" here: it means nothing for the rule "${kind}"`;
    loading.report.add({
      code: "BAD_VALUE",
      message,
      fix: "take it out",
      at: inner.spotOf(key),
      part: "key",
    });
  }
  if (own !== undefined || !at || isObject(at.value)) return;
  wrongType(loading, { at, what: `the rule "${kind}"`, wanted: "an object such as {quorum: 2, tie: judge}" });
}

interface Matter {
  /** It is written at once, such as `quorum: 3`. */
  readonly at: Located | undefined;
  readonly inner: ReadInner | undefined;
}

function withMatter(
  loading: Loading,
  kind: keyof typeof matter,
  { at, inner }: Matter,
): VoteRule | undefined {
  const read = <T>(schema: ZodType<T>, found: T | undefined): T | undefined =>
    at ? readLeaf(loading, at, { key: kind, schema }) : found;
  const { weights, votes, voters } = inner?.leaves ?? {};
  if (kind === "weighted") {
    const found = read(leaf.weights, weights);
    return found && { kind, weights: found };
  }
  if (kind === "quorum") {
    const found = read(leaf.positive, votes);
    return found === undefined ? undefined : { kind, votes: found };
  }
  const found = read<readonly string[]>(leaf.people, voters);
  return found && (kind === "veto" ? { kind, by: found } : { kind, order: found });
}

type Shared = "quorum" | "tie" | "judge" | "by";

/** Where a key stands that may stand in the rule or beside it, and not twice. */
function once(
  { report }: Loading,
  { read, inner }: { readonly read: Read; readonly inner: ReadInner | undefined },
  key: Shared,
): Read | ReadInner | undefined {
  if (!inner?.has(key)) return read.has(key) ? read : undefined;
  if (read.has(key)) {
    const message = `Cannot use "${key}" here: the rule says it already`;
    report.add({ code: "BAD_VALUE", message, fix: "keep one of the two", at: read.spotOf(key), part: "key" });
  }
  return inner;
}

function byOf(read: Read | ReadInner | undefined): ReadRule["by"] {
  const names = read?.leaves.by;
  return read && names && { names, at: read.spotOf("by") };
}

/** The rule as one writes it, without what may stand beside it. */
export function writtenRule(rule: VoteRule): Json {
  switch (rule.kind) {
    case "weighted":
      return { weighted: { weights: rule.weights } };
    case "quorum":
      return { quorum: rule.votes };
    case "veto":
      return { veto: rule.by };
    case "priority":
      return { priority: rule.order };
    default:
      return rule.kind;
  }
}
