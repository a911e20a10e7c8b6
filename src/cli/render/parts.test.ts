import { describe, expect, it } from "vitest";
import { nodeView } from "../../../test/cli/views.ts";
import { judgedLines, partsText } from "./parts.ts";
import { asciiGlyphs } from "./words.ts";

const low = { way: "low", condition: "a.output.x < 3", value: false, read: { "a.output.x": 5 } };
const high = { way: "high", condition: "inputs.go", value: true, read: { "inputs.go": true } };

describe("how a node with parts stands", () => {
  it("is the way of a branch with the condition that held and what it saw", () => {
    const decision = { way: "high", saw: [low, high] };
    expect(partsText(nodeView("b", { decision }))).toBe("→ high: inputs.go is true");
    expect(partsText(nodeView("b", { decision }), asciiGlyphs)).toBe("-> high: inputs.go is true");
    expect(partsText(nodeView("b", { decision: { way: "else", saw: [low] } }))).toBe(
      "→ else: a.output.x < 3 is false (a.output.x = 5)",
    );
    expect(partsText(nodeView("b", { decision: { way: null, saw: [low, { ...high, value: false }] } }))).toBe(
      "→ no way: a.output.x < 3 is false (a.output.x = 5); inputs.go is false",
    );
    expect(partsText(nodeView("b", { decision: { way: "only", saw: [] } }))).toBe("→ only");
  });

  it("says nothing of a condition that always holds, and of a long one what it read", () => {
    const always = { way: "ann", condition: "true", value: true, read: {} };
    expect(partsText(nodeView("b", { decision: { way: "ann", saw: [always] } }))).toBe("→ ann");
    const condition = `inputs.go && ${"x".repeat(100)}`;
    const long = {
      ...high,
      way: "ann",
      condition,
      read: { "inputs.go": true, "do.tried": [1], w: [], "x.y": null },
    };
    const saw = [long, { ...long, way: "bob", value: false }];
    expect(partsText(nodeView("b", { decision: { way: "ann", saw } }))).toBe(
      "→ ann (of ann, bob): inputs.go = true",
    );
    expect(partsText(nodeView("b", { decision: { way: "ann", saw, unsaid: 90 } }))).toBe(
      "→ ann (of ann, bob and 90 more): inputs.go = true",
    );
    expect(partsText(nodeView("b", { decision: { way: "ann", saw: [{ ...long, read: {} }] } }))).toBe(
      "→ ann",
    );
    const lost = [{ ...long, read: {}, trouble: "no such key" }];
    expect(partsText(nodeView("b", { decision: { way: null, saw: lost } }))).toBe("→ no way: no such key");
  });

  it("cuts long values", () => {
    const saw = [{ ...low, read: { "a.output": "x".repeat(300) } }];
    expect(partsText(nodeView("b", { decision: { way: "else", saw } }))?.length).toBeLessThan(150);
  });

  it("is the round of a loop, the items of an each, the steps of a join", () => {
    const rounds = { round: 2, max: 5, stale: 0, forgotten: 0, judged: [] };
    expect(partsText(nodeView("l", { rounds }))).toBe("round 2 of 5");
    expect(partsText(nodeView("l", { rounds: { ...rounds, until: "x", best: 71 } }))).toBe(
      "round 2 of at most 5, best 71",
    );
    const items = { total: 200, begun: 128, working: 8, good: 117, failed: 3, atOnce: 8 };
    expect(partsText(nodeView("e", { items }))).toBe("120 of 200 items, 3 failed, 8 at work");
    const all = { total: 1, begun: 1, working: 0, good: 1, failed: 0, atOnce: 8 };
    expect(partsText(nodeView("e", { items: all }))).toBe("1 item");
    const join = { wanted: 2, of: 3, good: 1, reached: false };
    expect(partsText(nodeView("j", { join }))).toBe("1 of 3 steps ended well, 2 are needed");
    expect(partsText(nodeView("j", { join: { ...join, wanted: 1, good: 2 } }))).toMatch(/1 is enough$/);
    expect(partsText(nodeView("s"))).toBeUndefined();
  });

  it("has what a loop found after each round; of many rounds the last", () => {
    const judged = Array.from({ length: 12 }, (_, index) => ({
      round: index + 1,
      done: index === 11,
      until: index === 11,
      measure: index === 3 ? null : Math.min(index, 8),
    }));
    const rounds = { round: 12, max: 20, stale: 3, forgotten: 0, best: 8, judged };
    const plateau = { of: "l.last.score", rounds: 4 };
    expect(judgedLines(nodeView("l", { rounds: { ...rounds, until: "l.last.ok", plateau } }))).toEqual([
      "until l.last.ok: … 2 before, false, false, false, false, false, false, false, false, false, true",
      "measure l.last.score: … 2 before, 2, none, 4, 5, 6, 7, 8, 8, 8, 8 (best 8, 3 rounds without a better one)",
    ]);
    expect(judgedLines(nodeView("l", { rounds }))).toEqual([]);
    expect(judgedLines(nodeView("l", { rounds: { ...rounds, judged: [] } }))).toEqual([]);
    expect(judgedLines(nodeView("s"))).toEqual([]);
  });
});
