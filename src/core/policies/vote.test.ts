import { describe, expect, it } from "vitest";
import { decisionFields, type VoteRule } from "../../language/voting.ts";
import { type Ballot, count, settle, type VoteRules } from "./vote.ts";

const vote = (voter: string, option: Ballot["vote"], reason?: string): Ballot => ({
  voter,
  vote: option ?? null,
  ...(reason === undefined ? {} : { reason }),
});
const majority: VoteRule = { kind: "majority" };

describe("a decision", () => {
  it("has the fields that expressions may ask for", () => {
    expect(Object.keys(count([], { rule: majority }))).toEqual([...decisionFields]);
  });

  it("says who was for what and why, and who was against it", () => {
    const decision = count(
      [
        vote("sec", "hold", "a key leaks"),
        vote("perf", "ship", "it is fast"),
        vote("api", "ship"),
        { voter: "docs", abstain: true },
        vote("bot", "maybe"),
      ],
      { rule: majority, options: ["ship", "hold"] },
    );
    expect(decision).toEqual({
      decision: "ship",
      status: "decided",
      decided_by: "count",
      rule: "majority",
      reason: '"ship" has 2 of 3 votes',
      counts: [
        {
          option: "ship",
          votes: 2,
          weight: 2,
          voters: ["api", "perf"],
          reasons: [{ voter: "perf", reason: "it is fast" }],
        },
        {
          option: "hold",
          votes: 1,
          weight: 1,
          voters: ["sec"],
          reasons: [{ voter: "sec", reason: "a key leaks" }],
        },
      ],
      open: [],
      dissent: [{ voter: "sec", vote: "hold", reason: "a key leaks" }],
      abstained: ["docs"],
      absent: [],
      invalid: [{ voter: "bot", why: 'there is no option "maybe"' }],
    });
  });

  it.each<readonly [string, readonly Ballot[], VoteRules, string]>([
    ["a tie", [vote("a", 1), vote("b", 2)], { rule: majority }, "1 and 2 have 1 of 2 votes each"],
    [
      "too little of a majority",
      [vote("a", 1), vote("b", 1), vote("c", 2), vote("d", 3)],
      { rule: majority },
      "1 has most, with 2 of 4 votes: it needs more than half",
    ],
    [
      "too few of a quorum of votes",
      [vote("a", 1), vote("b", 1), vote("c", 2)],
      { rule: { kind: "quorum", votes: 3 } },
      "1 has most, with 2 of 3 votes: it needs 3",
    ],
    [
      "no unanimity",
      [vote("a", 1), vote("b", 1), vote("c", 2)],
      { rule: { kind: "unanimous" } },
      "1 has most, with 2 of 3 votes: it needs all of them",
    ],
    [
      "a quorum that is not there",
      [vote("a", 1)],
      { rule: majority, quorum: 2 },
      "2 must have voted, and 1 has",
    ],
    ["no votes", [], { rule: majority }, "1 must have voted, and 0 have"],
    [
      "a veto",
      [vote("a", true), vote("b", true), vote("sec", false)],
      { rule: { kind: "veto", by: ["sec"] } },
      '"sec" may veto and voted against true, which has a majority',
    ],
    [
      "a veto that was not heard",
      [vote("a", true)],
      { rule: { kind: "veto", by: ["sec", "ops"] } },
      '"sec" and "ops" may veto, and did not say anything',
    ],
    [
      "an option that is barred",
      [vote("a", "x")],
      { rule: majority, barred: ["x"] },
      '"x" has won and is barred: "x" has 1 of 1 vote',
    ],
    [
      "a lead who decides",
      [vote("lead", "x"), vote("a", "y")],
      { rule: { kind: "priority", order: ["lead", "a"] } },
      '"lead" decides, for "x"',
    ],
    [
      "leads who did not vote",
      [vote("a", "y")],
      { rule: { kind: "priority", order: ["lead"] } },
      'none of those whose vote decides has voted: "lead"',
    ],
    [
      "leads who voted for what is barred, and others who did as well",
      [vote("lead", "x"), vote("sec", "y")],
      { rule: { kind: "priority", order: ["sec"] }, barred: ["y", "x"] },
      '"y" has won and is barred: "sec" decides, for "y"',
    ],
    [
      "weights",
      [vote("a", "x"), vote("b", "y")],
      { rule: { kind: "weighted", weights: { a: 1.5 } } },
      '"x" has a weight of 1.5 of 2.5',
    ],
    [
      "a run-off",
      [vote("a", ["x", "y"]), vote("b", ["y"]), vote("c", ["z", "y"])],
      { rule: { kind: "ranked" } },
      'the run-off does not part "x", "y" and "z"',
    ],
  ])("tells %s", (_, ballots, rules, reason) => {
    expect(count(ballots, rules).reason).toBe(reason);
  });

  it("takes the option that is named for the case that it is open", () => {
    const ballots = [vote("a", "x", "nice"), vote("b", "y", "nicer")];
    expect(count(ballots, { rule: majority, tie: "z" })).toMatchObject({
      decision: "z",
      status: "decided",
      decided_by: "default",
      open: ["x", "y"],
      reason: '"x" and "y" have 1 of 2 votes each; "z" is taken then',
      dissent: [
        { voter: "a", vote: "x", reason: "nice" },
        { voter: "b", vote: "y", reason: "nicer" },
      ],
    });
    expect(count(ballots, { rule: majority, tie: "z", barred: ["z"] }).decision).toBeNull();
    expect(count([], { rule: majority, tie: "z" }).decision).toBeNull();
  });

  it("takes the first ruling that is for something open, and only where it is open", () => {
    const ballots = [vote("a", "x"), vote("b", "y")];
    const judge = { by: "judge", ballot: vote("judge", "z") } as const;
    const human = { by: "human", ballot: vote("human", "y", "it is late") } as const;
    const tied = count(ballots, { rule: majority });
    expect(settle(tied, [judge, human])).toMatchObject({
      decision: "y",
      status: "decided",
      decided_by: "human",
      reason: '"x" and "y" have 1 of 2 votes each; the person asked is for "y": it is late',
      dissent: [{ voter: "a", vote: "x", reason: null }],
      invalid: [{ voter: "judge", why: '"z" is not open: "x" and "y" are' }],
    });
    const fair = { by: "judge", ballot: vote("judge", "x") } as const;
    expect(settle(tied, [fair, human])).toMatchObject({
      decision: "x",
      decided_by: "judge",
      reason: '"x" and "y" have 1 of 2 votes each; the judge is for "x"',
      invalid: [],
    });
    const silent = { by: "judge", ballot: { voter: "judge", abstain: true } } as const;
    expect(settle(tied, [silent])).toMatchObject({
      decision: null,
      status: "tie",
      invalid: [{ voter: "judge", why: 'null is not open: "x" and "y" are' }],
    });
    const clear = [...ballots, vote("c", "x")];
    const won = count(clear, { rule: majority });
    expect(settle(won, [human])).toBe(won);
    const vetoed = count(clear, { rule: { kind: "veto", by: ["b"] } });
    expect(vetoed).toMatchObject({ decision: null, status: "vetoed", open: [] });
    expect(settle(vetoed, [human])).toBe(vetoed);
  });

  it("does not count a ballot that names no option, one more than once, or several where one is asked", () => {
    const { invalid } = count(
      [
        vote("a", []),
        vote("b", ["x", "x"]),
        vote("c", { x: 1 }),
        vote("d", null),
        vote("e", "x".repeat(100)),
        vote("f", "y"),
        vote("f", "y"),
      ],
      { rule: { kind: "ranked" }, options: ["x", "y"] },
    );
    expect(invalid).toEqual([
      { voter: "a", why: "it names no option" },
      { voter: "b", why: "it names an option more than once" },
      { voter: "c", why: '{"x":1} is no option: an option is a text, a number, true or false' },
      { voter: "d", why: "null is no option: an option is a text, a number, true or false" },
      { voter: "e", why: `there is no option "${"x".repeat(59)}…` },
      { voter: "f", why: "it has voted 2 times" },
    ]);
    expect(count([vote("a", ["x"])], { rule: majority }).invalid).toEqual([
      { voter: "a", why: '["x"] is no option: an option is a text, a number, true or false' },
    ]);
  });

  it("tells of a ranking among the dissent what it puts first", () => {
    const ballots = [vote("a", ["x", "y"]), vote("b", ["y"]), vote("c", ["y"])];
    expect(count(ballots, { rule: { kind: "ranked" } }).dissent).toEqual([
      { voter: "a", vote: "x", reason: null },
    ]);
  });
});

