import { describe, expect, it } from "vitest";
import type { AskAction } from "../../language/asking.ts";
import { answer, approval, asking, question } from "../../testing/asking-run.ts";
import { beginning, CoreRun, workflowOf } from "../../testing/core-run.ts";
import { chainOf, stepOf, workflowWith } from "../../testing/holders.ts";
import { answerLines } from "../answer-lines.ts";
import { explain } from "../why.ts";

describe("an approval", () => {
  it("asks with its text filled in, waits holding nothing, and ends with who approved", () => {
    const run = asking(approval);
    expect(run.status).toBe("waiting");
    expect(run.state.reason).toBe('an answer to "ship"');
    expect(run.owed).toEqual([]);
    expect(run.node("ship").ask).toMatchObject({ text: "Ship it?", askedAt: beginning });
    answer(run, true, "ann", "looks good");
    expect(run.status).toBe("completed");
    expect(run.node("ship").outcome?.output).toEqual({ approved: true, by: ["ann"], reason: "looks good" });
  });

  it("fails with REJECTED and the reason when anybody says no", () => {
    const run = asking({ ...approval, quorum: 3 });
    answer(run, true, "ann");
    answer(run, false, "bob", "not on a Friday");
    expect(run.status).toBe("failed");
    expect(run.node("ship").failure).toMatchObject({
      code: "REJECTED",
      message: "It was rejected: bob said no: not on a Friday",
      fix: "to ask again: tutti resume r1",
    });
  });

  it("needs as many different people as its quorum says", () => {
    const run = asking({ ...approval, quorum: 2, by: ["ann", "bob", "cy"] });
    answer(run, true, "ann");
    expect(answer(run, true, "ann")).toMatchObject([
      { type: "effect.dropped", reason: "ann has approved it already" },
    ]);
    expect(answer(run, true, "eve")).toMatchObject([
      { type: "effect.dropped", reason: "eve is not asked; who may answer: ann, bob, cy" },
    ]);
    expect(answer(run, true)).toMatchObject([{ type: "effect.dropped" }]);
    expect(run.status).toBe("waiting");
    answer(run, true, "cy");
    expect(run.node("ship").outcome?.output).toEqual({ approved: true, by: ["ann", "cy"] });
  });

  it("does not count those without a name when several have to approve", () => {
    const run = asking({ ...approval, quorum: 2 });
    expect(answer(run, true)).toMatchObject([
      { reason: "it does not say who answers, and several people have to" },
    ]);
    const one = asking(approval);
    answer(one, true);
    expect(one.node("ship").outcome?.output).toEqual({ approved: true, by: ["somebody"] });
  });

  it("refuses what is neither yes nor no, and what comes when nothing is asked", () => {
    const run = asking(approval);
    expect(answer(run, "sure", "ann")).toMatchObject([{ reason: "an approval is yes or no" }]);
    answer(run, true, "ann");
    expect(answer(run, true, "bob")).toMatchObject([{ type: "effect.dropped" }]);
  });

  it("is asked again after a restart only when its text or those who may answer changed", () => {
    const run = new CoreRun(workflowWith([stepOf("ship", approval), stepOf("after")]), {
      inputs: { what: "it" },
    });
    answer(run, true, "ann");
    run.fail("after");
    expect(run.status).toBe("failed");
    run.give({ type: "restart" });
    expect(run.node("ship")).toMatchObject({ end: "verified", reused: true });
    run.fail("after");
    run.give({ type: "restart", inputs: { what: "them" } });
    expect(run.ends).toMatchObject({ ship: "waiting" });
    expect(run.node("ship").ask?.text).toBe("Ship them?");
  });

  it("is not asked again because of a new deadline or escalation, but when others may answer", () => {
    const run = new CoreRun(workflowWith([stepOf("ship", approval), stepOf("after")]), {
      inputs: { what: "it" },
    });
    answer(run, true, "ann");
    run.fail("after");
    const later = { ...approval, deadlineMs: 5, escalate: [{ afterMs: 1, notify: "desktop" }] } as const;
    run.give({ type: "restart", workflow: workflowWith([stepOf("ship", later), stepOf("after")]) });
    expect(run.node("ship")).toMatchObject({ end: "verified", reused: true });
    run.fail("after");
    const others = { ...approval, by: ["bob"] };
    run.give({ type: "restart", workflow: workflowWith([stepOf("ship", others), stepOf("after")]) });
    expect(run.ends).toMatchObject({ ship: "waiting" });
  });

  it("may be answered while the run is paused, and what follows waits", () => {
    const run = new CoreRun(
      workflowWith([stepOf("ship", approval), stepOf("after", undefined, { needs: needsShip })]),
      {
        inputs: { what: "it" },
      },
    );
    run.give({ type: "pause" });
    answer(run, true, "ann");
    expect(run.ends).toMatchObject({ ship: "verified", after: "ready" });
    run.give({ type: "resume" });
    run.ok("after");
    expect(run.status).toBe("completed");
  });

  it("is over when the run is cancelled, or when its block has what it needs", () => {
    const run = asking(approval);
    run.give({ type: "cancel" });
    expect(run.status).toBe("cancelled");
    const group = {
      kind: "chain",
      chain: chainOf([stepOf("ship", approval), stepOf("other")], { parallelAlways: true }),
      join: "any",
    } as const;
    const joined = new CoreRun(workflowWith([stepOf("race", group)]), { inputs: { what: "it" } });
    joined.ok("race/other");
    expect(joined.ends).toMatchObject({ "race/ship": "cancelled" });
    expect(joined.status).toBe("completed");
  });

  it("fails when its text cannot be filled in", () => {
    const run = asking({ ...approval, text: "${ inputs.nothing.there }" });
    expect(run.node("ship").failure).toMatchObject({ code: "EXPRESSION_FAILED" });
  });
});

