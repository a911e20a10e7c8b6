import { mostJudgeAsks } from "../../core/budget.ts";
import type { Failure, Outcome, Usage } from "../../core/outcome.ts";
import { type ChildEnd, nothingSpent } from "../../core/child-record.ts";
import { mayFailOver } from "../../core/policies/failover.ts";
import { chance } from "../../core/policies/chance.ts";
import type { JsonObject } from "../../expression/json.ts";
import type { WorkEffect } from "../../ports/performer.ts";
import { topics } from "./random-boards.ts";
import { fallbackPrefix, sparePrefix } from "./random-workflow.ts";

/**
 * What comes of each piece of work, by its place and attempt only: whoever does it, whenever, and however often, gets
 * the same. Prices are multiples of 1/4 USD, so that sums do not depend on the order.
 */
export interface World {
  outcomeOf(effect: WorkEffect, now: number): Outcome;
  durationMsOf(effect: WorkEffect): number;
}

export function createWorld(seed: string): World {
  const rollOf = (effect: WorkEffect, what: string): number => chance(`${seed}|${nameOf(effect)}|${what}`);
  return {
    outcomeOf: (effect, now) => {
      if (effect.type === "gate" && effect.check.kind === "judge")
        return judgeOutcome(effect, rollOf(effect, "judge"), now);
      if (effect.type === "gate") return gateOutcome(effect, rollOf(effect, "gate"));
      const waits = childThatWaits(effect, { roll: rollOf(effect, "waits"), now });
      if (waits) return waits;
      const usage = usageOf(effect, rollOf(effect, "usage"));
      const failure = failureFor(effect, { roll: rollOf(effect, "end"), now });
      const files = filesOf(effect, rollOf(effect, "files"));
      const deferred = deferredBy(effect, rollOf(effect, "asks"));
      if (deferred) return { ok: false, ...deferred, ...usage, ...files };
      if (failure) return { ok: false, failure, ...usage, ...files, ...childPart(effect, "failed") };
      const n = Math.floor(rollOf(effect, "output") * 5);
      const reported = rollOf(effect, "reported") < 0.03 ? ({ reported: "partial" } as const) : {};
      const list = Array.from({ length: Math.floor(rollOf(effect, "list") * 5) }, (_, index) => ({
        id: `i/${(n + 2 * index) % 4}`,
        index,
      }));
      const child = childPart(effect, "reported" in reported ? "degraded" : "completed");
      const learned = learnedBy(effect, rollOf(effect, "learned"));
      return {
        ok: true,
        output: { n, vote: n, of: effect.address, list, ...postsBy(n, rollOf(effect, "posts")) },
        ...usage,
        ...reported,
        ...files,
        ...child,
        ...learned,
      };
    },
    durationMsOf: (effect) => Math.floor(rollOf(effect, "duration") ** 3 * 60_000),
  };
}

/** An agent whose calls people are asked about stops before one now and then, also where it went on with another. */
function deferredBy(effect: WorkEffect, roll: number): Pick<Outcome, "failure" | "deferred"> | undefined {
  const { request } = effect.type === "perform" ? effect : {};
  if (roll > 0.4 || !request || !("permissions" in request) || request.permissions !== "ask")
    return undefined;
  const failure = { code: "AGENT_DENIED", message: "it stopped before a call", class: "failure" } as const;
  return { failure, deferred: { id: effect.id, tool: "Bash", input: { command: "ls" } } };
}

/** What it tells others, some of it about the same as others do, and some of it nothing that can be told. */
function postsBy(n: number, roll: number): JsonObject {
  if (roll < 0.5) return {};
  const written = [
    { topic: topics[n % topics.length] ?? "t0", key: "k", value: n },
    { topic: "t0", value: [n] },
    7,
  ];
  return { posts: written.slice(0, Math.floor(roll * 8) % 4) };
}

function learnedBy({ policy, address }: WorkEffect, roll: number): Pick<Outcome, "learned"> {
  return policy.memory?.learns && roll < 0.7 ? { learned: [`about ${address}`] } : {};
}

/** How long the times are in which a run of its own waits or does not. */
export const childTurnMs = 20_000;

/** A run that does a step waits in one of three turns, some of them without knowing until when. */
function childThatWaits(
  effect: WorkEffect,
  { roll, now }: { readonly roll: number; readonly now: number },
): Outcome | undefined {
  const turn = Math.floor(now / childTurnMs);
  if ((turn + Math.floor(roll * 100)) % 3 > 0) return undefined;
  const { child } = childPart(effect, roll < 0.1 ? "paused" : "waiting");
  return child && { ok: false, child: roll < 0.5 ? child : { ...child, dueAt: (turn + 1) * childTurnMs } };
}

/** What it used grows with each attempt, and with each life of the run around it. */
function childPart(effect: WorkEffect, status: ChildEnd["status"]): { readonly child?: ChildEnd } {
  if (effect.type === "gate" || effect.request.kind !== "workflow") return {};
  const [life = "0"] = effect.id.slice(effect.id.lastIndexOf("@") + 1).split(".");
  const units = 100 * Number(life) + effect.attempt;
  const spent = { ...nothingSpent, costUsd: units / 4, inputTokens: units };
  const { child: id, undo } = effect.request;
  if (undo) return { child: { id, status: status === "waiting" ? status : "cancelled", spent } };
  // in the log of an older program it says nothing of it
  return { child: { id, status, spent, ...(units % 4 === 3 ? {} : { undoable: units % 4 }) } };
}

