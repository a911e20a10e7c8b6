import type { RunStatus } from "../../core/events.ts";
import type { DecisionEnd } from "../../ports/decision-store.ts";
import type { Spending } from "../../ports/day-ledger.ts";
import type { NewRun } from "../../ports/run-store.ts";
import type { StreamId } from "../../ports/stream-store.ts";
import type { Case } from "../prediction.ts";

/**
 * What outlives a process: everything that was acknowledged as durable, and nothing else. Events, messages and
 * results are kept as JSON, so that nobody can change what is stored by changing an object.
 */
export interface MemoryDisk {
  readonly runs: Map<string, StoredRun>;
  readonly artifacts: Map<string, Uint8Array>;
  /** By key; the newest last. */
  readonly results: Map<string, string>;
  /** By key; the newest first. */
  readonly history: Map<string, readonly Case[]>;
  readonly breakers: Map<string, string>;
  /** By decision, run and address. */
  readonly decisions: Map<string, DecisionEnd>;
  /** What agents cost, by number. */
  readonly spending: Map<number, StoredSpending>;
  /** By run and address. */
  readonly streams: Map<string, StoredStream>;
  /** Called after a message was posted, by any process that listens. */
  readonly listeners: Set<() => void>;
  /** Counts runs, messages and processes, so that the same calls give the same ids. */
  counter: number;
}

export interface StoredRun {
  readonly run: NewRun;
  readonly order: number;
  readonly appends: string[];
  messages: readonly { readonly id: number; readonly body: string }[];
  status: RunStatus;
  updatedAt: number;
  lease: StoredLease;
}

export interface StoredStream {
  readonly id: StreamId;
  /** A number of the disk's own for each opening, so that no stream ever has that of another. */
  epoch: number;
  /** JSON; absent: it has never committed anything. */
  head?: string;
  /** Number of the last dead letter. */
  letters: number;
  /** By queue, then by number: JSON of the parts of each batch, by their numbers. */
  readonly queues: Map<string, Map<number, ReadonlyMap<number, string>>>;
  /** By number. */
  readonly dead: Map<number, string>;
  /** By stage and key. */
  readonly values: Map<string, string>;
}

export interface StoredSpending extends Spending {
  readonly holder?: MemoryProcess;
}

export interface StoredLease {
  readonly epoch: number;
  readonly holder?: MemoryProcess;
  readonly since: number;
}

/** Who holds leases. Dead: its leases may be followed at once. */
export interface MemoryProcess {
  readonly name: string;
  state: "alive" | "lapsed" | "dead";
}

export function createMemoryDisk(): MemoryDisk {
  return {
    runs: new Map(),
    artifacts: new Map(),
    results: new Map(),
    history: new Map(),
    breakers: new Map(),
    spending: new Map(),
    decisions: new Map(),
    streams: new Map(),
    listeners: new Set(),
    counter: 0,
  };
}

/** The disk as it is now, as if its machine had just lost power: whoever held a lease is gone. */
export function copyDisk(disk: MemoryDisk): MemoryDisk {
  const runs = [...disk.runs].map(([id, stored]): [string, StoredRun] => {
    const { epoch, since } = stored.lease;
    return [id, { ...stored, appends: [...stored.appends], lease: { epoch, since } }];
  });
  return {
    runs: new Map(runs),
    artifacts: new Map([...disk.artifacts].map(([id, bytes]) => [id, new Uint8Array(bytes)])),
    results: new Map(disk.results),
    history: new Map(disk.history),
    breakers: new Map(disk.breakers),
    spending: new Map([...disk.spending].map(([id, { holder: _, ...entry }]) => [id, entry])),
    decisions: new Map(disk.decisions),
    streams: new Map([...disk.streams].map(([key, stream]) => [key, copyStream(stream)])),
    listeners: new Set(),
    counter: disk.counter,
  };
}

function copyStream(stream: StoredStream): StoredStream {
  const queues = [...stream.queues].map(([queue, batches]) => [queue, new Map(batches)] as const);
  return { ...stream, queues: new Map(queues), dead: new Map(stream.dead), values: new Map(stream.values) };
}

export function nextNumber(disk: MemoryDisk): number {
  disk.counter += 1;
  return disk.counter;
}
