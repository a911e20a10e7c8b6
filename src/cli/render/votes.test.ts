import { describe, expect, it } from "vitest";
import { count } from "../../core/policies/vote.ts";
import type { Json } from "../../expression/json.ts";
import { countsText, decisionIn, decisionLines } from "./votes.ts";

const ballots = [
  { voter: "ann", vote: "ship", reason: "it is fast" },
  { voter: "bob", vote: "hold" },
  { voter: "cyd", abstain: true as const },
  { voter: "dan", vote: "maybe" },
];
const decision = {
  ...count(ballots, {
    rule: { kind: "weighted", weights: { ann: 2 } },
    options: ["ship", "hold", 3],
    barred: [3],
  }),
  absent: ["eve"],
};

describe("votes", () => {
  it("are told option by option, with reasons and with what did not count", () => {
    expect(decisionLines(decision)).toEqual([
      '  decision: ship, by the count ("ship" has a weight of 2 of 3)',
      "  ship: 1 vote, weight 2: ann",
      "    ann: it is fast",
      "  hold: 1 vote: bob",
      "  3: 0 votes, barred",
      "  abstained: cyd",
      "  absent: eve",
      '  not counted: dan: there is no option "maybe"',
    ]);
  });

  it("are told on one line", () => {
    expect(countsText(decision)).toBe(
      "ship: 1 vote, weight 2; hold: 1 vote; 3: 0 votes, barred; 1 abstained; 1 absent; 1 not counted",
    );
    expect(countsText(count([], { rule: { kind: "majority" } }))).toBe("nobody voted");
  });

  it("that come to nothing say why", () => {
    const none = count(ballots.slice(0, 2), { rule: { kind: "majority" } });
    expect(decisionLines(none)[0]).toBe('  decision: none ("hold" and "ship" have 1 of 2 votes each)');
  });

  it("are known by what a tally gives", () => {
    expect(decisionIn(decision as unknown as Json)).toBe(decision);
    for (const other of [undefined, null, "x", [], { counts: [] }, { decided_by: "x" }])
      expect(decisionIn(other)).toBeUndefined();
  });
});