function nameOf(effect: WorkEffect): string {
  const gate = effect.type === "gate" ? `!${effect.gate.when}${effect.gate.index}` : "";
  return `${effect.address}@${effect.attempt}${gate}`;
}

/** Now and then nobody kept account. */
function filesOf({ policy, attempt }: WorkEffect, roll: number): Pick<Outcome, "filesBefore"> {
  return policy.filesBefore && roll < 0.9 ? { filesBefore: { [`file${attempt}`]: "", shared: "old" } } : {};
}

type GateEffect = Extract<WorkEffect, { readonly type: "gate" }>;

function gateOutcome({ check }: GateEffect, roll: number): Outcome {
  if (check.kind === "landing") return { ok: roll < 0.8, evidence: { summary: "it was looked at" } };
  if (check.kind !== "shell") return { ok: roll < 0.7, evidence: { summary: "it was looked at" } };
  return roll < 0.7 ? { ok: true, exitCode: 0 } : { ok: false, exitCode: 1, stdout: "it does not hold" };
}

/** It is asked once, twice or three times, as far as it may be. */
function judgeOutcome({ policy }: GateEffect, roll: number, now: number): Outcome {
  const costUsd = roll < 0.1 ? null : Math.floor(roll * 8) / 4;
  const asks = Math.min(1 + (Math.floor(roll * 1000) % 3), policy.mostAsks ?? mostJudgeAsks);
  const usage = { costUsd, inputTokens: Math.floor(roll * 100), outputTokens: 10, asks };
  if (roll < 0.7) return { ok: true, evidence: { summary: "it holds" }, usage };
  if (roll < 0.9) return { ok: false, evidence: { summary: "it does not hold" }, usage };
  if (roll < 0.92) return { ok: false, failure: openBreaker(now), asked: false };
  const failure = failureOf(0.65 + (roll - 0.92) * 4, now);
  if (!failure) return { ok: false, usage };
  // which of several agents is asked next, and so how many are, depends on whose quota is used up by then
  const isFree = failure.class === "quota" || mayFailOver(failure);
  return {
    ok: false,
    failure,
    usage: isFree ? { ...usage, costUsd: 0, inputTokens: 0, outputTokens: 0 } : usage,
  };
}

function usageOf(effect: WorkEffect, roll: number): { readonly usage?: Usage } {
  if (effect.type === "gate" || (effect.request.kind !== "agent" && effect.request.kind !== "command"))
    return {};
  const costUsd = roll < 0.2 ? null : Math.floor(roll * 8) / 4;
  const cached = roll < 0.5 ? { cachedTokens: Math.floor(roll * 50) } : {};
  const tokens = { inputTokens: Math.floor(roll * 100), ...cached, outputTokens: 10 };
  return { usage: { costUsd, ...tokens, ...asksFor(effect) } };
}

/** Before it is asked for the step itself an agent is asked for the summaries, as far as it may be. */
function asksFor({ request, policy }: Extract<WorkEffect, { type: "perform" }>): Pick<Usage, "asks"> {
  const wanted = ("summaries" in request ? request.summaries?.length : undefined) ?? 0;
  return wanted === 0 ? {} : { asks: Math.min(1 + wanted, policy.mostAsks ?? Infinity) };
}

function failureFor(
  { address }: WorkEffect,
  { roll, now }: { readonly roll: number; readonly now: number },
): Failure | undefined {
  const name = address.slice(address.lastIndexOf("/") + 1);
  if (name.startsWith(fallbackPrefix)) return undefined;
  return failureOf(name.startsWith(sparePrefix) ? 0.6 + roll * 0.4 : roll, now);
}

function failureOf(roll: number, now: number): Failure | undefined {
  if (roll < 0.65) return undefined;
  if (roll < 0.72) return { code: "HTTP_FAILED", message: "a hiccup", class: "transient" };
  if (roll < 0.75) return { code: "COMMAND_FAILED", message: "index.lock: File exists", class: "transient" };
  if (roll < 0.78) return { code: "QUOTA", message: "later", class: "quota", resetAt: now + 90_000 };
  if (roll < 0.8) return { code: "QUOTA", message: "later", class: "quota" };
  if (roll < 0.83) return { code: "TIMEOUT", message: "too slow", class: "timeout" };
  if (roll < 0.85) return openBreaker(now);
  if (roll < 0.87) return { code: "AGENT_UNAVAILABLE", message: "it is not there", class: "permanent" };
  if (roll < 0.95) return { code: "COMMAND_FAILED", message: "it failed", class: "failure" };
  return { code: "COMMAND_FAILED", message: "it failed for good", class: "permanent" };
}

function openBreaker(now: number): Failure {
  const breaker = "agent mock";
  return { code: "BREAKER_OPEN", message: "it is open", class: "transient", breaker, resetAt: now + 300_000 };
}