const needsShip = [{ step: "ship", because: "depends_on" }] as const;

describe("a question", () => {
  it("has the answers that another step gave, and none but a list", () => {
    const chain = [
      { name: "list", function: "f" },
      { name: "which", question: "Which?", answer: "${ list.output }" },
    ];
    const run = new CoreRun(workflowOf({ name: "asking", chain }));
    run.ok("list", { output: ["a", 2] });
    expect(answerLines(run.node("which"), "r1")).toEqual([
      "tutti answer r1 which a",
      "tutti answer r1 which 2",
    ]);
    const none = new CoreRun(workflowOf({ name: "asking", chain }));
    none.ok("list", { output: [] });
    expect(none.node("which").failure?.message).toBe("Cannot ask: [] is no list of answers");
  });

  it("ends with the answer", () => {
    const run = asking(question);
    answer(run, { colour: "red" }, "ann");
    expect(run.node("ship").outcome?.output).toEqual({ colour: "red" });
    expect(run.status).toBe("completed");
  });
});

describe("escalation", () => {
  const levels = [
    { afterMs: 1000, notify: "terminal" },
    { afterMs: 5000, notify: { webhook: "http://x/${ inputs.what }" } },
    { afterMs: 5000, notify: { file: "asks.jsonl" } },
  ] as const;

  it("goes up level by level, each once, also across processes, until somebody answers", () => {
    const run = asking({ ...approval, escalate: levels, deadlineMs: 90_000 });
    expect(run.owed).toEqual(["timer escalate:ship", "timer waiting:ship"]);
    expect(run.dueAt("escalate:ship")).toBe(beginning + 1000);
    expect(run.give({ type: "timer", timer: "escalate:ship" })).toEqual([]);
    run.fire("escalate:ship");
    expect(run.events.at(-1)).toMatchObject({ type: "ask.escalated", level: 1, notify: "terminal" });
    run.crash();
    run.fire("escalate:ship");
    const last = run.events.at(-1);
    expect(last).toMatchObject({ type: "ask.escalated", level: 2, notify: { webhook: "http://x/it" } });
    expect(run.dueAt("escalate:ship")).toBe(beginning + 5000);
    answer(run, true, "ann");
    expect(run.give({ type: "timer", timer: "escalate:ship" })).toEqual([]);
    expect(run.status).toBe("completed");
  });

  it("is owed until it was told; what is answered or asked anew needs no mark", () => {
    const run = asking({ ...approval, escalate: levels });
    const untold = () => run.node("ship").ask?.untold?.map(({ level }) => level);
    const askedAt = run.node("ship").ask?.askedAt ?? 0;
    const told = (level: number, more = {}) =>
      run.give({ type: "told", address: "ship", askedAt, level, ...more }).map(({ type }) => type);
    expect(told(1)).toEqual([]);
    run.fire("escalate:ship");
    run.fire("escalate:ship");
    expect(untold()).toEqual([1, 2]);
    expect(told(2)).toEqual(["ask.told"]);
    run.crash();
    expect(untold()).toEqual([1]);
    expect(told(2)).toEqual([]);
    expect(told(1, { askedAt: askedAt - 1 })).toEqual([]);
    expect(told(1, { address: "gone" })).toEqual([]);
    answer(run, true, "ann");
    expect(told(1)).toEqual([]);
    expect(run.status).toBe("completed");
  });

  it("says why it cannot be told when the place cannot be filled in", () => {
    const webhook = { afterMs: 1000, notify: { webhook: "${ inputs.nothing.there }" } };
    const run = asking({ ...approval, escalate: [webhook] });
    run.fire("escalate:ship");
    expect(run.events.at(-1)).toMatchObject({ type: "ask.escalated", level: 1, trouble: expect.any(String) });
    expect(run.owed).toEqual([]);
    const plain = asking({ ...approval, escalate: [{ afterMs: 1000, notify: { webhook: "http://x/" } }] });
    plain.fire("escalate:ship");
    expect(plain.events.at(-1)).toMatchObject({ notify: { webhook: "http://x/" } });
  });
});

