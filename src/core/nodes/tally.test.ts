import { describe, expect, it } from "vitest";
import { CoreRun, workflowOf } from "../../testing/core-run.ts";
import { decisionOf, vote, votingRun } from "../../testing/voting-run.ts";
import { acceptedOf } from "../accepted.ts";
import type { Event } from "../events.ts";
import type { Decision } from "../policies/vote.ts";
import { findUnsound } from "../sound.ts";

const after = { name: "after", function: "do", args: "${ decide.output.decision }" };

describe("a tally", () => {
  it("decides by the votes that other steps gave, owing nobody anything", () => {
    const run = votingRun({}, [after]);
    vote(run, { ann: "a", bob: "b", cyd: "a" });
    expect(run.node("decide")).toMatchObject({
      end: "verified",
      reason: '"a" has 2 of 3 votes',
      costUsd: 0,
      attempt: 0,
    });
    expect(run.events.filter(({ type }) => type === "votes.counted")).toMatchObject([
      { address: "decide", decision: { decision: "a", decided_by: "count", rule: "majority" } },
    ]);
    expect(run.work("after")).toMatchObject({ request: { args: "a" } });
  });

  it("takes a voter whose step failed as absent, whatever it had answered", () => {
    const run = new CoreRun(
      workflowOf({
        name: "vote",
        chain: [
          {
            name: "round",
            chain: {
              parallel_where_possible: true,
              error_strategy: "continue_on_failure",
              steps: [
                { name: "ann", function: "vote" },
                { name: "bob", function: "vote", gates: [{ check: "bob.output.sure" }] },
              ],
            },
          },
          { name: "decide", tally: { votes: "${ round.output }", quorum: 1 } },
        ],
      }),
    );
    run.ok("round/bob", { output: { vote: "b", sure: false } });
    run.ok("round/ann", { output: { vote: "a" } });
    expect(decisionOf(run)).toMatchObject({ decision: "a", absent: ["bob"], invalid: [] });
  });

  it("takes one as absent that was given up, and one of the round before that failed", () => {
    const tally = { votes: "${ rounds.last.round }" };
    const ballots = { name: "decide", when: "rounds.round > 1", tally };
    const run = new CoreRun(
      workflowOf({
        name: "vote",
        chain: [
          {
            name: "rounds",
            repeat: 2,
            steps: [
              ballots,
              {
                name: "round",
                parallel: { join: { quorum: 1 } },
                steps: [
                  { name: "ann", function: "vote" },
                  { name: "bob", function: "vote", gates: [{ run: "./check" }] },
                ],
              },
            ],
          },
        ],
      }),
    );
    run.ok("rounds#1/round/bob", { output: { vote: "b" } });
    run.ok("rounds#1/round/ann", { output: { vote: "a" } });
    run.fail("rounds#1/round/bob");
    expect(decisionOf(run, "rounds#2/decide")).toMatchObject({ decision: "a", absent: ["bob"] });
  });

  it("counts the items of a list by their keys, and those that failed as absent", () => {
    const run = new CoreRun(
      workflowOf({
        name: "vote",
        chain: [
          {
            name: "round",
            for_each: { items: ["ann", "bob", "cyd"], key: "item" },
            error_strategy: "continue_on_failure",
            steps: [{ name: "say", function: "vote" }],
          },
          { name: "decide", tally: { votes: "${ round.output }", rule: { priority: ["bob", "cyd"] } } },
        ],
      }),
    );
    run.ok("round[ann]/say", { output: { vote: "a" } });
    run.fail("round[bob]/say");
    run.ok("round[cyd]/say", { output: { vote: "c" } });
    expect(decisionOf(run)).toMatchObject({
      decision: "c",
      absent: ["bob"],
      reason: '"cyd" decides, for "c"',
    });
  });

  it("fails where nothing is decided, or accepts that", () => {
    const tied = { ann: "a", bob: "b", cyd: null };
    const why = '"a" and "b" have 1 of 2 votes each';
    const failed = votingRun({});
    vote(failed, tied);
    expect(failed.node("decide")).toMatchObject({
      end: "failed",
      failure: {
        code: "NO_DECISION",
        message: `Cannot decide: ${why}`,
        fix: expect.stringMatching(/tutti show r1 decide; add a `tie:` .*; then: tutti resume r1 --update$/),
      },
    });
    const few = votingRun({ quorum: 3 });
    vote(few, tied);
    expect(few.node("decide").failure?.fix).toMatch(
      /; change the rule, .* stands in for a quorum.*; then: tutti resume r1 --update$/,
    );
    const accepted = votingRun({ otherwise: "accept" });
    vote(accepted, tied);
    expect(accepted.node("decide")).toMatchObject({ end: "verified", reason: `nothing is decided: ${why}` });
    expect(acceptedOf(accepted.state)).toEqual([
      { address: "decide", kind: "decision", required: "a decision: a majority of ${ round.output }", why },
    ]);
    for (const run of [failed, accepted])
      expect(decisionOf(run)).toMatchObject({ decision: null, status: "tie", open: ["a", "b"] });
  });

  it("reads options and what is barred among them from other steps", () => {
    const given = { options: "${ ['a', 'b', 'c'] }", barred: ["${ 'a' }"] };
    const run = votingRun(given);
    vote(run, { ann: "a", bob: "a", cyd: "d" });
    expect(decisionOf(run)).toMatchObject({
      status: "barred",
      reason: '"a" has won and is barred: "a" has 2 of 2 votes',
      invalid: [{ voter: "cyd", why: 'there is no option "d"' }],
    });
  });

  it.each([
    [{ votes: "none" }, "neither an object of answers by voter nor a list of them"],
    [{ options: "${ 'a' }" }, 'Cannot count the votes: "a" is no list of texts, numbers or truth values'],
    [{ barred: "${ [[1]] }" }, "Cannot count the votes: [[1]] is no list"],
    [{ votes: "${ round.output.ann.nothing.there }" }, "EXPRESSION_FAILED"],
  ])("fails when it is not given what it needs: %j", (tally, message) => {
    const run = votingRun(tally);
    vote(run, { ann: "a", bob: "a", cyd: "a" });
    const { failure, end } = run.node("decide");
    expect(end).toBe("failed");
    expect(`${failure?.code} ${failure?.message}`).toContain(message);
  });

  it("does not keep more than a step may give", () => {
    const reason = "r".repeat(900);
    const run = new CoreRun(
      workflowOf({
        name: "vote",
        limits: { output: 2000 },
        chain: [
          { name: "ask", function: "vote" },
          { name: "decide", tally: { votes: "${ ask.output }" } },
        ],
      }),
    );
    run.ok("ask", {
      output: { ann: { vote: "a", reason }, bob: { vote: "a", reason }, cyd: { vote: "a", reason } },
    });
    expect(run.node("decide").failure?.message).toContain("larger than the 2000 bytes");
  });

  it("is skipped when its condition does not hold", () => {
    const run = new CoreRun(
      workflowOf({
        name: "vote",
        chain: [{ name: "decide", when: "false", tally: { votes: { ann: "a" } } }],
      }),
    );
    expect(run.node("decide").end).toBe("skipped");
    expect(run.state.status).toBe("completed");
  });

  it("goes on after its process ended right behind the count", () => {
    for (const otherwise of ["accept", "fail"]) {
      const run = votingRun({ otherwise });
      vote(run, { ann: "a", bob: "b", cyd: null });
      const counted = run.events.findIndex(({ type }) => type === "votes.counted");
      run.crash(counted + 1);
      const events = run.give({ type: "recover" });
      expect(events.filter(({ type }) => type === "votes.counted")).toEqual([]);
      expect(run.node("decide").end).toBe(otherwise === "accept" ? "verified" : "failed");
    }
  });

  it("is counted anew in another life, from results that are used again", () => {
    const run = votingRun({}, [{ ...after, error_strategy: "stop" }]);
    vote(run, { ann: "a", bob: "b", cyd: "a" });
    run.fail("after");
    expect(run.state.status).toBe("failed");
    run.give({ type: "restart" });
    expect(run.owed).toEqual(["perform after"]);
    expect(decisionOf(run)).toMatchObject({ decision: "a" });
  });
});

