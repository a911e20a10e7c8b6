import { describe, expect, it } from "vitest";
import { builtIn } from "./entries.ts";
import { refusalFailure, refusalIn } from "./refusal.ts";

const now = Date.UTC(2026, 10, 21, 12);
const [entry] = builtIn;

function failureOf(error: object) {
  if (!entry) throw new Error("there are none");
  return refusalFailure(
    refusalIn(Object.assign(new Error("message" in error ? String(error.message) : ""), error)),
    { entry, now },
  );
}

describe("what an agent answers instead of doing its work", () => {
  it.for([
    [
      {
        code: -32603,
        message:
          "Internal error: API Error: Request rejected (429) · Rate limit reached. Please try again in 20s.",
        data: { errorKind: "rate_limit" },
      },
      "quota",
      20_000,
    ],
    [
      { code: 429, message: "Rate limit reached. Please try again in 20s.\nSuggested retry after 7200s." },
      "quota",
      7_200_000,
    ],
    [
      { code: -32603, message: "Internal error: You've hit your limit · resets 2pm (UTC)" },
      "quota",
      2 * 3_600_000,
    ],
    [
      { code: -32603, message: "exceeded retry limit, last status: 429 Too Many Requests" },
      "quota",
      undefined,
    ],
    [{ code: -32603, message: "status 429: insufficient_quota, check your billing" }, "permanent", undefined],
    [{ code: -32000, message: "You exceeded your current quota, resets in 5s" }, "quota", 5000],
    [{ code: -32000, message: "Rate limit reached" }, "quota", undefined],
    [{ code: -32000, message: "Authentication required" }, "permanent", undefined],
    [{ code: -32603, message: "API Error: 401 Invalid API key" }, "permanent", undefined],
    [{ code: 400, message: "Nope bad" }, "permanent", undefined],
    [{ code: -32603, message: "Internal error: API Error: 529 Overloaded" }, "quota", undefined],
    [{ code: 503, message: "unavailable" }, "transient", undefined],
    [{ code: -32603, message: "Internal error", data: { details: "fetch failed" } }, "transient", undefined],
    [{ code: -32603, message: "prompt is too long: 250000 tokens" }, "permanent", undefined],
    [{ code: -32603, message: "Internal error", data: { details: "who knows" } }, "failure", undefined],
  ] as const)("%j is a failure of class %s", ([error, kind, resetMs]) => {
    const failure = failureOf(error);
    expect([failure.class, failure.code]).toEqual([kind, kind === "quota" ? "QUOTA" : "AGENT_FAILED"]);
    expect(failure.resetAt).toBe(resetMs === undefined ? undefined : now + resetMs);
  });

  it("is told with its details, on one line", () => {
    expect(failureOf({ code: -32603, message: "Internal error", data: { details: "a\nb" } }).message).toBe(
      'Cannot finish with "claude-acp": a b',
    );
    expect(failureOf({ message: "" }).message).toContain("it gives no reason");
  });
});
