import type {
  BreakerChange,
  BreakerDecision,
  BreakerRecord,
  BreakerStore,
} from "../../ports/breaker-store.ts";
import type { Connection, Row } from "./connection.ts";
import { damagedError } from "./sqlite-errors.ts";
import type { Writer } from "./writer.ts";

/** What nobody has touched for so long holds nothing up. */
const forgottenMs = 30 * 86_400_000;

/**
 * Most work meets no breaker at all: a decision that changes nothing is made by reading alone and takes no lock. One
 * that does is made again under the write lock, over what then is the case.
 */
export function createBreakerStore(connection: Connection, writer: Writer): BreakerStore {
  const of = (text: string) => connection.statement(text);
  const get = (key: string): BreakerRecord | undefined => {
    const row = of("SELECT key, body FROM breakers WHERE key = ?").get(key);
    return row && read(row, connection.file);
  };
  const store = <T>({ value, put = [], remove = [] }: BreakerChange<T>): T => {
    for (const key of remove) of("DELETE FROM breakers WHERE key = ?").run(key);
    for (const { key, at, ...body } of put)
      of("INSERT OR REPLACE INTO breakers (key, at, body) VALUES (?, ?, ?)").run(
        key,
        at,
        JSON.stringify({ key, at, ...body }),
      );
    const newest = Math.max(...put.map(({ at }) => at));
    if (put.length > 0) of("DELETE FROM breakers WHERE at < ?").run(newest - forgottenMs);
    return value;
  };
  return {
    update: async <T>(decide: BreakerDecision<T>) => {
      const change = decide(get);
      return change.put || change.remove ? writer.write(() => store(decide(get))) : change.value;
    },
    list: async () =>
      of("SELECT key, body FROM breakers ORDER BY at DESC")
        .all()
        .map((row) => read(row, connection.file)),
    clear: (key) =>
      writer.write(() => of("DELETE FROM breakers WHERE ?1 IS NULL OR key = ?1").run(key ?? null).changes),
  };
}

function read(row: Row, file: string): BreakerRecord {
  try {
    return JSON.parse(String(row["body"])) as BreakerRecord;
  } catch (cause) {
    throw damagedError({
      file,
      detail: `the circuit breaker "${String(row["key"])}" cannot be decoded`,
      cause,
    });
  }
}
