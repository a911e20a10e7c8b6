import { describe, expect, it } from "vitest";
import { advance } from "../core/advance.ts";
import { isTuttiError } from "../errors.ts";
import type { Json } from "../expression/json.ts";
import type { AskAction } from "../language/asking.ts";
import { CoreRun } from "../testing/core-run.ts";
import { stepOf, workflowWith } from "../testing/holders.ts";
import { checkedAnswer } from "./answers.ts";
import { asksOf } from "./asks.ts";

const question: AskAction = {
  kind: "ask",
  ask: "question",
  text: "What?",
  by: [],
  quorum: 1,
  escalate: [],
};

function asking(action: Partial<AskAction> = {}): CoreRun {
  return new CoreRun(workflowWith([stepOf("q", { ...question, ...action }), stepOf("later")]));
}

function taken(
  run: CoreRun,
  value: Json,
  more: { readonly by?: string; readonly typed?: boolean } = {},
): Json {
  return checkedAnswer(run.state, { type: "answer", address: "q", value, by: "ann", at: run.now, ...more })
    .value;
}

describe("an answer that was typed", () => {
  it("is JSON where that fits what is asked, else text", () => {
    const typed = { typed: true };
    expect(taken(asking({ schema: { type: "number" } }), "5", typed)).toBe(5);
    expect(taken(asking({ schema: { type: "string" } }), "5", typed)).toBe("5");
    expect(taken(asking({ schema: { type: "string" } }), '"5"', typed)).toBe("5");
    expect(taken(asking({ schema: { enum: ["red", "true"] } }), "true", typed)).toBe("true");
    expect(taken(asking(), '{"a": [1]}', typed)).toEqual({ a: [1] });
    expect(taken(asking(), "{not json", typed)).toBe("{not json");
    expect(taken(asking(), 7, typed)).toBe(7);
  });

  it("is taken as it is when a program gives it", () => {
    expect(taken(asking(), "5")).toBe("5");
  });
});

describe("an answer", () => {
  it("is refused with what is wrong and what to do", () => {
    const numbers = asking({ schema: { type: "number" } });
    expect(() => taken(numbers, "many", { typed: true })).toThrow(/^Cannot answer "q": answer: /);
    expect(() => taken(asking({ by: ["bob"] }), "x")).toThrow("ann is not asked; who may answer: bob");
    const approval = asking({ ask: "approval" });
    expect(() => taken(approval, "yes")).toThrow("an approval is yes or no");
    expect(taken(approval, true)).toBe(true);
  });

  it("is refused for what is wrong with the reading that is of the kind asked for", () => {
    const typed = { typed: true };
    const count = asking({ schema: { type: "integer", minimum: 1 } });
    expect(() => taken(count, "0", typed)).toThrow(/0 is less than .*1/);
    const verdict = asking({ schema: { type: "object", required: ["verdict"] } });
    expect(() => taken(verdict, '{"objection": "x"}', typed)).toThrow(/verdict/);
    const word = asking({ schema: { type: "string", maxLength: 2 } });
    expect(() => taken(word, "12345", typed)).toThrow(/too long/);
    expect(() => taken(asking({ schema: { enum: ["a"] } }), "5", typed)).toThrow(/answer: /);
  });

  it("is refused with what helps against the reason, and with --as only for who is not asked", () => {
    const fixOf = (give: () => unknown): string | undefined => {
      try {
        give();
      } catch (error) {
        return isTuttiError(error) ? error.fix : undefined;
      }
      return undefined;
    };
    const by = ["ann", "bob"];
    const approval = asking({ ask: "approval", by, quorum: 2 });
    expect(fixOf(() => taken(approval, true, { by: "eve" }))).toMatch(/^say who you are: --as ann\|bob; /);
    expect(fixOf(() => taken(approval, "yes"))).toMatch(/^tutti approve r1 q --as NAME, or: tutti reject /);
    approval.give({ type: "answer", address: "q", value: true, by: "ann" });
    expect(() => taken(approval, true)).toThrow("ann has approved it already");
    expect(fixOf(() => taken(approval, true))).toBe(
      "somebody else has to approve it; see what is asked: tutti asks r1",
    );
    const shaped = asking({ by, schema: { type: "number" } });
    expect(fixOf(() => taken(shaped, "many"))).toBe(
      'its shape is {"type":"number"}; see what is asked: tutti asks r1',
    );
    const large = asking({ schema: { enum: ["x".repeat(400)] } });
    expect(fixOf(() => taken(large, "y"))).toMatch(/^its shape is in the workflow; /);
  });

  it("is refused after the deadline, with what stands for it and how to ask again", () => {
    const run = asking({ deadlineMs: 1000, otherwise: "x" });
    run.now += 999;
    expect(taken(run, "y")).toBe("y");
    run.now += 1;
    expect(() => taken(run, "y")).toThrow(
      expect.objectContaining({
        code: "ANSWER_REFUSED",
        message: 'Cannot answer "q": its deadline has passed, and "x" stands for an answer',
        fix: "go on with that: tutti resume r1; or ask again: tutti resume r1 --from q",
      }),
    );
  });

  it("is not asked for any more after the deadline", () => {
    const run = asking({ deadlineMs: 1000, otherwise: "x" });
    expect(asksOf(run.state)[0]?.lines).toEqual(["tutti answer r1 q VALUE"]);
    expect(asksOf(run.state, run.now + 1000)).toMatchObject([
      { late: 'its deadline has passed, and "x" stands for an answer', lines: ["tutti resume r1"] },
    ]);
  });

  it("names who works here when nobody is named", () => {
    const run = asking();
    expect(checkedAnswer(run.state, { type: "answer", address: "q", value: "x", at: run.now }).by).toMatch(
      /./,
    );
  });

  it("is refused where nothing is asked, with what is", () => {
    const run = asking();
    const to = (address: string) => () =>
      checkedAnswer(run.state, { type: "answer", address, value: "x", at: run.now });
    expect(to("elsewhere")).toThrow("no such node of the run asks anything");
    expect(to("later")).toThrow("it asks nothing");
    run.give({ type: "answer", address: "q", value: "x", by: "ann" });
    expect(to("q")).toThrow("it was answered already, by ann");
  });

  it("to an interrupted step is rerun or fail", () => {
    const run = new CoreRun(workflowWith([stepOf("q", undefined, { onInterrupt: "ask" })]));
    run.crash();
    expect(asksOf(run.state)).toMatchObject([
      { kind: "interrupted", lines: ["tutti answer r1 q rerun", "tutti answer r1 q fail"] },
    ]);
    expect(taken(run, "rerun", { typed: true })).toBe("rerun");
    expect(() => taken(run, "maybe")).toThrow("the answer is rerun or fail");
    advance(run.state, { type: "answer", address: "q", value: "fail", at: run.now });
    expect(asksOf(run.state)).toEqual([]);
  });
});
