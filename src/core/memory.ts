import type { MemoryUse, Step } from "../language/workflow.ts";

/** What the step has to do with a memory. */
export function memoryOf({ action }: Step): MemoryUse | undefined {
  return "memory" in action ? action.memory : undefined;
}

/** What a step was told from a memory when it began. */
export interface MemoryRead {
  readonly name: string;
  /** That holds the text. */
  readonly artifact?: string;
  readonly bytes?: number;
  /** Notes in it, and those for which there was no room. */
  readonly notes?: number;
  readonly left?: number;
  /** Why nothing could be read. */
  readonly trouble?: string;
}

/** What of a memory an attempt has to do with. */
export interface MemoryPolicy {
  readonly name: string;
  /** The agent is told what stands there. */
  readonly read?: true;
  /** The agent says what it has learned. */
  readonly learns?: true;
  readonly maxBytes: number;
  /** The artifact that has what the step was told when it began. */
  readonly was?: string;
}

/** What a step has learned that its memory does not have yet. */
export interface Unwritten {
  readonly name: string;
  readonly maxBytes: number;
  readonly texts: readonly string[];
  /** When the step ended. */
  readonly at: number;
}

/** What became of it. */
export interface MemoryWritten {
  readonly name: string;
  readonly added?: number;
  /** So many stood there already. */
  readonly known?: number;
  /** So many older notes went for it. */
  readonly dropped?: number;
  /** Why it could not be added. */
  readonly trouble?: string;
}
