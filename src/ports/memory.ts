/**
 * What runs leave for later ones, by name: a text each, which people read and write as well.
 *
 * - `read` gives the text as it is at that moment, whoever wrote it: whole, or as much as `maxBytes` holds, and then says what is
 *   left out: the oldest notes before what people wrote. What an `add` adds that was begun before is there;
 * - `add` puts notes at its end, each on a line of its own with day, run and step. One that stands there already, in whatever
 *   capitals and spacing, is not added again: to add the same twice is to add it once;
 * - a line that no `add` wrote is never changed or taken out. Where the text grows longer than `maxBytes`, or has more than
 *   200 notes, the oldest go, and how many is said;
 * - whatever a note holds, it stays one line of text;
 * - several may add at once, from several processes, and all of it is there in the end; who is killed meanwhile leaves the text as
 *   it was, or as it was to be;
 * - what cannot be done throws a TuttiError, and the text is as it was.
 */
export interface Memory {
  /** By name. */
  list(): Promise<readonly MemorySummary[]>;
  /** Undefined: there is nothing of this name. */
  read(name: string, maxBytes?: number): Promise<MemoryText | undefined>;
  add(name: string, notes: NewNotes): Promise<NotesAdded>;
  /** Takes the whole text away; false: there was none. */
  clear(name: string): Promise<boolean>;
}

export interface MemorySummary {
  readonly name: string;
  readonly bytes: number;
  /** That runs added. */
  readonly notes: number;
  /** When it was changed last; ms since the epoch. */
  readonly changedAt: number;
  /** Why nothing else is known of it. */
  readonly trouble?: string;
}

export interface MemoryText {
  readonly text: string;
  /** That runs added, as far as they are in the text. */
  readonly notes: number;
  /** Notes that are left out. */
  readonly left: number;
}

export interface NewNotes {
  readonly texts: readonly string[];
  readonly runId: string;
  readonly address: string;
  /** ms since the epoch. */
  readonly at: number;
  /** How long the whole text may be. */
  readonly maxBytes: number;
}

export interface NotesAdded {
  readonly added: number;
  /** So many stood there already. */
  readonly known: number;
  /** So many older ones went. */
  readonly dropped: number;
}
