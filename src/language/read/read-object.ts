import type { z } from "zod";
import { isObject, type Json, type JsonObject } from "../../expression/json.ts";
import { below, pathOf, type Spot } from "../places.ts";
import type { Shape } from "../shapes.ts";
import { kindOf, type Loading, type Located, memberOf, shown } from "./loading.ts";

/** What was good in an object: the leaves that fit, and all parts as they stand. */
export interface ReadObject<S extends Shape> {
  readonly leaves: { readonly [K in keyof S["leaves"]]?: z.output<S["leaves"][K]> };
  readonly whole: Located;
  /** A member as it was written. */
  part(key: KeyOf<S>): Located | undefined;
  has(key: KeyOf<S>): boolean;
  /** The spot of a member, or of the object when it has no such member. */
  spotOf(key: string): Spot;
}

type KeyOf<S extends Shape> = (keyof S["leaves"] & string) | S["parts"][number];

/**
 * Reads an object by its shape. Every key that is unknown, not supported or holds a wrong value is reported at its
 * place and left out; all the others are read. Undefined when the value is no object at all.
 */
export function readObject<S extends Shape>(
  loading: Loading,
  whole: Located,
  shape: S,
): ReadObject<S> | undefined {
  const { value, spot } = whole;
  if (!isObject(value)) {
    wrongType(loading, { at: whole, what: shape.what, wanted: shape.form ?? "an object of keys and values" });
    return undefined;
  }
  const leaves: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const schema = Object.hasOwn(shape.leaves, key) ? shape.leaves[key] : undefined;
    const at = below(spot, value, key);
    if (!schema) {
      if (!shape.parts.includes(key)) unknownKey(loading, { key, at, shape, beside: value });
      continue;
    }
    const read = readLeaf(loading, { value: item ?? null, spot: at }, { key, schema });
    if (read !== undefined) leaves[key] = read;
  }
  return {
    leaves: leaves as ReadObject<S>["leaves"],
    whole,
    part: (key) => memberOf(whole, key),
    has: (key) => Object.hasOwn(value, key),
    spotOf: (key) => (Object.hasOwn(value, key) ? below(spot, value, key) : spot),
  };
}

interface UnknownKey {
  readonly key: string;
  readonly at: Spot;
  readonly shape: Shape;
  /** The object that has it. */
  readonly beside: JsonObject;
}

function unknownKey({ report }: Loading, { key, at, shape, beside }: UnknownKey): void {
  const advice =
    shape.notSupported && Object.hasOwn(shape.notSupported, key) ? shape.notSupported[key] : undefined;
  if (advice !== undefined) {
    const message = `Cannot use "${shown(key)}": this version of tutti does not do it yet in ${shape.what}`;
    const fix = insideFix(key, { shape, beside }) ?? advice;
    report.add({ code: "NOT_SUPPORTED", message, fix, at, part: "key" });
    return;
  }
  const keys = [...Object.keys(shape.leaves), ...shape.parts];
  const guess = report.nearest(key, keys);
  const meant = shape.meant && Object.hasOwn(shape.meant, key) ? shape.meant[key] : undefined;
  const other = guess ? `write "${guess}"` : `take it out; the keys are ${keys.join(", ")}`;
  report.add({
    code: "UNKNOWN_KEY",
    message: `Cannot read "${shown(key)}": ${shape.what} has no such key`,
    fix: insideFix(key, { shape, beside }) ?? meant ?? other,
    at,
    part: "key",
  });
}

/** Where a key belongs that stands beside the object which has it. */
function insideFix(key: string, { shape, beside }: Pick<UnknownKey, "shape" | "beside">): string | undefined {
  const holders = Object.entries(shape.inside ?? {});
  const holder = holders.find(([name, keys]) => Object.hasOwn(beside, name) && keys.includes(key))?.[0];
  if (holder === undefined) return undefined;
  const first = holder === "for_each" && key !== "items" ? "items: …, " : "";
  return `write it in \`${holder}: {${first}${key}: …}\``;
}

interface Leaf<T> {
  readonly key: string;
  readonly schema: z.ZodType<T>;
}

/** The value of one leaf; undefined, and reported, when it does not fit. */
export function readLeaf<T>(
  loading: Loading,
  { value, spot }: Located,
  { key, schema }: Leaf<T>,
): T | undefined {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const wanted = schema.description ?? "another value";
  for (const issue of parsed.error.issues.flatMap(relevant)) {
    reportIssue(loading, { issue, at: { value, spot }, key, wanted });
  }
  return undefined;
}

/** The issues of the branch of a union that fits best: the one whose type was right. */
function relevant(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union") return [issue];
  const branch = issue.errors.find((issues) =>
    issues.some((one) => one.code !== "invalid_type" || one.path.length > 0),
  );
  if (!branch) return [issue];
  return branch.flatMap(relevant).map((one) => ({ ...one, path: [...issue.path, ...one.path] }));
}

interface IssueAt {
  readonly issue: z.core.$ZodIssue;
  readonly at: Located;
  readonly key: string;
  readonly wanted: string;
}

function reportIssue(loading: Loading, { issue, at, key, wanted }: IssueAt): void {
  const place = descend(at, issue.path);
  const inner = issue.path.length > 0 ? `a part of "${key}"` : `"${key}"`;
  const typeIsWrong = issue.code === "invalid_type" || issue.code === "invalid_union";
  const given = place.value;
  if (typeIsWrong || (issue.code === "invalid_value" && typeof given !== "string")) {
    return wrongType(loading, { at: place, what: inner, wanted });
  }
  const guess =
    issue.code === "invalid_value" && typeof given === "string"
      ? loading.report.nearest(
          given,
          issue.values.filter((option) => typeof option === "string"),
        )
      : undefined;
  loading.report.add({
    code: "BAD_VALUE",
    message: `Cannot use "${shown(given)}" as ${inner}: it must be ${wanted}`,
    fix: guess ? `write "${guess}"` : `write ${wanted}`,
    at: place.spot,
  });
}

function descend(at: Located, path: readonly PropertyKey[]): Located {
  let { value, spot } = at;
  for (const key of path) {
    if (typeof value !== "object" || value === null || typeof key === "symbol") break;
    const holder: object = value;
    const inner: Json | undefined = Reflect.get(holder, key) as Json | undefined;
    spot = below(spot, holder, key);
    value = inner ?? null;
  }
  return { value, spot };
}

export function wrongType(
  { report }: Loading,
  { at, what, wanted }: { readonly at: Located; readonly what: string; readonly wanted: string },
): void {
  report.add({
    code: "WRONG_TYPE",
    message: `Cannot use "${shown(at.value)}" as ${what}: it is ${kindOf(at.value)} and must be ${wanted}`,
    fix: `write ${wanted}`,
    at: at.spot,
  });
}

/** Reports a key that a thing cannot be without. */
export function missingKey(
  { report }: Loading,
  at: Located,
  { what, key }: { readonly what: string; readonly key: string },
): void {
  report.add({
    code: "MISSING_KEY",
    message: `Cannot use ${what}: it has no "${key}"`,
    fix: `add "${key}:"`,
    at: at.spot,
    // a whole file stands at no key
    ...(pathOf(at.spot) === "" ? {} : { part: "key" as const }),
  });
}
