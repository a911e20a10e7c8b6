import { describe, expect, it } from "vitest";
import { mayBeBilled, refusalFailure } from "./refusal.ts";

const now = 1_000_000;
const failing = (message: string, fields: object = {}) => Object.assign(new Error(message), fields);
const failure = (message: string, fields?: object) =>
  refusalFailure(failing(message, fields), { model: "m", now });
const answered = { responseHeaders: {} };

describe("why a call of a model failed", () => {
  it.each([
    ["slow down", { statusCode: 429, responseHeaders: { "retry-after": "2" } }, "QUOTA", "quota", 1_002_000],
    ["Overloaded", { statusCode: 529 }, "QUOTA", "quota", undefined],
    ["Overloaded", { type: "overloaded_error" }, "QUOTA", "quota", undefined],
    [
      "You exceeded",
      { statusCode: 429, responseBody: '{"code":"insufficient_quota"}' },
      "AGENT_FAILED",
      "permanent",
    ],
    ["Payment required", { statusCode: 402 }, "AGENT_FAILED", "permanent"],
    ["prompt is too long: 9 > 8", { statusCode: 400 }, "AGENT_FAILED", "permanent"],
    ["bad", { statusCode: 400, responseBody: "context_length_exceeded" }, "AGENT_FAILED", "permanent"],
    ["too large", { statusCode: 413 }, "AGENT_FAILED", "permanent"],
    ["invalid x-api-key", { statusCode: 401 }, "AGENT_FAILED", "permanent"],
    ["no such model", { statusCode: 404 }, "AGENT_FAILED", "permanent"],
    ["oops", { statusCode: 500 }, "AGENT_FAILED", "transient"],
    ["timeout", { statusCode: 408 }, "AGENT_FAILED", "transient"],
    ["Failed to process successful response", { statusCode: 200 }, "AGENT_FAILED", "transient"],
    ["Cannot connect to API: ECONNREFUSED", {}, "AGENT_FAILED", "transient"],
    ["terminated", {}, "AGENT_FAILED", "transient"],
  ] as const)("%s %j", (message, fields, code, kind, resetAt?: number) => {
    const found = failure(message, { ...answered, ...fields });
    expect(found).toMatchObject({ code, class: kind, fix: expect.any(String) });
    expect(found.message).toBe(`Cannot ask m: ${message}`);
    expect(found.resetAt).toBe(resetAt);
  });

  it("says different things to do about different things", () => {
    expect(failure("Cannot connect to API: x").fix).toContain("base_url");
    expect(failure("x", { statusCode: 401 }).fix).toContain("api_key");
    expect(failure("x", { statusCode: 402 }).fix).toContain("credit");
    expect(failure("x", { statusCode: 413 }).fix).toContain("context");
  });

  it("is not billed when the provider turned it away, or was never reached", () => {
    expect(mayBeBilled(failing("x", { statusCode: 500, responseHeaders: {} }))).toBe(false);
    expect(mayBeBilled(failing("Cannot connect to API: x"))).toBe(false);
    expect(mayBeBilled(failing("x", { statusCode: 200, responseHeaders: {} }))).toBe(true);
    expect(mayBeBilled(failing("overloaded", { statusCode: 529 }))).toBe(true);
    expect(mayBeBilled(failing("terminated"))).toBe(true);
    expect(mayBeBilled("a text")).toBe(true);
  });
});
