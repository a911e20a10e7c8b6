import type { LimitHit, Outcome } from "../core/outcome.ts";
import { limitText } from "../core/policies/limits.ts";
import { classified } from "../core/policies/taxonomy.ts";
import { messageOf } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { DayLedger, DayVerdict, NewSpending } from "../ports/day-ledger.ts";
import type { Performer, WorkContext, WorkEffect } from "../ports/performer.ts";
import { failed, thrown } from "./failed.ts";

export interface DayBudgetOptions {
  readonly ledger: DayLedger;
  readonly clock: Clock;
  /** Agents that only play work, or play it again: what they say it cost was not paid. */
  readonly rehearsing: ReadonlySet<string>;
}

/**
 * A performer that books what agents cost on each day. What an attempt will probably cost is held before it begins and
 * gives way to what it did cost; an attempt that would pass the cap of the day is not begun (LIMIT_REACHED), or, where
 * caps are only told, its outcome says so. Without a cap, a ledger that cannot be written holds nothing up: its trouble
 * is told among the outcome's details. With one, nothing is begun that cannot be booked.
 */
export function withinDays(perform: Performer, options: DayBudgetOptions): Performer {
  return (effect, context) => {
    const asked = askedOf(effect);
    if (!asked || context.signal.aborted) return perform(effect, context);
    return booked({ effect, context, asked }, options, perform);
  };
}

interface Asked {
  readonly agent: string;
  readonly what: string;
}

/** The agent that an effect asks, and for what; undefined for one that asks none. */
function askedOf(effect: WorkEffect): Asked | undefined {
  if (effect.type === "gate") {
    return effect.check.kind === "judge" ? { agent: effect.check.agent, what: "judge" } : undefined;
  }
  const { request } = effect;
  if (request.kind === "command") return { agent: request.agent, what: request.command };
  return request.kind === "agent" ? { agent: request.agent, what: "prompt" } : undefined;
}

interface Job {
  readonly effect: WorkEffect;
  readonly context: WorkContext;
  readonly asked: Asked;
}

async function booked(job: Job, options: DayBudgetOptions, perform: Performer): Promise<Outcome> {
  const { effect, context } = job;
  const trouble: string[] = [];
  const note = (error: unknown): undefined => void trouble.push(messageOf(error));
  const begun = await begin(job, options, note);
  if ("refusal" in begun) return begun.refusal;
  const { id, hit, leftUsd } = begun;
  let outcome: Outcome | undefined;
  try {
    outcome = await perform(bounded(effect, leftUsd), context);
  } finally {
    // What is not known any more (it was stopped) stands as it was held.
    if (id !== undefined) await settle(options.ledger, id, outcome).catch(note);
  }
  return told(outcome, { hit, trouble });
}

type Begun =
  | { readonly refusal: Outcome }
  | { readonly id: number | undefined; readonly hit: LimitHit | undefined; readonly leftUsd: number };

async function begin(
  job: Job,
  options: DayBudgetOptions,
  note: (error: unknown) => undefined,
): Promise<Begun> {
  const { dayUsd, audit = false } = job.effect.policy.spending ?? {};
  const entry = entryOf(job, options);
  const unbounded = { hit: undefined, leftUsd: Number.POSITIVE_INFINITY };
  if (dayUsd === undefined) {
    const free = await options.ledger.begin(entry).catch(note);
    return { id: free?.id, ...unbounded };
  }
  try {
    return verdictOn(dayUsd, entry, await options.ledger.begin(entry, { usd: dayUsd, enforced: !audit }));
  } catch (error) {
    if (!audit) return { refusal: failed(classified(thrown(error)), { asked: false }) };
    note(error);
    return { id: undefined, ...unbounded };
  }
}

function entryOf({ effect, context, asked }: Job, { clock, rehearsing }: DayBudgetOptions): NewSpending {
  return {
    at: clock.now(),
    runId: context.runId,
    effect: effect.id,
    ...asked,
    predictedUsd: effect.policy.spending?.predictedUsd ?? null,
    rehearsal: rehearsing.has(asked.agent),
  };
}

/** Nothing was held for what the cap forbids; what is only told is held. */
function verdictOn(cap: number, { predictedUsd }: NewSpending, { id, usedUsd, over }: DayVerdict): Begun {
  const hit = over ? hitOf(cap, usedUsd, predictedUsd) : undefined;
  if (hit && id === undefined) return { refusal: refused(hit) };
  return { id, hit, leftUsd: hit ? Number.POSITIVE_INFINITY : cap - usedUsd };
}

function hitOf(cap: number, used: number, predicted: number | null): LimitHit {
  return { limit: "dayUsd", used, cap, ...(predicted === null || used >= cap ? {} : { predicted }) };
}

function refused(limit: LimitHit): Outcome {
  const failure = classified({
    code: "LIMIT_REACHED",
    message: `Cannot ask the agent: ${limitText(limit)}`,
    fix: "go on tomorrow (the day is one of UTC), or raise the cap when you resume: --limit day=…",
    class: "permanent",
  });
  return failed(failure, { asked: false, limit });
}

function bounded(effect: WorkEffect, leftUsd: number): WorkEffect {
  const { policy } = effect;
  if (policy.spending?.audit || leftUsd >= policy.remainingUsd) return effect;
  return { ...effect, policy: { ...policy, remainingUsd: Math.max(0, leftUsd) } };
}

function settle(ledger: DayLedger, id: number, outcome: Outcome | undefined): Promise<void> {
  if (outcome?.asked === false || outcome?.cached) return ledger.cancel(id);
  const { costUsd = null, inputTokens = 0, outputTokens = 0 } = outcome?.usage ?? {};
  return ledger.end(id, { costUsd, tokens: inputTokens + outputTokens });
}

function told(
  outcome: Outcome,
  { hit, trouble }: { readonly hit: LimitHit | undefined; readonly trouble: readonly string[] },
): Outcome {
  const limit = hit && outcome.asked !== false ? { limit: hit } : {};
  if (trouble.length === 0) return { ...outcome, ...limit };
  const days = `not booked: ${trouble.join("; ")}`;
  return { ...outcome, ...limit, details: { ...outcome.details, days } };
}
