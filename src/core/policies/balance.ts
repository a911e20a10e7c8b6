import { type Candidate, candidateOf, type Choice, type Declared } from "./adaptive.ts";

/** A way that may be taken, what is known of it, and how many are on it now. */
export interface Loaded extends Declared {
  readonly load: number;
  /** Absent: any number may be on it. */
  readonly atOnce?: number | undefined;
}

/** True when nothing more may begin on a way before something on it has ended. */
export function isFull({ load, atOnce }: Pick<Loaded, "load" | "atOnce">): boolean {
  return atOnce !== undefined && load >= atOnce;
}

/**
 * The way with the highest score among those with room: its chance to end well, drawn as `choose` does, shared among those on
 * it and the one that comes. While nothing is known of any, only how many are on it counts; of equal ones the first declared
 * is taken. The same seed gives the same choice; a way that was taken `before` is taken again, if it may be. Undefined
 * when none has room.
 */
export function assign(
  ways: readonly Loaded[],
  { seed, before }: { readonly seed: string; readonly before?: string | undefined },
): Choice | undefined {
  const again = ways.find(({ way }) => way === before);
  const free = (again ? [again] : ways).filter((one) => !isFull(one));
  const [first, ...others] = free;
  if (!first) return undefined;
  const candidates = ways.map((one) => loadedCandidate(one, seed));
  if (again) return { way: again.way, because: "before", candidates };
  if (others.length === 0) return { way: first.way, because: "only", candidates };
  const isKnown = ways.some(({ cases }) => cases.good + cases.bad > 0);
  const open = candidates.filter(({ way }) => free.some((one) => one.way === way));
  return { ...best(open, isKnown ? ({ draw }) => draw : () => 1), candidates };
}

type Candidates = readonly (Candidate & { readonly load: number })[];

function loadedCandidate({ load, atOnce, ...declared }: Loaded, seed: string): Candidates[number] {
  return { ...candidateOf(declared, seed), load, ...(atOnce === undefined ? {} : { atOnce }) };
}

function best(open: Candidates, chance: (one: Candidate) => number): Pick<Choice, "way" | "because"> {
  const scored = open.map((one) => ({
    way: one.way,
    alone: chance(one),
    score: chance(one) / (1 + one.load),
  }));
  const taken = scored.reduce((a, b) => (b.score > a.score ? b : a));
  const alone = scored.reduce((a, b) => (b.alone > a.alone ? b : a));
  if (taken !== alone) return { way: taken.way, because: "load" };
  return { way: taken.way, because: scored.every((one) => one.alone === taken.alone) ? "declared" : "draw" };
}