describe("a log", () => {
  it("is not sound when votes are counted twice, or for what may not win", () => {
    const run = votingRun({ otherwise: "accept", barred: ["c"] });
    vote(run, { ann: "a", bob: "b", cyd: "c" });
    const at = run.events.findIndex(({ type }) => type === "votes.counted");
    const counted = run.events[at];
    if (counted?.type !== "votes.counted") throw new Error("there is no count");
    const unsound = (changed: Partial<Decision>, twice = false): readonly string[] => {
      const other: Event = { ...counted, decision: { ...counted.decision, ...changed } };
      const events = run.events.flatMap((event, index) =>
        index === at ? (twice ? [other, other] : [other]) : [event],
      );
      return findUnsound(events).map(({ message }) => message);
    };
    expect(unsound({})).toEqual([]);
    expect(unsound({}, true)).toEqual(['"decide" counts again, or is no tally']);
    expect(unsound({ decision: "a" })).toEqual(['"decide" is tie and gives "a"']);
    const by = (decision: string, who: "count" | "judge") =>
      ({ decision, status: "decided", decided_by: who }) as const;
    expect(unsound(by("c", "count"))).toEqual(['"decide" decides for "c", which is barred']);
    expect(unsound(by("d", "judge"))).toEqual(['"decide" decides for "d", which was not open']);
    expect(unsound(by("a", "judge"))).toEqual([]);
  });
});
