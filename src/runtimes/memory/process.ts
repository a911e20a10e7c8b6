import type { Clock } from "../../ports/clock.ts";
import type { MemoryDisk, MemoryProcess } from "./disk.ts";
import { SimulatedCrash, type MemoryFaults } from "./faults.ts";

/** What the parts of one memory store share: one simulated process over a disk. */
export interface MemoryParts {
  readonly disk: MemoryDisk;
  readonly clock: Clock;
  readonly faults: MemoryFaults;
  readonly process: MemoryProcess;
  readonly counts: { creates: number; appends: number; posts: number; artifacts: number; changes: number };
}

/** Does every read and write: later than the call, in the order of the calls, and never in a dead process. */
export async function turn<T>({ process }: MemoryParts, work: () => T): Promise<T> {
  await Promise.resolve();
  // in one piece with the work: the process may have died since the call
  if (process.state === "dead") throw new SimulatedCrash();
  return work();
}

/** Runs a write between the two moments at which the process can die. */
export function durably<T>(
  { process }: MemoryParts,
  { fault, write }: { readonly fault: string | undefined; readonly write: () => T },
): T {
  if (fault === "crash-before") process.state = "dead";
  if (process.state === "dead") throw new SimulatedCrash();
  const result = write();
  if (fault !== "crash-after") return result;
  process.state = "dead";
  throw new SimulatedCrash();
}
