import type { ArtifactStore } from "../../ports/artifact-store.ts";
import type { BreakerStore } from "../../ports/breaker-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { DayLedger } from "../../ports/day-ledger.ts";
import type { DecisionStore } from "../../ports/decision-store.ts";
import type { History } from "../../ports/history.ts";
import type { ResultCache } from "../../ports/result-cache.ts";
import type { RunStore } from "../../ports/run-store.ts";
import type { StreamStore } from "../../ports/stream-store.ts";
import { createArtifactStore } from "./artifacts.ts";
import { createBreakerStore } from "./breaker-store.ts";
import { createDayLedger } from "./day-ledger.ts";
import { copyDisk, createMemoryDisk, nextNumber, type MemoryDisk } from "./disk.ts";
import type { MemoryFaults } from "./faults.ts";
import { createDecisionStore } from "./decision-store.ts";
import { createHistory } from "./history.ts";
import type { MemoryParts } from "./process.ts";
import { createResultCache } from "./result-cache.ts";
import { createRunStore } from "./run-store.ts";
import { createStreamStore } from "./stream-store.ts";

/**
 * One simulated process with its store.
 *
 * - `kill` ends it as `kill -9` does: what was acknowledged stays on the disk, every later call rejects with
 *   `SimulatedCrash`, and its leases may be followed at once;
 * - `lapse` is what a process looks like that was stopped for longer than its leases hold: others may follow them;
 * - `snapshot` is the disk as it is now; a store on it sees what was durable at this moment;
 * - `restart` kills it and gives a new process on the same disk.
 */
export interface MemoryStore {
  readonly runs: RunStore;
  readonly cache: ResultCache;
  readonly history: History;
  readonly decisions: DecisionStore;
  readonly breakers: BreakerStore;
  readonly days: DayLedger;
  readonly streams: StreamStore;
  readonly artifacts: ArtifactStore;
  readonly disk: MemoryDisk;
  kill(): void;
  lapse(): void;
  snapshot(): MemoryDisk;
  restart(options?: { readonly faults?: MemoryFaults }): MemoryStore;
  close(): Promise<void>;
}

export interface MemoryStoreOptions {
  readonly clock: Clock;
  readonly faults?: MemoryFaults;
  /** A new, empty one when absent. Several stores on one disk are several processes. */
  readonly disk?: MemoryDisk;
}

export function createMemoryStore({
  clock,
  faults = {},
  disk = createMemoryDisk(),
}: MemoryStoreOptions): MemoryStore {
  const process: MemoryParts["process"] = { name: `process ${nextNumber(disk)}`, state: "alive" };
  const parts: MemoryParts = {
    disk,
    clock,
    faults,
    process,
    counts: { creates: 0, appends: 0, posts: 0, artifacts: 0, changes: 0 },
  };
  const close = async (): Promise<void> => {
    process.state = "dead";
  };
  const kill = (): void => {
    process.state = "dead";
  };
  return {
    runs: createRunStore({ ...parts, close }),
    cache: createResultCache(parts),
    history: createHistory(parts),
    decisions: createDecisionStore(parts),
    breakers: createBreakerStore(parts),
    days: createDayLedger(parts),
    streams: createStreamStore(parts),
    artifacts: createArtifactStore(parts),
    disk,
    kill,
    lapse: () => {
      if (process.state === "alive") process.state = "lapsed";
    },
    snapshot: () => copyDisk(disk),
    restart: (options = {}) => {
      kill();
      return createMemoryStore({ clock, disk, ...options });
    },
    close,
  };
}
