import type { Outcome } from "../core/outcome.ts";

/**
 * Results that may be used again by other runs.
 *
 * - `get` gives a result that was put under this key less than `maxAgeMs` ago, else nothing;
 * - only successful outcomes are put; a later put replaces an earlier one;
 * - `list` gives the newest first; `clear` removes what fits (all when no key is given) and gives how many.
 */
export interface ResultCache {
  get(key: string, maxAgeMs: number, now: number): Promise<CacheEntry | undefined>;
  put(entry: CacheEntry): Promise<void>;
  list(): Promise<readonly CacheEntry[]>;
  clear(key?: string): Promise<number>;
}

export interface CacheEntry {
  readonly key: string;
  readonly storedAt: number;
  readonly runId: string;
  readonly address: string;
  readonly outcome: Outcome;
}
