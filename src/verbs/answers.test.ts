import { describe, expect, it } from "vitest";
import { advance } from "../core/advance.ts";
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
  return checkedAnswer(run.state, { type: "answer", address: "q", value, by: "ann", ...more }).value;
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

  it("names who works here when nobody is named", () => {
    const run = asking();
    expect(checkedAnswer(run.state, { type: "answer", address: "q", value: "x" }).by).toMatch(/./);
  });

  it("is refused where nothing is asked, with what is", () => {
    const run = asking();
    const to = (address: string) => () => checkedAnswer(run.state, { type: "answer", address, value: "x" });
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
