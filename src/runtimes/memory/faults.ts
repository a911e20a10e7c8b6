import type { Event, Input } from "../../core/events.ts";
import type { StreamChange, StreamId } from "../../ports/stream-store.ts";

/**
 * What a simulation lets go wrong. Each hook is asked in the order in which things would become durable, and gets a
 * number that counts from 1, so that the same hook gives the same faults.
 *
 * - `crash-before`: the process dies before the write became durable (also a torn write: none of it is there);
 * - `crash-after`: it dies after that, but nobody was told;
 * - `lose-lease`: another process took the run or stream over before the write;
 * - `disk-full`: the write is refused with STORE_FULL, the process goes on;
 * - `duplicate`: a message is delivered twice (its sender did not hear that it had arrived and sent it again).
 */
export interface MemoryFaults {
  readonly onCreate?: (run: { readonly count: number; readonly runId: string }) => WriteFault | undefined;
  readonly onAppend?: (append: AppendPoint) => AppendFault | undefined;
  readonly onPost?: (post: PostPoint) => PostFault | undefined;
  readonly onArtifact?: (artifact: {
    readonly count: number;
    readonly bytes: number;
  }) => WriteFault | undefined;
  readonly onChange?: (change: ChangePoint) => AppendFault | undefined;
}

export interface AppendPoint {
  readonly count: number;
  readonly runId: string;
  readonly events: readonly Event[];
}

/** A change of a stream. */
export interface ChangePoint {
  readonly count: number;
  readonly id: StreamId;
  readonly change: StreamChange;
}

export interface PostPoint {
  readonly count: number;
  readonly runId: string;
  readonly input: Input;
}

export type WriteFault = "crash-before" | "crash-after" | "disk-full";
export type AppendFault = WriteFault | "lose-lease";
export type PostFault = "crash-before" | "crash-after" | "duplicate";

/** What every call of a dead process rejects with: code that sees it would not have run any more. */
export class SimulatedCrash extends Error {
  override readonly name = "SimulatedCrash";

  constructor() {
    super("the simulated process is dead");
  }
}
