import type { BreakerRecord, BreakerStore } from "../../ports/breaker-store.ts";
import { turn, type MemoryParts } from "./process.ts";

export function createBreakerStore(parts: MemoryParts): BreakerStore {
  const { breakers } = parts.disk;
  return {
    update: (decide) =>
      turn(parts, () => {
        const { value, put = [], remove = [] } = decide((key) => read(breakers.get(key)));
        for (const key of remove) breakers.delete(key);
        for (const record of put) breakers.set(record.key, JSON.stringify(record));
        return value;
      }),
    list: () =>
      turn(parts, () =>
        [...breakers.values()].flatMap((body) => read(body) ?? []).toSorted((a, b) => b.at - a.at),
      ),
    clear: (key) =>
      turn(parts, () => {
        if (key !== undefined) return breakers.delete(key) ? 1 : 0;
        const count = breakers.size;
        breakers.clear();
        return count;
      }),
  };
}

function read(body: string | undefined): BreakerRecord | undefined {
  return body === undefined ? undefined : (JSON.parse(body) as BreakerRecord);
}
