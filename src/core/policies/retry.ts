import type { FailureClass, RetryPolicy } from "../../language/workflow.ts";
import type { Failure } from "../outcome.ts";
import { chance } from "./chance.ts";

/** Longest pause between two attempts. */
const longestMs = 5 * 60_000;
/** How long to leave a provider alone that refused for quota and did not say until when. */
const unknownQuotaMs = 60_000;
/** Quota refusals do not use up retries, but a provider that never serves again must end some time. */
const mostQuotaWaits = 50;
/** Each open breaker lets one attempt through in the end; this only bounds the log of a run that nobody looks at. */
const mostBreakerWaits = 500;

export interface RetryQuestion {
  readonly failure: Failure;
  readonly policy: RetryPolicy;
  /** Retries used so far, without those for quota. */
  readonly retries: number;
  readonly attempt: number;
  /** Now; ms since the epoch. */
  readonly at: number;
  /** Makes the jitter the same on every replay. */
  readonly seed: string;
}

export interface Retry {
  readonly dueAt: number;
  readonly because: FailureClass | "breaker";
}

/**
 * Whether and when a failed attempt is tried again; undefined: it is not. Pauses double from `baseMs` (1, 2, 4, 8 s by
 * default) with up to a quarter more as jitter. A quota refusal waits for its reset time, the later ones at least 1, 2, 4 s and
 * so on up to a minute, an open circuit breaker for the time at which it lets one through: neither uses up a retry.
 */
export function retryAfter(question: RetryQuestion): Retry | undefined {
  const { failure, policy, retries, attempt, at } = question;
  const because = classOf(failure);
  if (!because || !policy.on.includes(because)) return undefined;
  if (failure.breaker !== undefined) {
    if (attempt - retries > mostBreakerWaits) return undefined;
    return { because: "breaker", dueAt: Math.max(at, failure.resetAt ?? at) };
  }
  if (because === "quota") {
    if (attempt - retries > mostQuotaWaits) return undefined;
    const { resetAt = at + unknownQuotaMs } = failure;
    return { because, dueAt: Math.max(at + quotaPauseMs(attempt - retries - 1), resetAt) };
  }
  if (retries >= policy.max) return undefined;
  return { because, dueAt: at + pauseMs(question) };
}

/** A provider that refuses again after the time that it named is not asked at once as often as that has passed. */
function quotaPauseMs(refusals: number): number {
  return refusals === 0 ? 0 : Math.min(unknownQuotaMs, 1000 * 2 ** (refusals - 1));
}

function classOf(failure: Failure): FailureClass | undefined {
  switch (failure.class) {
    case "transient":
    case "quota":
    case "timeout":
    case "failure":
      return failure.class;
    case "permanent":
    case "cancelled":
    case "interrupted":
      return undefined;
  }
}

function pauseMs({ policy, retries, attempt, seed }: RetryQuestion): number {
  if (policy.backoff === "none") return 0;
  const doubled = policy.backoff === "exponential" ? policy.baseMs * 2 ** retries : policy.baseMs;
  return Math.round(Math.min(longestMs, doubled) * (1 + chance(`${seed}:${attempt}`) / 4));
}
