import type { Json } from "../../expression/json.ts";
import { isObject } from "../../expression/json.ts";
import { type Loading, type Located, memberOf } from "../read/loading.ts";

/** An object of the canonical form while a translation builds it. */
export type Target = Record<string, Json>;

/** Builds canonical objects out of an older dialect; every member keeps the place it was written at. */
export class Builder {
  readonly loading: Loading;
  readonly notes: string[] = [];
  /** Context of every command. */
  readonly told: Target = {};

  constructor(loading: Loading) {
    this.loading = loading;
  }

  /** Sets a member that stems from `origin`; its value is the one written there when none is given. */
  put(
    target: Target,
    key: string,
    { from, value = from.value }: { readonly from: Located; readonly value?: Json },
  ): void {
    target[key] = value;
    this.#move(from, { holder: target, key });
  }

  /** A list of which each item stems from somewhere. */
  list(items: readonly { readonly value: Json; readonly from: Located }[]): Json[] {
    const list = items.map(({ value }) => value);
    items.forEach(({ from }, key) => this.#move(from, { holder: list, key }));
    return list;
  }

  /** Adds an item that stems from somewhere to a list. */
  append(list: readonly Json[], { value, from }: { readonly value: Json; readonly from: Located }): void {
    const items = list as Json[];
    items.push(value);
    this.#move(from, { holder: items, key: items.length - 1 });
  }

  /** Moves members under other names; those that `rename` does not name keep theirs. */
  copy(target: Target, whole: Located, rename: Readonly<Record<string, string>> = {}): void {
    for (const { key, at } of membersOf(whole)) {
      this.put(target, Object.hasOwn(rename, key) ? (rename[key] ?? key) : key, { from: at });
    }
  }

  warn(from: Located, { key, fix }: { readonly key: string; readonly fix: string }): void {
    const message = `Cannot do what "${key}" asks: this version of tutti leaves it out`;
    this.loading.report.add({
      severity: "warning",
      code: "NOT_SUPPORTED",
      message,
      fix,
      at: from.spot,
      part: "key",
    });
  }

  #move(from: Located, to: { readonly holder: object; readonly key: string | number }): void {
    if (from.spot.member) this.loading.places.move(from.spot.member, to);
  }
}

export interface MemberAt {
  readonly key: string;
  readonly at: Located;
}

/** The members of an object, in order. */
export function membersOf(whole: Located): readonly MemberAt[] {
  if (!isObject(whole.value)) return [];
  return Object.keys(whole.value).flatMap((key) => {
    const at = memberOf(whole, key);
    return at ? [{ key, at }] : [];
  });
}

/** What a translation gives; no value when the kind of workflow is not supported. */
export interface Translated {
  readonly value?: Json;
  readonly dialect: Dialect;
  readonly notes: readonly string[];
}

/**
 * `slash`: a key `/chain`. `typed`: `type: chain` with `steps`. `commands`: `workflow_id` with `commands`.
 * `one-line`: `query x → task`. `mixed`: canonical, with steps of older dialects.
 */
export type Dialect = "canonical" | "mixed" | "slash" | "typed" | "commands" | "one-line";
