import { LazyMap } from "./lazy-map.ts";
import type { LimitHit } from "./outcome.ts";

/** What one attempt of an agent will probably use. Absent members: nobody knows. */
export interface Estimate {
  readonly costUsd?: number;
  readonly tokens?: number;
  /** How often it may be asked again: it counts as so many agents more. */
  readonly furtherAsks?: number;
}

/** Nobody knows. */
export const noEstimate: Estimate = {};

/** What an agent used that was asked for one step, in the last cases of one run; oldest first. */
export interface Experience {
  readonly good: readonly Case[];
  /** Of failures: they count as long as nothing ended well. */
  readonly bad: readonly Case[];
}

interface Case {
  readonly costUsd: number | null;
  readonly tokens: number;
}

/** What agents have used in one place. */
export interface Used {
  /** Sum of the known prices. */
  costUsd: number;
  /** Predictions of attempts whose price was never told: they stand for it. */
  presumedUsd: number;
  tokens: number;
  agents: number;
  /** How long the run executed while they were under way; only where there is a cap on it. */
  timeMs: number;
}

/** The part of a run's ledger that caps look at: what is held for agents under way, and what was used where. */
export interface Budget {
  /** By address. What each attempt is predicted to use is held until it is known what it did use. */
  readonly underWay: LazyMap<string, Held>;
  /** What was used in nodes with caps of their own, by address; as the ledger, it survives every resume and restart. */
  readonly used: LazyMap<string, Used>;
  /** What this run has seen of what agents use, by `experienceKey`. */
  readonly seen: LazyMap<string, Experience>;
  /** Caps that were passed and told, where they are only told. */
  told: ReadonlySet<string>;
  /** The cap of the day, once more than it was used. */
  dayPassed: LimitHit | undefined;
}

export interface Held {
  readonly estimate: Estimate;
  /** Addresses of the capped nodes that it lies in. */
  readonly scopes: readonly string[];
}

const noneTold: Budget["told"] = new Set();

export function newBudget(): Budget {
  return {
    underWay: new LazyMap(),
    used: new LazyMap(),
    seen: new LazyMap(),
    told: noneTold,
    dayPassed: undefined,
  };
}

export function nothingUsed(): Used {
  return { costUsd: 0, presumedUsd: 0, tokens: 0, agents: 0, timeMs: 0 };
}
