/**
 * What agents cost on each day, of all runs of a project together. A day is one of UTC, an attempt belongs to the day on
 * which it began.
 *
 * - `begin` holds what an attempt will probably cost; when that would pass the cap (or the cap is used up already) it
 *   says so, and holds nothing where the cap is enforced: it then says how much of what counts is only held for
 *   attempts under way, in any process that lives. Nothing that another process holds comes between;
 * - `end` puts what it did cost in the place of that; null: nobody knows, and what was held stands for it. This process
 *   counts it so from the call on; with `by` somebody else makes it durable, and the ledger does where that fails;
 * - `cancel` takes back what was held for an attempt whose agent was not asked;
 * - what is never ended, because its process died, stands as it was held, and is `lost`;
 * - what is only played (`rehearsal`) is counted by itself, against caps of its own kind only;
 * - `entries` gives those of one day, oldest first; those older than a year may be forgotten.
 */
export interface DayLedger {
  begin(entry: NewSpending, cap?: DayCap): Promise<DayVerdict>;
  end(id: number, spent: Spent, by?: (ended: EndedSpending) => Promise<void>): Promise<void>;
  cancel(id: number): Promise<void>;
  entries(day: string): Promise<readonly Spending[]>;
}

/** What an attempt did cost. */
export interface Spent {
  readonly costUsd: number | null;
  readonly tokens: number;
}

/** An entry with what it came to. */
export interface EndedSpending extends Spent {
  readonly id: number;
}

export interface NewSpending {
  /** ms since the epoch. */
  readonly at: number;
  readonly runId: string;
  /** Names the attempt in its run; one that begins again after a crash is another entry. */
  readonly effect: string;
  /** What the agent is asked for: a command, or `prompt`. */
  readonly what: string;
  readonly agent: string;
  readonly predictedUsd: number | null;
  readonly rehearsal: boolean;
}

export interface DayCap {
  readonly usd: number;
  /** False: it is only told. */
  readonly enforced: boolean;
}

export interface DayVerdict {
  /** Names the entry; absent when nothing was held, because the cap forbids it. */
  readonly id?: number;
  /** What was spent and is held on this day, without this attempt. */
  readonly usedUsd: number;
  /** Of it: what is held for attempts under way, which may come in cheaper. Only where the cap forbids the attempt. */
  readonly heldUsd?: number;
  /** The attempt would pass the cap, or it is used up. */
  readonly over: boolean;
}

export interface Spending extends NewSpending {
  readonly state: "held" | "lost" | "ended";
  /** Null: not known, or not yet. */
  readonly costUsd: number | null;
  readonly tokens: number;
}
