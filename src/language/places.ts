import type { Range } from "./source-text.ts";

/** Where one member of an object or list was written, and the comments beside it. */
export interface Origin {
  readonly key?: Range;
  readonly value: Range;
  readonly comments?: Comments;
}

/** Comment texts without `#`, as the YAML library gives them. */
export interface Comments {
  readonly before?: string;
  readonly after?: string;
}

/**
 * Where every member of a tree of plain values was written. Translations from older dialects build new objects and
 * say with `move` where each of their members came from, so that a mistake found later still points into the text.
 */
export class Places {
  readonly #origins = new WeakMap<object, Map<string | number, Origin>>();

  set(holder: object, key: string | number, origin: Origin): void {
    const origins = this.#origins.get(holder) ?? new Map<string | number, Origin>();
    origins.set(key, origin);
    this.#origins.set(holder, origins);
  }

  get(holder: object, key: string | number): Origin | undefined {
    return this.#origins.get(holder)?.get(key);
  }

  /** Says that `to` was written at `from`. */
  move(from: Member, to: Member): void {
    const origin = this.get(from.holder, from.key);
    if (origin) this.set(to.holder, to.key, origin);
  }
}

export interface Member {
  readonly holder: object;
  readonly key: string | number;
}

/** A value in the tree, as the members that lead to it. */
export interface Spot {
  readonly parent?: Spot;
  /** The object or list that holds the value; absent for the root. */
  readonly member?: Member;
}

export const rootSpot: Spot = {};

/** The spot of a member of `holder`, which itself stands at `parent`. */
export function below(parent: Spot, holder: object, key: string | number): Spot {
  return { parent, member: { holder, key } };
}

/** The keys that lead to a spot, as one writes them: `chain.steps[2].timeout`. */
export function pathOf(spot: Spot): string {
  const parts: string[] = [];
  for (let at: Spot | undefined = spot; at; at = at.parent) {
    if (at.member) parts.unshift(pathPart(at.member.key));
  }
  return parts.join("").replace(/^\./, "");
}

function pathPart(key: string | number): string {
  if (typeof key === "number") return `[${key}]`;
  return /^[A-Za-z_$][\w$-]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
