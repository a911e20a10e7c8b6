import { expect, it } from "vitest";
import { workedFigures } from "../../../test/cli/figures.ts";
import { nodeView, runView } from "../../../test/cli/views.ts";
import type { NodeView } from "../../core/view.ts";
import { summaryLines } from "./summary.ts";

function countsOf(nodes: readonly NodeView[]): string {
  const ending = { view: runView(nodes), stopped: false, tails: new Map(), waitsFor: [], next: undefined };
  const counts = summaryLines(ending)[1] ?? "";
  const spans = typeof counts === "string" ? [counts] : counts;
  return spans.map((span) => (typeof span === "string" ? span : span.text)).join("");
}

it("the end of a run tells once what to type", () => {
  const ask = (fix: string) => {
    const failure = { code: "REJECTED", message: "no", class: "permanent", fix } as const;
    const view = runView([nodeView("y", { status: "failed", endedAt: 1, failure })], { status: "failed" });
    const ending = { view, stopped: false, tails: new Map(), waitsFor: [], next: "tutti resume r1" };
    return summaryLines(ending).filter((line) => JSON.stringify(line).includes("resume")).length;
  };
  expect(ask("to ask again: tutti resume r1")).toBe(1);
  expect(ask("to ask again: tutti resume r1 --from y")).toBe(2);
});

it("the end of a run says whose lines were dropped where a side was taken", () => {
  const evidence = { landed: "c1", side: "ours", decided: ["f"] };
  const gate = {
    name: "landing",
    when: "after",
    level: "blocking",
    attempt: 1,
    passed: true,
    evidence,
  } as const;
  const view = runView([nodeView("y", { gates: [gate] })]);
  const ending = { view, stopped: false, tails: new Map(), waitsFor: [], next: undefined };
  expect(summaryLines(ending)).toContainEqual(
    expect.stringMatching(/^  changed on both sides: f; what y did to the same lines did not land/),
  );
});

it("the end of a run tells a loop that failed though its steps ended well", () => {
  const work = nodeView("polish#1/work", { status: "verified", endedAt: 1 });
  const polish = nodeView("polish", { kind: "loop", status: "failed", endedAt: 1 });
  expect(countsOf([polish, work])).toBe("  1 step: 1 verified · 1 loop failed");
  expect(countsOf([{ ...polish, failedWithin: true }, work])).toBe("  1 step: 1 verified");
  expect(countsOf([{ ...polish, kind: "group" }, work])).toBe("  1 step: 1 verified · 1 block failed");
});

it("the end of a process says that what it cut off has a price nobody knows", () => {
  const { ledger, budget } = runView([]);
  const view = runView([nodeView("y", { status: "running" })], {
    ledger: { ...ledger, agents: 1 },
    budget: { ...budget, underWay: 1 },
  });
  const lines = (stopped: boolean) =>
    summaryLines({ view, stopped, tails: new Map(), waitsFor: [], next: undefined });
  expect(lines(true)).toContain("  cost unknown (1 price) · 0 tokens · 1 agent attempt");
  expect(lines(false)).toContain("  cost $0.00 · 0 tokens · 1 agent attempt");
});

it("the end of a run tells what became of the records of its pipelines, and where the dead ones are", () => {
  const textOf = (letters: number) =>
    summaryLines({
      view: runView([nodeView("events", { action: "pipeline", status: "verified" })], {
        status: "completed",
      }),
      stopped: false,
      tails: new Map(),
      waitsFor: [],
      next: undefined,
      pipelines: [{ address: "events", figures: workedFigures, letters }],
    }).map((line) =>
      (typeof line === "string" ? [line] : line)
        .map((span) => (typeof span === "string" ? span : span.text))
        .join(""),
    );
  expect(textOf(12)).toContain(
    "  records of events: 12,000 read, 11,290 written, 200 filtered out, 12 dead (2 unreadable); 500 records on their way",
  );
  expect(textOf(12)).toContain("  12 dead letters: tutti pipeline dead run1");
  expect(textOf(0).join("\n")).not.toContain("dead letter");
});
