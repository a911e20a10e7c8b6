import type { KnownDecisions, Cases } from "../core/cases.ts";

/**
 * What came of the ways that branches took.
 *
 * - `record` keeps one end for each decision, run and address: of two the later one, because a resumed run may do again what it
 *   did before;
 * - of each way of a decision only the last 200 ends count, by when they ended;
 * - `cases` sums them up by decision and way, if asked without those of one run; nothing for a key that is unknown;
 * - `list` tells of every decision, that which was taken last first;
 * - `clear` forgets all, or those of one workflow; gives how many ends.
 */
export interface DecisionStore {
  record(ends: readonly DecisionEnd[]): Promise<void>;
  cases(keys: readonly string[], options?: { readonly exceptRun?: string }): Promise<KnownDecisions>;
  list(filter?: { readonly workflow?: string }): Promise<readonly KnownDecision[]>;
  clear(filter?: { readonly workflow?: string }): Promise<number>;
}

/** A way that was taken has ended. */
export interface DecisionEnd {
  readonly runId: string;
  /** Of the branch; of the way where it may take several, one after another. */
  readonly address: string;
  readonly decision: DecisionName;
  readonly way: string;
  readonly good: boolean;
  /** Null: something in it had no known price. */
  readonly costUsd: number | null;
  readonly durationMs: number;
  /** When it ended; ms since the epoch. */
  readonly at: number;
}

export interface DecisionName {
  /** The same for decisions of the same definition at the same place of the same workflow. */
  readonly key: string;
  readonly workflow: string;
  /** Its address, without rounds and items. */
  readonly place: string;
  /** The declared ways, in order. */
  readonly ways: readonly string[];
  /** Those of them that have no steps. */
  readonly idle: readonly string[];
  /** Taken in runs whose agents only play, of which real ones learn nothing. */
  readonly rehearsal?: true;
}

export interface KnownDecision extends DecisionName {
  /** Of the ways that were taken. */
  readonly taken: Readonly<Record<string, TakenWay>>;
  /** When a way ended last. */
  readonly at: number;
}

export interface TakenWay extends Cases {
  readonly meanDurationMs: number;
}
