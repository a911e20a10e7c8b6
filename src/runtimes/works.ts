import type { Outcome, Usage } from "../core/outcome.ts";
import { isStoreFault } from "../core/policies/faults.ts";
import { isTuttiError, messageOf } from "../errors.ts";
import type { WorkEffect } from "../ports/performer.ts";

/** Why work was stopped; an executor sees it as its signal's reason. */
export class WorkStopped extends Error {
  override readonly name = "WorkStopped";
}

/** What came of work that was stopped. */
export const cancelled: Outcome = {
  ok: false,
  failure: { code: "CANCELLED", message: "The step was cancelled", class: "cancelled" },
};

interface Work {
  readonly address: string;
  readonly stopper: AbortController;
}

interface Job {
  /** `used`: what is known so far of what it has used; the last word counts when it comes back with nothing. */
  readonly perform: (signal: AbortSignal, used: (usage: Usage) => void) => Promise<Outcome>;
  /** Called once, when the work is not under way any more; it must not throw. */
  readonly settled: (outcome: Outcome) => void;
  /** The signal has aborted from the beginning, and says this. */
  readonly stopped?: string | undefined;
}

/** The work of a run that is under way. */
export class Works {
  readonly #works = new Map<string, Work>();
  /** Works that have not settled, with those that nobody waits for any more. */
  #underWay = 0;
  #quiet: PromiseWithResolvers<void> | undefined;

  /** How many there are that somebody waits for. */
  get size(): number {
    return this.#works.size;
  }

  /** Begins the work of an effect; nobody waits any more for an earlier one of the same effect. */
  begin({ id, address }: Pick<WorkEffect, "id" | "address">, { perform, settled, stopped }: Job): void {
    const stopper = new AbortController();
    const work = { address, stopper };
    if (stopped !== undefined) stopper.abort(new WorkStopped(stopped));
    const settle = (outcome: Outcome): void => {
      if (this.#works.get(id) === work) this.#works.delete(id);
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#quiet?.resolve();
      settled(outcome);
    };
    let usage: Usage | undefined;
    const working = perform(stopper.signal, (known) => {
      usage = known;
    });
    this.#works.set(id, work);
    this.#underWay += 1;
    void working.then(settle, (error: unknown) => settle(withUsed(outcomeOf(error, stopper.signal), usage)));
  }

  /** Aborts what somebody waits for; `which`: only the work of such nodes. */
  stop(reason: string, which?: (address: string) => boolean): void {
    for (const { address, stopper } of this.#works.values())
      if (which?.(address) !== false) stopper.abort(new WorkStopped(reason));
  }

  /** Comes back when all has settled. Call once, when nothing begins any more. */
  async quiet(): Promise<void> {
    if (this.#underWay === 0) return;
    this.#quiet = Promise.withResolvers();
    await this.#quiet.promise;
  }
}

/** An agent that was not asked yet has used nothing. */
function withUsed(outcome: Outcome, usage: Usage | undefined): Outcome {
  if (!usage) return outcome;
  return usage.asks === 0 ? { ...outcome, asked: false } : { ...outcome, usage };
}

/** What a performer that rejected means: it was stopped, the store of a run inside this one failed, or it has a fault. */
function outcomeOf(error: unknown, signal: AbortSignal): Outcome {
  if (signal.aborted) return cancelled;
  if (isTuttiError(error) && isStoreFault(error)) {
    const { code, message, fix } = error;
    return { ok: false, failure: { code, message, fix, class: "permanent" } };
  }
  const message = `A fault in tutti: ${messageOf(error)}`;
  return {
    ok: false,
    failure: { code: "INTERNAL", message, fix: "report this as a bug", class: "permanent" },
  };
}
