import { LazyMap } from "./lazy-map.ts";
import type { KeptWay } from "./tried-way.ts";

/** How often a way was taken, and what came of it. */
export interface Cases {
  readonly good: number;
  readonly bad: number;
  /** Sum of the known prices, and how many of the cases had one. */
  readonly costUsd: number;
  readonly priced: number;
}

/** What came of a way that was taken once. */
export interface RouteEnd {
  readonly good: boolean;
  /** Null: something in it had no known price. */
  readonly costUsd: number | null;
}

export const noCases: Cases = { good: 0, bad: 0, costUsd: 0, priced: 0 };

export function addCases(a: Cases, b: Cases): Cases {
  return {
    good: a.good + b.good,
    bad: a.bad + b.bad,
    costUsd: a.costUsd + b.costUsd,
    priced: a.priced + b.priced,
  };
}

export function casesOf({ good, costUsd }: RouteEnd): Cases {
  return {
    good: good ? 1 : 0,
    bad: good ? 0 : 1,
    costUsd: costUsd ?? 0,
    priced: costUsd === null ? 0 : 1,
  };
}

/** Null when no case had a known price. */
export function meanCostUsd({ costUsd, priced }: Cases): number | null {
  return priced === 0 ? null : costUsd / priced;
}

/** By place (`placeOf`) and way. */
export type KnownDecisions = Readonly<Record<string, Readonly<Record<string, Cases>>>>;

/** What a run knows of the ways of its adaptive branches. */
export interface Learning {
  /** From other runs, before this one. */
  before: KnownDecisions;
  /** What it did itself, in this life. */
  own: LazyMap<string, Map<string, Cases>>;
  /** How far branches had come in an earlier life, by address. */
  taken: LazyMap<string, KeptWay>;
}

export function newLearning(before: KnownDecisions = {}): Learning {
  return { before, own: new LazyMap(), taken: new LazyMap() };
}
