import type { LimitHit, Outcome, Usage } from "../core/outcome.ts";
import { countedUsd, dayOf, isOver } from "../core/policies/day.ts";
import { exactness, limitText } from "../core/policies/limits.ts";
import { classified } from "../core/policies/taxonomy.ts";
import { unknownUsage } from "../core/usage.ts";
import { messageOf } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { DayCap, DayLedger, DayVerdict, NewSpending, Spent } from "../ports/day-ledger.ts";
import type { Performer, WorkContext, WorkEffect } from "../ports/performer.ts";
import { createTurns, type Turns } from "./day-turns.ts";
import { failed, thrown } from "./failed.ts";
import { tellWait } from "./tell-wait.ts";

export interface DayBudgetOptions {
  readonly ledger: DayLedger;
  readonly clock: Clock;
  /** Agents that only play work, or play it again: what they say it cost was not paid. */
  readonly rehearsing: ReadonlySet<string>;
  /**
   * This process works for an attempt of another one, which may hold a part of the day until this one has ended: it
   * never waits for what others hold.
   */
  readonly isInside?: boolean;
}

/**
 * A performer that books what agents cost on each day. What an attempt will probably cost is held before it begins and
 * gives way to what it did cost. An attempt that would pass the cap of the day waits while others under way, in any
 * process, may come in cheaper; one that would pass it whatever they do is not begun (LIMIT_REACHED). Where caps are
 * only told, nothing waits. The outcome says when the cap was passed. Without a cap, a ledger that cannot be written holds nothing up: its trouble
 * is told among the outcome's details. With one, nothing is begun that cannot be booked.
 */
export function withinDays(perform: Performer, options: DayBudgetOptions): Performer {
  const parts = { ...options, turns: createTurns(options.clock) };
  return (effect, context) => {
    const asked = askedOf(effect);
    if (!asked || context.signal.aborted) return perform(effect, context);
    return booked({ effect, context, asked }, parts, perform);
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

interface Parts extends DayBudgetOptions {
  readonly turns: Turns;
}

async function booked(job: Job, options: Parts, perform: Performer): Promise<Outcome> {
  const { effect, context } = job;
  const trouble: string[] = [];
  const note = (error: unknown): undefined => void trouble.push(messageOf(error));
  const begun = await begin(job, options, note);
  if ("refusal" in begun) return begun.refusal;
  const { id, day, hit, leftUsd } = begun;
  let outcome: Outcome | undefined;
  let known: Usage | undefined;
  const used = (usage: Usage): void => {
    known = usage;
    context.used?.(usage);
  };
  try {
    outcome = await perform(bounded(effect, leftUsd), { ...context, used });
  } finally {
    // What is not known any more (it was stopped) stands as it was held.
    const end = outcome ?? stopped(known);
    const { predictedUsd } = effect.policy.spending ?? {};
    if (id !== undefined) await settle({ ...options, id, context }, end, predictedUsd).catch(note);
    options.turns.look();
  }
  const spent = outcome.usage && !outcome.cached ? day : undefined;
  const passed = spent === undefined ? undefined : await passedOn(spent, job, options).catch(note);
  return told(outcome, { hit: passed ?? hit, trouble });
}

type Begun =
  | { readonly refusal: Outcome }
  | {
      readonly id: number | undefined;
      /** The day it belongs to; where there is a cap on it. */
      readonly day?: string;
      readonly hit: LimitHit | undefined;
      readonly leftUsd: number;
    };

async function begin(job: Job, options: Parts, note: (error: unknown) => undefined): Promise<Begun> {
  const { dayUsd, audit = false } = job.effect.policy.spending ?? {};
  const unbounded = { hit: undefined, leftUsd: Number.POSITIVE_INFINITY };
  if (dayUsd === undefined) {
    const free = await options.ledger.begin(entryOf(job, options)).catch(note);
    return { id: free?.id, ...unbounded };
  }
  try {
    return await inItsTurn(job, options, { usd: dayUsd, enforced: !audit });
  } catch (error) {
    job.context.signal.throwIfAborted();
    if (!audit) return { refusal: failed(classified(thrown(error)), { asked: false }) };
    note(error);
    return { id: undefined, ...unbounded };
  }
}

async function inItsTurn(job: Job, options: Parts, cap: DayCap): Promise<Begun> {
  const { ledger, turns, clock, isInside = false } = options;
  const { context } = job;
  let over: (() => void) | undefined;
  try {
    for (;;) {
      // anew each time: it belongs to the day on which it begins
      const entry = entryOf(job, options);
      const verdict = await ledger.begin(entry, cap);
      if (isInside || !mayFit(cap, entry, verdict))
        return { ...verdictOn(cap.usd, entry, verdict), day: dayOf(entry.at) };
      const waits = `what others hold of the day's cap of $${cap.usd.toFixed(2)} (who: tutti budget)`;
      over ??= tellWait({ stage: "day", waits }, { work: context, clock });
      await turns.next(context.signal);
    }
  } finally {
    over?.();
  }
}

/** It was not begun, and would be if those under way used nothing. */
function mayFit(
  cap: DayCap,
  { predictedUsd }: NewSpending,
  { id, usedUsd, heldUsd = 0 }: DayVerdict,
): boolean {
  return id === undefined && heldUsd > 0 && !isOver(cap, { usedUsd: usedUsd - heldUsd, predictedUsd });
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

/** The cap of the day, when what has ended took more: those under way may come in cheaper. */
async function passedOn(day: string, job: Job, options: Parts): Promise<LimitHit | undefined> {
  const { dayUsd: cap } = job.effect.policy.spending ?? {};
  const { rehearsal } = entryOf(job, options);
  const entries = await options.ledger.entries(day);
  const ended = entries.filter((one) => one.state !== "held" && one.rehearsal === rehearsal);
  const used = ended.reduce((sum, one) => sum + countedUsd(one), 0);
  return cap !== undefined && used > cap + exactness ? { limit: "dayUsd", used, cap } : undefined;
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

interface Stopped {
  readonly asked?: boolean;
  readonly cached?: boolean;
  readonly usage?: Usage;
}

function stopped(usage: Usage | undefined): Stopped {
  return usage?.asks === 0 ? { asked: false } : { usage: usage ?? unknownUsage };
}

interface Settling {
  readonly ledger: DayLedger;
  readonly id: number;
  readonly context: WorkContext;
}

function settle(
  settling: Settling,
  { asked, cached, usage = unknownUsage }: Stopped,
  heldUsd = 0,
): Promise<void> {
  if (asked === false || cached) return settling.ledger.cancel(settling.id);
  const { costUsd, atLeast = false, inputTokens, outputTokens } = usage;
  // of what it cost at least, what was held says more while it is more
  const isHeld = atLeast && (costUsd ?? 0) <= heldUsd;
  return pay(settling, { costUsd: isHeld ? null : costUsd, tokens: inputTokens + outputTokens });
}

/** What was answered is paid for once: its price is booked with the answer, or the agent would be asked again for it. */
async function pay({ ledger, id, context }: Settling, spent: Spent): Promise<void> {
  const { book, unsaved } = context;
  // the log of a run that is not kept is in another store
  if (!book || unsaved) return ledger.end(id, spent);
  // comes to its end after this attempt; what is not booked then is held, and lost with this process
  void ledger.end(id, spent, book).catch(() => {});
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
