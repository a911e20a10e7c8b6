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
