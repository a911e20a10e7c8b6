import type { Clock } from "../../ports/clock.ts";
import type { MemoryDisk, MemoryProcess } from "./disk.ts";
import { SimulatedCrash, type MemoryFaults } from "./faults.ts";

/** What the parts of one memory store share: one simulated process over a disk. */
export interface MemoryParts {
  readonly disk: MemoryDisk;
  readonly clock: Clock;
  readonly faults: MemoryFaults;
  readonly process: MemoryProcess;
  readonly counts: { appends: number; posts: number; artifacts: number };
}

/** Every write and read begins here: later than the call, in the order of the calls, and never in a dead process. */
export async function turn({ process }: MemoryParts): Promise<void> {
  await Promise.resolve();
  if (process.state === "dead") throw new SimulatedCrash();
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
