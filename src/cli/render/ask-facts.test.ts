import { describe, expect, it } from "vitest";
import { viewOf } from "../../core/view.ts";
import type { AskAction } from "../../language/asking.ts";
import { CoreRun } from "../../testing/core-run.ts";
import { stepOf, workflowWith } from "../../testing/holders.ts";
import { askFact, askLines } from "./ask-facts.ts";
import { askLine } from "./ask-line.ts";

const action: AskAction = {
  kind: "ask",
  ask: "approval",
  text: "Ship?",
  by: ["ann", "bob"],
  quorum: 2,
  deadlineMs: 60_000,
  otherwise: false,
  escalate: [
    { afterMs: 1000, notify: "terminal" },
    { afterMs: 2000, notify: { webhook: "http://x/${ inputs.none.there }" } },
    { afterMs: 3000, notify: { webhook: "http://x/secret" } },
  ],
};

function asking(changes: Partial<AskAction> = {}): CoreRun {
  return new CoreRun(workflowWith([stepOf("ship", { ...action, ...changes })]));
}

function nodeOf(run: CoreRun) {
  const [node] = viewOf(run.state).nodes;
  if (!node) throw new Error("the run has no node");
  return node;
}

function linesOf(run: CoreRun): readonly string[] {
  return run.events.flatMap((event) =>
    event.type === "ask.started" || event.type === "ask.answered" || event.type === "ask.escalated"
      ? Object.values(askLine(event)).join(" ")
      : [],
  );
}

describe("a question that is shown", () => {
  it("says how many approved it, how far it was escalated, and what everybody said", () => {
    const run = asking();
    expect(askFact(nodeOf(run))).toBe("0 of 2 approved");
    run.give({ type: "answer", address: "ship", value: true, by: "ann", reason: "looks good" });
    run.fire("escalate:ship");
    expect(askFact(nodeOf(run))).toBe("1 of 2 approved · escalated, level 1 of 3");
    expect(askLines(nodeOf(run))).toEqual([
      expect.stringMatching(/^ {2}asked .*, may be answered by ann, bob, 2 of them$/),
      "  ann: yes: looks good",
    ]);
    run.fire("waiting:ship");
    expect(askFact(nodeOf(run))).toBe("");
    expect(askLines(nodeOf(run)).at(-1)).toBe("  nobody before the deadline: no");
    const { deadlineMs: _, otherwise: __, ...open } = action;
    const question = new CoreRun(
      workflowWith([stepOf("ship", { ...open, ask: "question", by: [], quorum: 1 })]),
    );
    expect(askFact(nodeOf(question))).toBe("");
    question.give({ type: "answer", address: "ship", value: { a: 1 }, by: "eve" });
    expect(askLines(nodeOf(question)).at(-1)).toBe('  eve: {"a":1}');
  });

  it("is a line for each of its events, and never shows a webhook's URL", () => {
    const run = asking();
    run.give({ type: "answer", address: "ship", value: true, by: "ann", reason: "looks good" });
    for (let level = 1; level <= 3; level += 1) run.fire("escalate:ship");
    run.fire("waiting:ship");
    expect(linesOf(run)).toEqual([
      expect.stringMatching(/^asks ship until .*: Ship\?$/),
      "answered ship with yes by ann: looks good",
      "escalated ship to level 1: terminal",
      expect.stringMatching(/^escalated ship to level 2: cannot be told: /),
      "escalated ship to level 3: webhook",
      "answered ship with no: nobody did in time, and its `otherwise` stands",
    ]);
  });
});
