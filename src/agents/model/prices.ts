import type { Usage } from "../../core/outcome.ts";
import type { Endpoint, Prices } from "./endpoints.ts";

/** What one call used; undefined: the provider did not say. */
export interface Tokens {
  /** All of them, those of the cache too. */
  readonly input: number | undefined;
  readonly output: number | undefined;
  readonly cached?: number | undefined;
  readonly cacheWrite?: number | undefined;
}

/** A list of prices by provider and model; null: it has none for this model. */
export type PriceList = (endpoint: Endpoint, tokens: Tokens) => number | null;

/** What a call cost: by the endpoint's own prices, else by the list; null when neither knows, or the tokens are not told. */
export function costOf(tokens: Tokens, endpoint: Endpoint, list: PriceList): number | null {
  const { prices } = endpoint;
  if (prices && prices.input === 0 && prices.output === 0) return 0;
  if (tokens.input === undefined || tokens.output === undefined) return null;
  return prices ? byPrices(tokens, prices) : list(endpoint, tokens);
}

function byPrices({ input = 0, output = 0, cached = 0, cacheWrite = 0 }: Tokens, prices: Prices): number {
  const { cached: cachedPrice = prices.input, cacheWrite: writePrice = prices.input } = prices;
  const rest = Math.max(0, input - cached - cacheWrite);
  const micro = rest * prices.input + cached * cachedPrice + cacheWrite * writePrice + output * prices.output;
  return tidyUsd(micro / 1e6);
}

/** Sums of prices carry noise in the last bits; a billionth of a dollar is precise enough. */
export function tidyUsd(usd: number): number {
  return Math.round(usd * 1e9) / 1e9;
}

export const noUsage: Usage = { costUsd: 0, inputTokens: 0, outputTokens: 0 };

/** Two uses together; an unknown price makes the sum unknown. */
export function addUsage(a: Usage, b: Usage): Usage {
  const cached = (a.cachedTokens ?? 0) + (b.cachedTokens ?? 0);
  return {
    costUsd: a.costUsd === null || b.costUsd === null ? null : tidyUsd(a.costUsd + b.costUsd),
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    ...(cached > 0 ? { cachedTokens: cached } : {}),
    ...(a.atLeast || b.atLeast ? { atLeast: true } : {}),
  };
}

/** What of a session's use was not counted before. */
export function usageBeyond(total: Usage, counted: Usage | undefined): Usage {
  if (!counted) return total;
  const cached = (total.cachedTokens ?? 0) - (counted.cachedTokens ?? 0);
  return {
    costUsd: beyond(total.costUsd, counted.costUsd),
    inputTokens: total.inputTokens - counted.inputTokens,
    outputTokens: total.outputTokens - counted.outputTokens,
    ...(cached > 0 ? { cachedTokens: cached } : {}),
    ...(total.atLeast && !counted.atLeast ? { atLeast: true } : {}),
  };
}

function beyond(total: number | null, counted: number | null): number | null {
  return total === null || counted === null ? null : tidyUsd(total - counted);
}

export function usageOf(tokens: Tokens, costUsd: number | null): Usage {
  return {
    costUsd,
    inputTokens: tokens.input ?? 0,
    outputTokens: tokens.output ?? 0,
    ...(tokens.cached ? { cachedTokens: tokens.cached } : {}),
  };
}
