import type { Effect } from "../core/effects.ts";
import type { Outcome, StageRecord, Usage } from "../core/outcome.ts";
import type { TreeSetup } from "../language/workspace.ts";
import type { ArtifactStore } from "./artifact-store.ts";
import type { EndedSpending } from "./day-ledger.ts";

/** An effect that is work: a step's request, or a gate's shell line. */
export type WorkEffect = Extract<Effect, { readonly type: "perform" | "gate" }>;

/**
 * Does the work of a run, whatever kind it is.
 *
 * - resolves with an outcome for success and failure alike; rejects only with the reason of `signal`, or for a bug;
 * - when it settles, nothing that it started is running (what could not be stopped is named in the outcome);
 * - the same effect may be asked for again after a crash: `effect.id` is the same then.
 */
export type Performer = (effect: WorkEffect, context: WorkContext) => Promise<Outcome>;

export interface WorkContext {
  readonly runId: string;
  readonly runName: string;
  /** Source of the run's secret markers and session ids. */
  readonly seed: string;
  readonly signal: AbortSignal;
  /** Where large outputs of this run go, but for those that the result cache keeps; default: where those of all go. */
  readonly artifacts?: ArtifactStore;
  /** Nothing of this run is kept once it is over. */
  readonly unsaved?: true;
  /** How the working trees of the run are made ready. */
  readonly setup?: TreeSetup;
  /** Of an attempt: the checkpoint that it has to begin from as things are now; undefined: it goes on with what is there. */
  readonly begins?: () => string | undefined;
  readonly print: (line: string, stream: "stdout" | "stderr" | "agent") => void;
  readonly stage: (record: StageRecord) => void;
  /** All that is known so far of what it has used, told when an agent is asked and as often as more is known: it counts when the work is stopped. */
  readonly used?: (usage: Usage) => void;
  /** Books what it did cost in the commit in which the log says what came of it. Told before it settles; rejects when that fails. */
  readonly book?: (ended: EndedSpending) => Promise<void>;
}
