import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../expression/json.ts";
import { CoreRun, workflowOf } from "../../testing/core-run.ts";
import { decisionOf, vote, votingRun } from "../../testing/voting-run.ts";
import { acceptedOf } from "../accepted.ts";
import { askOf } from "../asked.ts";
import { viewOf } from "../view.ts";

const after = { name: "after", function: "do", args: "${ decide.output.decision }" };

describe("what votes leave open", () => {
  const judged: JsonObject = {
    options: ["a", "b"],
    tie: "judge",
    judge: { agent: "judge", prompt: "be fair" },
  };

  it("goes to a judge who sees the options, the counts and the reasons", () => {
    const run = votingRun(judged, [after]);
    vote(run, { ann: { vote: "a", reason: "it is short" }, bob: "b", cyd: null });
    const work = run.work("decide/decide_judge/decide_ruling");
    expect(work).toMatchObject({ request: { kind: "agent", agent: "judge", prompt: "be fair" } });
    expect(JSON.stringify(work)).toContain("it is short");
    run.ok("decide/decide_judge/decide_ruling", { output: { vote: "b", reason: "it is clear" } });
    expect(run.work("after")).toMatchObject({ request: { args: "b" } });
    expect(decisionOf(run, "decide/decide_result")).toMatchObject({
      decided_by: "judge",
      dissent: [{ voter: "ann", vote: "a", reason: "it is short" }],
      open: ["a", "b"],
      absent: ["cyd"],
    });
    expect(run.node("decide").end).toBe("verified");
    const [shown] = viewOf(run.state).nodes.filter(({ address }) => address === "decide");
    expect(shown?.output).toEqual(run.node("decide/decide_result").outcome?.output);
  });

  it("asks nobody where the votes decide, or where it is not open", () => {
    for (const [bob, status] of [
      ["a", "decided"],
      [null, "no_quorum"],
    ] as const) {
      const run = votingRun({ ...judged, quorum: 2, by: ["eve"], otherwise: "accept" });
      vote(run, { ann: "a", bob, cyd: null });
      expect(run.owed).toEqual([]);
      expect(run.node("decide/decide_judge").end).toBe("skipped");
      expect(run.node("decide/decide_human").end).toBe("skipped");
      expect(decisionOf(run, "decide/decide_result").status).toBe(status);
      const decisions = acceptedOf(run.state).filter(({ kind }) => kind === "decision");
      expect(decisions.map(({ address }) => address)).toEqual(
        status === "decided" ? [] : ["decide/decide_result"],
      );
    }
  });

  it("asks the judge once more when what it is for is not open", () => {
    const run = votingRun({ ...judged, options: ["a", "b", "c"] });
    vote(run, { ann: "a", bob: "b", cyd: null });
    const address = "decide/decide_judge/decide_ruling";
    run.ok(address, { output: { vote: "c", reason: "why not" } });
    run.fire(`retrying:${address}`);
    expect(run.node(address)).toMatchObject({ attempt: 2, phase: "running" });
    run.ok(address, { output: { vote: "c", reason: "why not" } });
    expect(run.node("decide/decide_result").failure).toMatchObject({ code: "NO_DECISION" });
  });

  it("goes to a person when the judge's answer stays of the wrong shape", () => {
    const run = votingRun({ ...judged, by: ["eve"] });
    vote(run, { ann: "a", bob: "b", cyd: null });
    const message = "output.vote: x is neither a nor b";
    run.fail("decide/decide_judge/decide_ruling", { code: "OUTPUT_SHAPE", message, class: "failure" });
    expect(run.node("decide/decide_human")).toMatchObject({ phase: "waiting" });
  });

  it("goes to a person when the judge does not decide", () => {
    const run = votingRun({ ...judged, by: ["eve"] });
    vote(run, { ann: "a", bob: "b", cyd: null });
    run.fail("decide/decide_judge/decide_ruling");
    const asked = run.node("decide/decide_human");
    expect(asked).toMatchObject({ phase: "waiting" });
    expect(asked.ask?.text).toContain('"a" and "b" have 1 of 2 votes each');
    expect(askOf(asked)?.schema).toEqual({ enum: ["a", "b"] });
    run.give({ type: "answer", address: "decide/decide_human", value: "a", by: "eve" });
    expect(decisionOf(run, "decide/decide_result")).toMatchObject({ decision: "a", decided_by: "human" });
  });

  it("is the option that is named for it", () => {
    const run = votingRun({ tie: "b", options: ["a", "b"] }, [after]);
    vote(run, { ann: "a", bob: "b", cyd: null });
    expect(decisionOf(run)).toMatchObject({ decision: "b", decided_by: "default" });
  });

  it("cannot be decided by what is no count", () => {
    for (const of of [
      "${ 1 }",
      { counts: [1], open: ["a"], invalid: [], reason: "" },
      { counts: [], open: [] },
    ]) {
      const chain = [{ name: "decide", tally: { of, rulings: { judge: "a" } } }];
      const run = new CoreRun(workflowOf({ name: "vote", chain }));
      expect(run.node("decide").failure?.message).toContain("is not what a tally gives");
    }
  });
});
