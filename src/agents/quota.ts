import { resetTimeIn } from "./reset-time.ts";

/** How a provider's refusal reads. */
export interface Refusal {
  readonly status: number | undefined;
  /** `rate_limit_error`, `overloaded_error`, `connection_failed`, … */
  readonly errorType: string;
  readonly text: string;
  /** From the stream, when it said so; ms since the epoch. */
  readonly resetAt?: number | undefined;
}

/** A refusal that time heals. `resetAt` is there when the provider said when. */
export interface Quota {
  readonly resetAt?: number;
}

const quotaTypes = new Set(["rate_limit_error", "overloaded_error", "rate_limit", "overloaded"]);
const quotaTexts = [
  /usage limit reached/i,
  /\b(?:you've|you have) (?:hit|reached) your (?:\w+[ -])*limit\b/i,
  /\b(?:5-hour|session|weekly|daily|monthly|opus|sonnet|fable|haiku)(?: weekly)? limit reached\b/i,
  /\blimit reached\b.*\bresets?\b/i,
  /\bout of extra usage\b/i,
  /\brate limit(?:ed|s)?\b/i,
  /\b(?:429|529)\b/,
  /\boverloaded\b/i,
  /\btoo many requests\b/i,
  /\bexceeded (?:your|the) (?:\w+[ -])*quota\b/i,
  /\bquota (?:is |was |has been )?(?:exceeded|exhausted)\b/i,
  /\bresource[ _]exhausted\b/i,
];
/** These also come as 429 or speak of limits, and no time heals them. */
const foreverTexts = [
  /credit balance is too low/i,
  /prompt is too long/i,
  /maximum budget/i,
  /context (?:window|length)/i,
];

/** Undefined when the refusal is not one of rate, quota or overload. `now`: ms since the epoch. */
export function quotaIn(refusal: Refusal, now: number): Quota | undefined {
  if (foreverTexts.some((pattern) => pattern.test(refusal.text))) return undefined;
  const typed = refusal.status === 429 || refusal.status === 529 || quotaTypes.has(refusal.errorType);
  // A text decides only where no status says otherwise: a 500 that mentions a limit is a 500.
  const said = refusal.status === undefined && quotaTexts.some((pattern) => pattern.test(refusal.text));
  if (!typed && !said) return undefined;
  const resetAt = refusal.resetAt ?? resetTimeIn(refusal.text, now);
  return resetAt === undefined ? {} : { resetAt };
}
