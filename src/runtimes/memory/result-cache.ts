import type { CacheEntry, ResultCache } from "../../ports/result-cache.ts";
import { failedResultError } from "../store-errors.ts";
import { turn, type MemoryParts } from "./process.ts";

export function createResultCache(parts: MemoryParts): ResultCache {
  const { results } = parts.disk;
  return {
    get: (key, maxAgeMs, now) =>
      turn(parts, () => {
        const body = results.get(key);
        const entry = body === undefined ? undefined : parse(body);
        return entry && entry.storedAt > now - maxAgeMs ? entry : undefined;
      }),
    put: (entry) => {
      const body = JSON.stringify(entry);
      return turn(parts, () => {
        if (!entry.outcome.ok) throw failedResultError(entry.key);
        results.delete(entry.key);
        results.set(entry.key, body);
      });
    },
    list: () =>
      turn(parts, () =>
        [...results.values()]
          .reverse()
          .map(parse)
          .toSorted((a, b) => b.storedAt - a.storedAt),
      ),
    clear: (key) =>
      turn(parts, () => {
        if (key !== undefined) return results.delete(key) ? 1 : 0;
        const count = results.size;
        results.clear();
        return count;
      }),
  };
}

function parse(body: string): CacheEntry {
  return JSON.parse(body) as CacheEntry;
}
