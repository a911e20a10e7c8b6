/**
 * What circuit breakers remember, shared by all runs of one state folder.
 *
 * - `update` reads and changes at one moment: no other update, of any process, comes between; `decide` may be called
 *   more than once and must change nothing but what it gives back; a later put of a key replaces the earlier;
 * - what has not changed for thirty days may be forgotten;
 * - `list` gives all records, the last changed first;
 * - `clear` forgets one key, or all when none is given, and gives how many there were.
 */
export interface BreakerStore {
  update<T>(decide: BreakerDecision<T>): Promise<T>;
  list(): Promise<readonly BreakerRecord[]>;
  clear(key?: string): Promise<number>;
}

export type BreakerDecision<T> = (get: (key: string) => BreakerRecord | undefined) => BreakerChange<T>;

export interface BreakerChange<T> {
  readonly value: T;
  readonly put?: readonly BreakerRecord[];
  readonly remove?: readonly string[];
}

export interface BreakerRecord {
  /** `agent claude-code`, `command /fix`, `service https://host`, `failure <signature>`, `work …`, `quota …`. */
  readonly key: string;
  /** Failures in a row. */
  readonly failures: number;
  /** When it changed last; ms since the epoch. */
  readonly at: number;
  /** The last failure, in one line. */
  readonly message: string;
  /** Nothing is tried before this time, and one at a time after it. Absent: it is closed. */
  readonly openUntil?: number;
  /** The one that is tried now, and until when it is waited for. */
  readonly probe?: { readonly by: string; readonly until: number };
  /** What the last failure of this work is called, when it counts for a breaker of its own. */
  readonly signature?: string;
}
