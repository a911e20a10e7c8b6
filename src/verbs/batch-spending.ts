import { nothingSpent, type Spent } from "../core/child-record.ts";
import { sameJson } from "../expression/json.ts";

/** A run that does a batch which is not settled: it may be asked again. */
export interface OpenBatch {
  readonly stage: string;
  /** Names the work for ever. */
  readonly work: string;
}

/** What is written down with the records of a pipeline. */
export interface KeptSpending {
  /** By the runs of batches that are settled. */
  readonly over: Spent;
  /** The others, by the id of the run. */
  readonly open: Readonly<Record<string, OpenBatch>>;
  /** What some of them did was checked by nothing. */
  readonly unchecked?: true;
}

/**
 * What the runs that do batches of a pipeline have used, in all its lives, each counted once. What those of settled batches
 * have used is written down in the commit that settles them; what the others have is in their own logs.
 */
export class BatchSpending {
  readonly #open = new Map<string, OpenBatch>();
  readonly #spent = new Map<string, Spent>();
  #over: Spent;
  #isUnchecked: boolean;
  #version = 0;

  constructor(kept: KeptSpending = { over: nothingSpent, open: {} }) {
    this.#over = kept.over;
    this.#isUnchecked = kept.unchecked === true;
    for (const [runId, batch] of Object.entries(kept.open)) this.#open.set(runId, batch);
  }

  /** Changes whenever there is something else to write down. */
  get version(): number {
    return this.#version;
  }

  get kept(): KeptSpending {
    const unchecked = this.#isUnchecked ? ({ unchecked: true } as const) : {};
    return { over: this.#over, open: Object.fromEntries(this.#open), ...unchecked };
  }

  /** Ids of the runs that may be asked again. */
  get runs(): readonly string[] {
    return [...this.#open.keys()];
  }

  /** All of it. */
  get sum(): Spent {
    return [...this.#spent.values()].reduce(plus, this.#over);
  }

  get isUnchecked(): boolean {
    return this.#isUnchecked;
  }

  noteUnchecked(): void {
    if (this.#isUnchecked) return;
    this.#isUnchecked = true;
    this.#version += 1;
  }

  begin(runId: string, batch: OpenBatch): void {
    if (this.#open.has(runId)) return;
    this.#open.set(runId, batch);
    this.#version += 1;
  }

  /** What the run has used by now; true when that is news. */
  report(runId: string, spent: Spent): boolean {
    if (sameJson({ ...this.of(runId) }, { ...spent })) return false;
    this.#spent.set(runId, spent);
    return true;
  }

  of(runId: string): Spent {
    return this.#spent.get(runId) ?? nothingSpent;
  }

  /** These batches of queues are done for good: nothing of them is asked again. */
  settle(batches: readonly { readonly queue: string; readonly batch: number }[]): void {
    if (this.#open.size === 0) return;
    for (const [runId, open] of this.#open) {
      if (!batches.some(({ queue, batch }) => isOf(open, queue, batch))) continue;
      this.#over = plus(this.#over, this.of(runId));
      this.#open.delete(runId);
      this.#spent.delete(runId);
      this.#version += 1;
    }
  }
}

/** Batch 17 of the queue `label#3` is done as `label/3.17`, its halves as `label/3.17.0` and `label/3.17.1`; a queue without lanes is lane 0. */
function isOf({ stage, work }: OpenBatch, queue: string, batch: number): boolean {
  if (queue !== stage && !queue.startsWith(`${stage}#`)) return false;
  const lane = queue === stage ? "0" : queue.slice(stage.length + 1);
  return `${work}.`.startsWith(`${stage}/${lane}.${batch}.`);
}

function plus(a: Spent, b: Spent): Spent {
  const cachedTokens = (a.cachedTokens ?? 0) + (b.cachedTokens ?? 0);
  return {
    costUsd: a.costUsd + b.costUsd,
    presumedUsd: a.presumedUsd + b.presumedUsd,
    unknownCosts: a.unknownCosts + b.unknownCosts,
    inputTokens: a.inputTokens + b.inputTokens,
    ...(cachedTokens > 0 ? { cachedTokens } : {}),
    outputTokens: a.outputTokens + b.outputTokens,
    agents: a.agents + b.agents,
  };
}

/** The more of each: a ledger never goes back for what is not known to have been used yet. */
export function atLeast(a: Spent, b: Spent): Spent {
  const cachedTokens = Math.max(a.cachedTokens ?? 0, b.cachedTokens ?? 0);
  return {
    costUsd: Math.max(a.costUsd, b.costUsd),
    presumedUsd: Math.max(a.presumedUsd, b.presumedUsd),
    unknownCosts: Math.max(a.unknownCosts, b.unknownCosts),
    inputTokens: Math.max(a.inputTokens, b.inputTokens),
    ...(cachedTokens > 0 ? { cachedTokens } : {}),
    outputTokens: Math.max(a.outputTokens, b.outputTokens),
    agents: Math.max(a.agents, b.agents),
  };
}
