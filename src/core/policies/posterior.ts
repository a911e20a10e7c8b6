/** What is believed of a way's chance to end well: the Beta distribution after so many good and bad cases, from an even start. */
export interface Posterior {
  /** For each of `steps + 1` chances from 0 to 1, how likely the true one is not above it. */
  readonly below: readonly number[];
}

const steps = 400;
const middles = Array.from({ length: steps }, (_, index) => (index + 0.5) / steps);
const logs = middles.map((chance) => ({ good: Math.log(chance), bad: Math.log(1 - chance) }));

export function posteriorOf({ good, bad }: { readonly good: number; readonly bad: number }): Posterior {
  const weights = logs.map((log) => good * log.good + bad * log.bad);
  // The largest becomes 1, so that thousands of cases do not vanish.
  const largest = Math.max(...weights);
  const below = [0];
  let sum = 0;
  for (const weight of weights) below.push((sum += Math.exp(weight - largest)));
  return { below: below.map((part) => part / sum) };
}

/** The chance below which the true one lies with this probability, which is from 0 to below 1. */
export function quantile({ below }: Posterior, probability: number): number {
  let [low, high] = [0, steps];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (at(below, middle) > probability) high = middle;
    else low = middle;
  }
  const [from, to] = [at(below, low), at(below, high)];
  const inside = to > from ? (probability - from) / (to - from) : 0;
  return (low + Math.min(1, Math.max(0, inside))) / steps;
}

/** How likely each of these is the best of them; together 1. */
export function chancesOfBest(all: readonly Posterior[]): readonly number[] {
  const chances = all.map((one) =>
    middles.reduce((sum, _, index) => {
      const here = at(one.below, index + 1) - at(one.below, index);
      const others = all.filter((other) => other !== one);
      return sum + others.reduce((product, other) => product * middleOf(other, index), here);
    }, 0),
  );
  const total = chances.reduce((sum, chance) => sum + chance, 0);
  return chances.map((chance) => chance / total);
}

function middleOf({ below }: Posterior, index: number): number {
  return (at(below, index) + at(below, index + 1)) / 2;
}

function at(below: readonly number[], index: number): number {
  return below[index] ?? 1;
}
