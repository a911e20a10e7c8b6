/**
 * Checks what a store holds against its invariants, and repairs what can be repaired without loss.
 *
 * - `inspect` reads everything and changes nothing; a store without faults gives no finding;
 * - `repair` of a finding that is not `repairable` rejects with UNSUPPORTED;
 * - the first repair copies the database away before anything is changed, and says where to;
 * - a repair moves files into that copy's folder, it deletes none;
 * - repairing what is no longer the case changes nothing;
 * - `salvaged`: the database was damaged when the store was opened, and what could be read of it is what this store has.
 */
export interface StoreAudit {
  readonly salvaged?: StoreSalvage;
  inspect(signal?: AbortSignal): AsyncIterable<StoreFinding>;
  repair(finding: StoreFinding): Promise<StoreRepair>;
}

/**
 * `database-damaged`: the database's own check fails. `sequence-gap`: an append of a run, or a record of its pipelines, is gone.
 * `body-undecodable`: an append, message or record cannot be read. `row-without-run`: rows that belong to no run.
 * `artifact-missing`, `artifact-damaged`: what a log refers to is gone or has other bytes.
 * `artifact-orphaned`: nothing refers to it any more. `lease-stale`: the run has not ended, and its holder is dead.
 * `temp-leftover`: a half-written file of a process that is gone.
 */
export type StoreFindingKind =
  | "database-damaged"
  | "sequence-gap"
  | "body-undecodable"
  | "row-without-run"
  | "artifact-missing"
  | "artifact-damaged"
  | "artifact-orphaned"
  | "lease-stale"
  | "temp-leftover";

export interface StoreFinding {
  readonly kind: StoreFindingKind;
  /** `error`: something is lost. `warning`: nothing is lost, something is left over. */
  readonly severity: "error" | "warning";
  readonly repairable: boolean;
  readonly runId?: string;
  /** What it is about: a table, an artifact's id, a file's path below the store, a sequence number. */
  readonly subject: string;
  readonly message: string;
  readonly fix: string;
}

export interface StoreRepair {
  /** False when there was nothing left to repair. */
  readonly changed: boolean;
  /** Folder with the copy that was made before the first change. */
  readonly backup: string;
}

/** What was saved of a damaged database, and what is lost. */
export interface StoreSalvage {
  /** What was wrong with it. */
  readonly damage: string;
  /** Folder with the copy of the database as it was. */
  readonly backup: string;
  /** How many runs were kept, also those that were cut. */
  readonly runs: number;
  /** Runs of which only the beginning was kept. */
  readonly cut: readonly SalvagedRun[];
  /** Ids of runs of which nothing could be kept. */
  readonly lost: readonly string[];
  /** How many more of these there are at least, whose ids are lost, too. */
  readonly nameless: number;
  /** How many records of pipelines that waited, dead letters and values are known to be lost. */
  readonly records: number;
  /** How many messages, cached results, circuit breakers and batches of pipelines could not be read. */
  readonly unreadable: number;
  /** How many were given up, because it could not be told any more which of them had been deleted. */
  readonly forgotten: number;
}

/** Numbers of appends; `lost` is what is known to be lost, 0 when only the last status shows that something is. */
export interface SalvagedRun {
  readonly runId: string;
  readonly kept: number;
  readonly lost: number;
}