describe("a process that ends at any moment", () => {
  it("goes on with what was answered", () => {
    const whole = asking({ ...approval, quorum: 2, escalate: [{ afterMs: 1, notify: "terminal" }] });
    answer(whole, true, "ann");
    whole.fire("escalate:ship");
    answer(whole, true, "bob");
    const log = [...whole.events];
    for (let kept = 2; kept <= log.length; kept += 1) {
      const run = asking(approval);
      run.events.length = 0;
      run.events.push(...log);
      run.now = whole.now;
      run.crash(kept);
      for (const by of ["ann", "bob"]) if (run.ends["ship"] === "waiting") answer(run, true, by);
      expect(run.status).toBe("completed");
      expect(run.node("ship").outcome?.output).toEqual({ approved: true, by: ["ann", "bob"] });
    }
  });
});

describe("the command lines for an answer", () => {
  it("can be typed as they are, also for items and odd choices", () => {
    const linesOf = (action: AskAction, name = "ship") => {
      const run = new CoreRun(workflowWith([stepOf(name, action)]), { inputs: { what: "it" } });
      return answerLines(run.node(name), "r1");
    };
    expect(linesOf(approval)).toEqual(["tutti approve r1 ship", 'tutti reject r1 ship --reason "…"']);
    expect(linesOf(approval, "it's[a]")[0]).toBe(String.raw`tutti approve r1 'it'\''s[a]'`);
    expect(linesOf({ ...question, schema: { enum: ["red", "dark blue", 3] } })).toEqual([
      "tutti answer r1 ship red",
      "tutti answer r1 ship 'dark blue'",
      "tutti answer r1 ship 3",
    ]);
    expect(linesOf({ ...question, schema: {} })).toEqual(["tutti answer r1 ship VALUE"]);
    const { schema: _, ...open } = question;
    expect(linesOf(open)).toEqual(["tutti answer r1 ship VALUE"]);
    const signing = asking({ ...approval, by: ["ann", "bob"], quorum: 2 });
    answer(signing, true, "ann");
    expect(answerLines(signing.node("ship"), "r1")[0]).toBe("tutti approve r1 ship --as bob");
    const run = new CoreRun(workflowWith([stepOf("s")]));
    expect(answerLines(run.node("s"), "r1")).toEqual([]);
  });
});

describe("why", () => {
  it("names who may answer, what is asked, and what to type", () => {
    const run = asking({ ...approval, by: ["ann", "bob", "cy"], quorum: 2, deadlineMs: 1000 });
    answer(run, true, "ann");
    expect(explain(run.state)).toEqual([
      {
        address: "ship",
        waitsFor: `approval by ann, bob or cy (1 of 2 so far) until {time:${beginning + 1000}}: Ship it?`,
        fix: "tutti approve r1 ship --as NAME",
      },
    ]);
    expect(explain(asking(question).state)).toMatchObject([
      { waitsFor: "an answer: Which colour?", fix: "tutti answer r1 ship STRING" },
    ]);
    expect(explain(asking({ ...question, by: ["ann"] }).state)).toMatchObject([
      { waitsFor: "an answer by ann: Which colour?" },
    ]);
  });
});
