import { type Reference, boundName } from "./analysis.ts";
import { isObject } from "./json.ts";
import { toCel } from "./values.ts";

/** Gives the value of a root name; undefined: no such value (yet). */
export type Scope = (root: string) => unknown;

/** What of a value an expression can see: all of it, or only some keys. */
type View = ReadonlyMap<string, View> | "whole";

/** Which roots an expression reads, and what of them. */
export type Binding = readonly { readonly root: string; readonly name: string; readonly view: View }[];

/** The parts of its roots that an expression names, so that only these are handed over. */
export function bindingOf(references: readonly Reference[]): Binding {
  const [only, ...others] = references;
  // as most conditions have
  if (only && others.length === 0)
    return [{ root: only.root, name: boundName(only.root), view: viewAlong(only.path, 0) }];
  return [...grouped(references.map(({ root, path }) => [root, ...path]))].map(([root, view]) => ({
    root,
    name: boundName(root),
    view,
  }));
}

/** What one path sees, from a place in it on. */
function viewAlong(path: readonly string[], from: number): View {
  const key = path[from];
  return key === undefined ? "whole" : new Map<string, View>().set(key, viewAlong(path, from + 1));
}

/** Paths by their first key; none of them is empty. */
function grouped(paths: readonly (readonly string[])[]): ReadonlyMap<string, View> {
  const heads = new Map<string, (readonly string[])[]>();
  for (const [head, ...rest] of paths) {
    const key = String(head);
    heads.set(key, [...(heads.get(key) ?? []), rest]);
  }
  return new Map(
    [...heads].map(([head, rests]): [string, View] => [
      head,
      rests.some((rest) => rest.length === 0) ? "whole" : grouped(rests),
    ]),
  );
}

/** The values of the roots as CEL has them; a root without a value is left out. */
export function bind(binding: Binding, values: readonly unknown[]): ReadonlyMap<string, unknown> {
  const bound = new Map<string, unknown>();
  binding.forEach(({ name, view }, index) => {
    const value = values[index];
    if (value !== undefined) bound.set(name, visible(value, view));
  });
  return bound;
}

function visible(value: unknown, view: View): unknown {
  if (view === "whole" || !isObject(value)) return toCel(value);
  const map = new Map<string, unknown>();
  for (const [key, below] of view) {
    const item = Object.hasOwn(value, key) ? value[key] : undefined;
    if (item !== undefined) map.set(key, visible(item, below));
  }
  return map;
}

/** How far a path can be followed into a value. */
export interface Followed {
  /** The value at the end, or undefined when a key is missing. */
  readonly value: unknown;
  /** How many keys were found. */
  readonly found: number;
  /** The last value that was found. */
  readonly last: unknown;
}

/** Follows own keys only. */
export function follow(value: unknown, path: readonly string[]): Followed {
  let last = value;
  for (const [found, key] of path.entries()) {
    const next = isObject(last) && Object.hasOwn(last, key) ? last[key] : undefined;
    if (next === undefined) return { value: undefined, found, last };
    last = next;
  }
  return { value: last, found: path.length, last };
}