describe("a run-off", () => {
  it("decides where a tie for the last place does not matter", () => {
    const ballots = [
      ..."abcde".split("").map((voter) => vote(voter, "x")),
      ..."fgh".split("").map((voter) => vote(voter, ["y", "x"])),
      ..."ijk".split("").map((voter) => vote(voter, ["z", "x"])),
    ];
    expect(count(ballots, { rule: { kind: "ranked" } })).toMatchObject({
      decision: "x",
      reason: '"x" wins the run-off over 6 rankings and 5 votes for one option',
    });
  });

  it("may lose by winning a vote: it is known not to be monotone", () => {
    const many = (times: number, ranking: readonly string[], from: string): Ballot[] =>
      Array.from({ length: times }, (_, at) => vote(`${from}${at}`, ranking));
    const rest = [
      ...many(6, ["x", "y", "z"], "p"),
      ...many(5, ["z", "x", "y"], "q"),
      ...many(4, ["y", "z", "x"], "r"),
    ];
    const before = count([...rest, ...many(2, ["y", "x", "z"], "s")], { rule: { kind: "ranked" } });
    const after = count([...rest, ...many(2, ["x", "y", "z"], "s")], { rule: { kind: "ranked" } });
    expect([before.decision, after.decision]).toEqual(["x", "z"]);
  });

  it("calls it a tie among all that have votes where there are too many ways to go on", () => {
    for (const length of [100, 5000]) {
      const ballots = Array.from({ length }, (_, at) => vote(`v${at}`, `proposal ${at}`));
      const { status, open } = count(ballots, { rule: { kind: "ranked" } });
      expect({ status, open: open.length }).toEqual({ status: "tie", open: length });
    }
  });
});
