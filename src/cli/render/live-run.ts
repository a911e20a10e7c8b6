import type { Event } from "../../core/events.ts";
import type { RunView } from "../../core/view.ts";
import type { PrintedLine } from "../../runtimes/loop.ts";
import type { StreamFigures } from "../../stream/figures.ts";

/** What is heard of a run that is shown. */
export type LiveNews =
  | { readonly kind: "events"; readonly events: readonly Event[] }
  | { readonly kind: "line"; readonly line: PrintedLine }
  /** How far a pipeline has come. */
  | { readonly kind: "stream"; readonly address: string; readonly figures: StreamFigures };

/** A run that is shown, whoever drives it; a `RunHandle` is one. */
export interface LiveRun {
  readonly id: string;
  /** Settles when there is nothing more to show. */
  readonly done: Promise<unknown>;
  view(): RunView;
  /** Calls back with everything new; the returned function ends it. */
  on(listener: (news: LiveNews) => void): () => void;
  pause(): void;
  /** Absent when a pause cannot be taken back from here. */
  readonly resume?: () => void;
  cancel(reason: string): void;
  /** Who answers from here. */
  readonly person?: string;
  /** Absent when people cannot be answered for from here. Throws when the answer is not taken. */
  readonly answer?: (address: string, value: boolean, more: { readonly reason?: string }) => void;
}
