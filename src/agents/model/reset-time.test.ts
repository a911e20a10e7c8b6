import { describe, expect, it } from "vitest";
import { resetTimeOf } from "./reset-time.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const reset = (headers: Record<string, string>, text = "") => {
  const at = resetTimeOf({ headers, text }, now);
  return at === undefined ? undefined : (at - now) / 1000;
};

describe("when a provider will serve again", () => {
  it.each([
    [{ "retry-after": "30" }, 30],
    [{ "retry-after": "Sat, 21 Nov 2026 12:01:00 GMT" }, 60],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "" }, undefined],
    [{ "retry-after-ms": "1500", "retry-after": "2" }, 1.5],
    [{}, undefined],
  ])("is what Retry-After says: %j", (headers, seconds) => {
    expect(reset(headers as Record<string, string>)).toBe(seconds);
  });

  it("is the latest reset of the limits that are used up", () => {
    expect(
      reset({
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": "2026-11-21T12:00:20Z",
        "anthropic-ratelimit-tokens-remaining": "0",
        "anthropic-ratelimit-tokens-reset": "2026-11-21T12:00:50Z",
        "anthropic-ratelimit-input-tokens-remaining": "17",
        "anthropic-ratelimit-input-tokens-reset": "2026-11-21T12:09:00Z",
      }),
    ).toBe(50);
    expect(reset({ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0.5s" })).toBe(360.5);
    expect(reset({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(now / 1000 + 9) })).toBe(9);
    expect(reset({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "7" })).toBe(7);
    expect(reset({ "x-ratelimit-remaining": "0" })).toBeUndefined();
    expect(reset({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "who knows" })).toBeUndefined();
  });

  it.each([
    ["Please try again in 20s.", 20],
    ["Please try again in 1h2m3s.", 3723],
    ["Please try again in 250ms", 0.25],
    ["retry after 2 minutes", 120],
    ["try again later", undefined],
  ])("is what the text says: %s", (text, seconds) => {
    expect(reset({}, text)).toBe(seconds);
  });
});
