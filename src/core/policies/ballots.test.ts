import { assert, constantFrom, dictionary, jsonValue, oneof, property, record, string } from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../expression/json.ts";
import { readBallot, readVotes } from "./ballots.ts";
import { count } from "./vote.ts";

describe("readVotes", () => {
  it("reads answers by voter: objects with a vote, or options and rankings themselves", () => {
    expect(
      readVotes(
        {
          b: { vote: "x", reason: "it is short", confidence: 0.9 },
          a: "y",
          c: ["x", "y"],
          d: { vote: null, reason: "I do not know" },
          e: { abstain: true },
          f: null,
          h: { ok: true, output: { vote: 1, reason: "" } },
          g: { ok: false, output: { vote: 1 } },
          i: { answer: "x" },
        },
        "vote",
      ),
    ).toEqual({
      ballots: [
        { voter: "b", vote: "x", reason: "it is short" },
        { voter: "a", vote: "y" },
        { voter: "c", vote: ["x", "y"] },
        { voter: "d", abstain: true, reason: "I do not know" },
        { voter: "e", abstain: true },
        { voter: "h", vote: 1 },
      ],
      absent: ["f", "g"],
      invalid: [{ voter: "i", why: 'its answer has no "vote"' }],
    });
  });

  it("reads the slots of a list, in which a single step gives its answer under its name", () => {
    const slot = (key: string, output: object) => ({
      key,
      item: 1,
      ok: true,
      output: { ...output },
      error: null,
    });
    expect(
      readVotes(
        [
          slot("x", { say: { vote: "a" } }),
          slot("y", { vote: "b" }),
          slot("z", { first: { vote: "a" }, second: { vote: "b" } }),
          { key: "w", item: 1, ok: false, output: null, error: { code: "CANCELLED", message: "no" } },
        ],
        "vote",
      ),
    ).toEqual({
      ballots: [
        { voter: "x", vote: "a" },
        { voter: "y", vote: "b" },
      ],
      absent: ["w"],
      invalid: [{ voter: "z", why: 'its answer has no "vote"' }],
    });
  });

  it("reads a list of answers that name their voter; one that does not goes by its place", () => {
    expect(readVotes([{ voter: "x", vote: "a" }, { vote: "b" }, "c", null, 7], "vote")).toEqual({
      ballots: [
        { voter: "x", vote: "a" },
        { voter: "#2", vote: "b" },
        { voter: "#3", vote: "c" },
        { voter: "#5", vote: 7 },
      ],
      absent: ["#4"],
      invalid: [],
    });
  });

  it("finds the vote where the field says, also deeper", () => {
    const answer = { findings: [], decide: { verdict: "a", reason: "so" } };
    expect(
      readVotes({ x: answer, y: { decide: 1 }, z: { decide: { abstain: true } } }, "decide.verdict"),
    ).toEqual({
      ballots: [
        { voter: "x", vote: "a", reason: "so" },
        { voter: "z", abstain: true },
      ],
      absent: [],
      invalid: [{ voter: "y", why: 'its answer has no "decide.verdict"' }],
    });
  });

  it("does not take names of the machine for fields", () => {
    expect(readVotes({ x: { a: 1 } }, "constructor")?.invalid).toHaveLength(1);
    expect(readVotes({ x: { a: 1 } }, "__proto__.toString")?.invalid).toHaveLength(1);
  });

  it("gives nothing for what holds no votes", () => {
    for (const value of [null, "x", 7, true]) expect(readVotes(value, "vote")).toBeUndefined();
    expect(readVotes({}, "vote")).toEqual({ ballots: [], absent: [], invalid: [] });
  });

  it("cuts a very long reason", () => {
    const ballot = readBallot({ voter: "x", answer: { vote: "a", reason: "r".repeat(5000) } }, "vote");
    expect("reason" in ballot && ballot.reason).toBe(`${"r".repeat(1000)}…`);
  });

  it("takes anything there is for a value, and comes to the same in whatever order it stands", () => {
    const answer = oneof(
      jsonValue({ maxDepth: 2 }),
      record({ vote: constantFrom<Json>("a", "b", null), reason: string() }),
    );
    assert(
      property(dictionary(string(), answer), (votes) => {
        const turned = Object.fromEntries(Object.entries(votes).toReversed());
        const come = [votes, turned].map((one) => {
          const { ballots = [], ...rest } = readVotes(one, "vote") ?? {};
          return { ...rest, decision: count(ballots, { rule: { kind: "ranked" } }) };
        });
        expect(come[1]).toEqual(come[0]);
      }),
    );
  });
});
