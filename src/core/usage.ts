import type { Usage } from "./outcome.ts";

/** An agent was asked, and nothing is known of what it used. */
export const unknownUsage: Usage = { costUsd: null, inputTokens: 0, outputTokens: 0, atLeast: true };

/** The agent was not asked yet. */
export const unasked: Usage = { costUsd: 0, inputTokens: 0, outputTokens: 0, asks: 0 };

/** True when its price is not known, or not all of it. */
export function isUnknown({ costUsd, atLeast }: Usage): boolean {
  return costUsd === null || atLeast === true;
}

/** Two uses together: what is known of them, and whether there is more. Absent: nothing was used. */
export function knownOf(a: Usage | undefined, b: Usage): Usage {
  if (!a) return b;
  const costs = [a.costUsd, b.costUsd].filter((cost) => cost !== null);
  const cached = [a.cachedTokens, b.cachedTokens].filter((tokens) => tokens !== undefined);
  return {
    costUsd: costs.length === 0 ? null : sum(costs),
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    ...(cached.length === 0 ? {} : { cachedTokens: sum(cached) }),
    asks: (a.asks ?? 1) + (b.asks ?? 1),
    ...(isUnknown(a) || isUnknown(b) ? { atLeast: true } : {}),
  };
}

function sum(numbers: readonly number[]): number {
  return Math.round(numbers.reduce((total, one) => total + one, 0) * 1e9) / 1e9;
}
