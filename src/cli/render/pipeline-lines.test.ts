import { expect, it } from "vitest";
import { workedFigures } from "../../../test/cli/figures.ts";
import { nodeView, runView } from "../../../test/cli/views.ts";
import { letterLines } from "./dead-letters.ts";
import type { Shown } from "./out.ts";
import { figuresLines } from "./pipeline-lines.ts";
import { runLines } from "./run-lines.ts";

const textOf = (lines: readonly Shown[]) =>
  lines.map((line) =>
    (typeof line === "string" ? [line] : line)
      .map((span) => (typeof span === "string" ? span : span.text))
      .join("")
      .trimEnd(),
  );

it("a shown run has the figures of a pipeline below its node", () => {
  const view = runView([
    nodeView("events", { action: "pipeline", status: "verified", title: "in.jsonl → out.jsonl" }),
    nodeView("after"),
  ]);
  const pipelines = [{ address: "events", figures: workedFigures, letters: 12 }];
  const landing = { landed: [], filesToLand: 0 };
  const lines = textOf(
    runLines(view, {
      status: "executing",
      pausing: undefined,
      landing,
      pipelines,
      now: view.updatedAt + 60_000,
      width: 80,
    }),
  );
  expect(lines[1]).toContain("took 1m 00s");
  expect(lines.slice(-9)).toEqual([
    "  verified    events in.jsonl → out.jsonl",
    "                    out  waiting  at work  rec/s   p95  errors  dead   cost",
    "    source       12,000   1.5 MB           1,203                   2",
    "    parse        11,790        0      0/4  1,180   8ms      0%    10",
    "    explain      11,290      500      2/2     42  1.9s      2%     0  $1.50",
    "    → out.jsonl  11,290        0      0/1     42   3ms      0%     0",
    "    at work for 1m 05s",
    "    12 dead letters: tutti pipeline dead run1",
    "  pending     after echo after",
  ]);
});

it("a shown run says of a pipeline that ended elsewhere that its figures are not here", () => {
  const done = { action: "pipeline", status: "verified", title: "in.jsonl → out.jsonl" } as const;
  const view = runView([nodeView("events", done), nodeView("again", { ...done, reused: true })]);
  const landing = { landed: [], filesToLand: 0 };
  const shown = {
    status: "completed",
    pausing: undefined,
    landing,
    pipelines: [],
    now: 0,
    width: 80,
  } as const;
  expect(textOf(runLines(view, shown)).slice(-3)).toEqual([
    "  verified    events in.jsonl → out.jsonl",
    "    its figures are not here",
    expect.stringContaining("again in.jsonl → out.jsonl"),
  ]);
});

it("a dead letter is told with where it died and why", () => {
  const letter = {
    letter: 3,
    stage: "explain",
    at: new Date(2026, 10, 20, 19, 47, 2).getTime(),
    code: "TIMEOUT",
    reason: "it took too long",
    origin: "in.jsonl:17",
    no: 16,
    text: `{"a": "${"x".repeat(300)}"}`,
    whole: true,
  };
  const [head, text, ...rest] = textOf(letterLines(letter));
  expect(head).toBe("#3 explain · in.jsonl:17 · 2026-11-20 19:47:02 · TIMEOUT: it took too long");
  expect(text).toBe(`    {"a": "${"x".repeat(192)}…`);
  expect(rest).toEqual([]);
  const { stage: _, origin: __, ...unread } = letter;
  const [unreadHead, , note] = textOf(letterLines({ ...unread, whole: false }));
  expect(unreadHead).toContain("#3 source · 2026");
  expect(note).toBe("    it is no whole record, and cannot be replayed");
});

it("shown figures have the alerts that are not over", () => {
  const since = new Date(2026, 10, 20, 19, 47, 2).getTime();
  const figures = { ...workedFigures, alerts: [{ name: "dear", when: "cost > 1", since }] };
  const lines = textOf(figuresLines({ address: "events", figures }, { runId: "run1" }));
  expect(lines.at(-1)).toBe("alert dear: cost > 1, since 2026-11-20 19:47:02");
});
