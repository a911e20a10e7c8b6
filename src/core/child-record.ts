import type { Limits } from "../language/workflow.ts";

/** Which step of which run a run does. */
export interface ParentRef {
  readonly runId: string;
  readonly address: string;
  /** What its present life is owed for. */
  readonly effect: string;
}

/** What a run has used, all its lives together. */
export interface Spent {
  readonly costUsd: number;
  /** Predictions that stand for prices which were never told. */
  readonly presumedUsd: number;
  /** Attempts whose price is unknown. */
  readonly unknownCosts: number;
  readonly inputTokens: number;
  /** Absent: none, or it is not said. */
  readonly cachedTokens?: number;
  readonly outputTokens: number;
  /** Attempts of agents that were started. */
  readonly agents: number;
}

/** True for a run that does a step, or a batch of it, for which this was written down. */
export function isDoneFor(id: string, runId: string): boolean {
  return runId === id || runId.startsWith(`${id}.`);
}

/** How a child run was left: it has ended, or waits for something outside. */
export type ChildStatus = "completed" | "degraded" | "failed" | "cancelled" | "waiting" | "paused";

export interface ChildEnd {
  readonly id: string;
  readonly status: ChildStatus;
  readonly spent: Spent;
  readonly reason?: string;
  /** The cap that stopped it: its own, or one around it. */
  readonly limit?: StoppedBy;
  /** Caps that were passed, its own and those of the runs inside it; once it has ended. */
  readonly passed?: string;
  /** How long it has executed, waiting left out. */
  readonly activeMs?: number;
  /** When it has something to do again at the latest; ms since the epoch. */
  readonly dueAt?: number;
  /** How many of its steps it could take back, and has not; once it has ended. Absent in older logs. */
  readonly undoable?: number;
  /** Of a pipeline at its end: how many letters that were to go back had reached it. Absent: all. */
  readonly replayed?: number;
  /** Everything in it was checked. */
  readonly verified?: boolean;
}

/** A cap, and what the call that was not made would probably have added. */
export interface StoppedBy {
  readonly limit: keyof Limits;
  readonly predicted?: number;
  /** The cap is one of its own file. */
  readonly own?: true;
  /** How that of the day stood, which all runs share. */
  readonly day?: { readonly used: number; readonly cap: number };
}

/** The run, or the stream of a pipeline, that does a step now. */
export interface ChildLink {
  readonly id: string;
  /** While it waits. */
  readonly status?: ChildStatus;
  readonly reason?: string;
  /** Nobody needs it any more. */
  readonly cancel?: true;
}

/** What a run knows of the run, or the stream of a pipeline, that does one of its steps. */
export interface ChildRecord {
  readonly id: string;
  /** What of its spending is in this run's ledger. */
  readonly counted: Spent;
  /** It did what it should: who asks again in the same life of this run gets another. */
  readonly done: boolean;
  /** Caps that were passed in it. */
  readonly passed?: string;
  /** Of a pipeline: numbers of dead letters that are to go back to where they died, as far as they have not. */
  readonly replay?: readonly number[];
}

export const nothingSpent: Spent = {
  costUsd: 0,
  presumedUsd: 0,
  unknownCosts: 0,
  inputTokens: 0,
  outputTokens: 0,
  agents: 0,
};

/** What the ledger of a run says that it has used. */
export function spentOf(ledger: Spent): Spent {
  const { costUsd, presumedUsd, unknownCosts, inputTokens, cachedTokens = 0, outputTokens, agents } = ledger;
  const cached = cachedTokens > 0 ? { cachedTokens } : {};
  return { costUsd, presumedUsd, unknownCosts, inputTokens, ...cached, outputTokens, agents };
}
