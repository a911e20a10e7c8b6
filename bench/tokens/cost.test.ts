import { describe, expect, it } from "vitest";
import { answerOf } from "./answers.ts";
import { costOf, paid, type Sent } from "./cost.ts";

const sent = (text: string, to = "a"): Sent => ({ to, text });
const cost = (prompts: readonly Sent[]) => costOf(prompts, { referred: 0, lost: 0 });
const shared = "x".repeat(4 * 1100);

describe("what prompts cost", () => {
  it("is their tokens, of which the provider has none of the first", () => {
    expect(cost([sent("12345678"), sent("1")])).toEqual({
      prompts: 2,
      sent: 3,
      cached: 0,
      referred: 0,
      lost: 0,
    });
  });

  it("is less for a long beginning that was sent before, in steps", () => {
    expect(cost([sent(`${shared}one`), sent(`${shared}two`)]).cached).toBe(1024);
    expect(cost([sent(`${shared}one`), sent("other"), sent(`${shared}two`)]).cached).toBe(1024);
  });

  it("is not less for a short one, or one that another agent was sent", () => {
    expect(cost([sent("x".repeat(4000)), sent("x".repeat(4000))]).cached).toBe(0);
    expect(cost([sent(shared), sent(shared, "b")]).cached).toBe(0);
    expect(cost([sent(`y${shared}`), sent(shared)]).cached).toBe(0);
  });

  it("is more for the files that are read", () => {
    const known = { prompts: 1, sent: 100, cached: 50, referred: 40, lost: 0 };
    expect(paid(known, { read: 0, caches: false })).toBe(100);
    expect(paid(known, { read: 0.5, caches: false })).toBe(120);
    expect(paid(known, { read: 1, caches: true })).toBeCloseTo(95);
  });
});

describe("an answer of a length", () => {
  it("fits its schema and has about so many tokens", () => {
    const schema = {
      type: "object",
      properties: {
        status: { enum: ["success"] },
        score: { type: "integer", minimum: 3 },
        text: { type: "string" },
        parts: { type: "array" },
        more: { type: "object" },
      },
    };
    const answer = answerOf(schema, { tokens: 1000, seed: 1 });
    expect(answer).toMatchObject({ status: "success", score: 3 });
    expect(JSON.stringify(answer).length / 4).toBeGreaterThan(950);
    expect(JSON.stringify(answer).length / 4).toBeLessThan(1050);
    expect(answerOf(schema, { tokens: 1000, seed: 1 })).toEqual(answer);
    expect(answerOf(schema, { tokens: 1000, seed: 2 })).not.toEqual(answer);
  });

  it("is a text where there is no schema", () => {
    expect(answerOf(undefined, { tokens: 10, seed: 1 })).toMatch(/^[a-z ]{30,40}$/);
  });
});
