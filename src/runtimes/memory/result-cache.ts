import type { CacheEntry, ResultCache } from "../../ports/result-cache.ts";
import { failedResultError } from "../store-errors.ts";
import { turn, type MemoryParts } from "./process.ts";

export function createResultCache(parts: MemoryParts): ResultCache {
  const { results } = parts.disk;
  return {
    get: async (key, maxAgeMs, now) => {
      await turn(parts);
      const body = results.get(key);
      const entry = body === undefined ? undefined : parse(body);
      return entry && entry.storedAt > now - maxAgeMs ? entry : undefined;
    },
    put: async (entry) => {
      const body = JSON.stringify(entry);
      await turn(parts);
      if (!entry.outcome.ok) throw failedResultError(entry.key);
      results.delete(entry.key);
      results.set(entry.key, body);
    },
    list: async () => {
      await turn(parts);
      return [...results.values()]
        .reverse()
        .map(parse)
        .toSorted((a, b) => b.storedAt - a.storedAt);
    },
    clear: async (key) => {
      await turn(parts);
      if (key !== undefined) return results.delete(key) ? 1 : 0;
      const count = results.size;
      results.clear();
      return count;
    },
  };
}

function parse(body: string): CacheEntry {
  return JSON.parse(body) as CacheEntry;
}
