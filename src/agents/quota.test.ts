import { describe, expect, it } from "vitest";
import { quotaIn } from "./quota.ts";
import { resetTimeIn } from "./reset-time.ts";

// Friday, 20 November 2026, 12:00 UTC
const now = Date.UTC(2026, 10, 20, 12);
const none = { status: undefined, errorType: "" };

const refusals: readonly (readonly [string, number | undefined])[] = [
  ["Claude AI usage limit reached|1795250000", 1_795_250_000_000],
  ["Claude AI usage limit reached|1795250000123", 1_795_250_000_123],
  ["You've hit your limit · resets 1:30am (Asia/Dhaka)", Date.UTC(2026, 10, 20, 19, 30)],
  ["You've hit your limit · resets 8pm (Australia/Sydney)", Date.UTC(2026, 10, 21, 9)],
  ["You've hit your limit · resets 2:10pm (Europe/Moscow)", Date.UTC(2026, 10, 21, 11, 10)],
  ["You've hit your limit · resets Apr 23 at 4pm (America/Recife)", Date.UTC(2027, 3, 23, 19)],
  ["You've hit your session limit · resets 12:10am (Asia/Shanghai)", Date.UTC(2026, 10, 20, 16, 10)],
  ["You've hit your weekly limit · resets Nov 24, 1pm (UTC)", Date.UTC(2026, 10, 24, 13)],
  ["You have reached your Opus weekly limit · resets Mon 9am (UTC)", Date.UTC(2026, 10, 23, 9)],
  ["5-hour limit reached ∙ resets 3pm (UTC)", Date.UTC(2026, 10, 20, 15)],
  ["Opus weekly limit reached ∙ resets Dec 1, 12am (UTC)", Date.UTC(2026, 11, 1)],
  ["You're out of extra usage · resets 12pm (America/Los_Angeles)", Date.UTC(2026, 10, 20, 20)],
  ["API Error: 429 rate_limit_error, try again in 5 minutes", now + 300_000],
  ["Rate limited. Please retry after 1h 30m", now + 5_400_000],
  ["Too many requests; resets at 2026-11-20T13:00:00Z", Date.UTC(2026, 10, 20, 13)],
  ["You exceeded your current quota, resets in 5s", now + 5000],
  ["Quota exceeded for the model", undefined],
  ["RESOURCE_EXHAUSTED: retry in 7s", now + 7000],
  [
    "API Error: Request rejected (429) · This request would exceed your account's rate limit. Please try again later.",
    undefined,
  ],
  [
    "API Error: 529 Overloaded. This is a server-side issue, usually temporary — try again in a moment.",
    undefined,
  ],
];

describe("a refusal in words", () => {
  it.each(refusals)("%s", (text, resetAt) => {
    expect(quotaIn({ ...none, text }, now)).toEqual(resetAt === undefined ? {} : { resetAt });
  });

  it.each([
    "API Error: Connection refused (ECONNREFUSED)",
    "Credit balance is too low",
    "Prompt is too long · 429 tokens over the rate limit",
    "Reached maximum budget ($0.0005)",
    "Invalid API key · Fix external API key",
    "The tests of the limiter pass",
    "The file of quotas is empty",
  ])("is none of quota in %s", (text) => {
    expect(quotaIn({ ...none, text }, now)).toBeUndefined();
  });

  it("counts by status and type whatever the words are, and not when the status says otherwise", () => {
    expect(quotaIn({ ...none, status: 429, text: "no" }, now)).toEqual({});
    expect(quotaIn({ ...none, status: 529, text: "no" }, now)).toEqual({});
    expect(quotaIn({ ...none, errorType: "overloaded_error", text: "no" }, now)).toEqual({});
    expect(quotaIn({ ...none, status: 500, text: "overloaded" }, now)).toBeUndefined();
    expect(quotaIn({ ...none, status: 429, text: "x", resetAt: 9 }, now)).toEqual({ resetAt: 9 });
  });
});

describe("a reset time", () => {
  it("is read in the zone of this machine when none, or an unknown one, is named", () => {
    const local = new Date(now);
    local.setHours(15, 0, 0, 0);
    if (local.getTime() <= now) local.setDate(local.getDate() + 1);
    expect(resetTimeIn("resets 3pm", now)).toBe(local.getTime());
    expect(resetTimeIn("resets 3pm (Mars/Olympus)", now)).toBe(local.getTime());
  });

  it("is the next such time, over the change to summer time too", () => {
    // Berlin goes from +01:00 to +02:00 at 01:00 UTC on 28 March 2027.
    const before = Date.UTC(2027, 2, 27, 22);
    expect(resetTimeIn("resets 9am (Europe/Berlin)", before)).toBe(Date.UTC(2027, 2, 28, 7));
    expect(resetTimeIn("resets at 15:00 (UTC)", now)).toBe(Date.UTC(2026, 10, 20, 15));
  });

  it.each([
    ["try again in 5 milliseconds", 5],
    ["retry after 6m0.5s", 360_500],
    ["Try again in 1 hour, 2 mins and 3 secs.", 3_723_000],
  ])("is how long it takes from now: %s", (text, delayMs) => {
    expect(resetTimeIn(text, now)).toBe(now + delayMs);
  });

  it("is not made up", () => {
    expect(resetTimeIn("resets 3", now)).toBeUndefined();
    expect(resetTimeIn("resets soon", now)).toBeUndefined();
    expect(resetTimeIn("", now)).toBeUndefined();
  });
});
