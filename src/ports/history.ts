/**
 * How long and how dear steps were before, and how many tokens they took.
 *
 * - `record` adds ended steps, each under the key of its definition;
 * - `predict` gives the median over the last 20 that ended well (over the last that failed, when none did), and how
 *   many they were; nothing for an unknown key.
 */
export interface History {
  record(entries: readonly HistoryEntry[]): Promise<void>;
  predict(keys: readonly string[]): Promise<Readonly<Record<string, Prediction>>>;
}

export interface HistoryEntry {
  readonly key: string;
  readonly durationMs: number;
  readonly costUsd: number | null;
  /** Of input and output together; null: nobody knows. */
  readonly tokens: number | null;
  readonly ok: boolean;
  readonly at: number;
}

export interface Prediction {
  readonly durationMs: number;
  /** Null: no recorded step had a known price. */
  readonly costUsd: number | null;
  /** Null: of no recorded step it is known; a whole number. */
  readonly tokens: number | null;
  readonly cases: number;
}
