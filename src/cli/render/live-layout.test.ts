import { assert, constantFrom, integer, property, record, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { workedFigures } from "../../../test/cli/figures.ts";
import { manyNodes, nodeView, runView } from "../../../test/cli/views.ts";
import type { NodeView } from "../../core/view.ts";
import { firstUi } from "./live-keys.ts";
import { type Frame, layoutFrame, layoutSummary, type Size } from "./live-layout.ts";
import { lineText } from "./lines.ts";
import { displayWidth } from "./width.ts";
import { asciiGlyphs, unicodeGlyphs } from "./words.ts";

const frame = (nodes: readonly NodeView[], rest: Partial<Frame> = {}): Frame => ({
  view: runView(nodes),
  now: 80_000,
  since: 0,
  ui: firstUi,
  glyphs: unicodeGlyphs,
  keys: [
    { key: "p", does: "pause" },
    { key: "q", does: "leave" },
  ],
  lastLine: () => undefined,
  outputOf: () => [],
  figuresOf: () => undefined,
  ...rest,
});

const drawn = (of: Frame, size: Size = { columns: 80, rows: 12 }) =>
  layoutFrame(of, size).lines.map((line) => lineText(line).trimEnd());

const some: readonly NodeView[] = [
  nodeView("lint", { status: "verified", startedAt: 0, endedAt: 4100 }),
  nodeView("group", { kind: "group", status: "open", startedAt: 4000, title: "2 steps, sequence" }),
  nodeView("group/日本", {
    status: "running",
    startedAt: 20_000,
    attempt: 2,
    costUsd: 0.12,
  }),
  nodeView("group/next"),
  nodeView("bad", {
    status: "failed",
    startedAt: 0,
    endedAt: 1000,
    costUsd: null,
    failure: { code: "TIMEOUT", message: "Cannot finish\n\u001b[2Jit", class: "timeout" },
  }),
];

describe("a frame", () => {
  it("has a header, the tree with what is to be said of each step, and the keys", () => {
    const lastLine = (address: string) => (address === "group/日本" ? "compiling" : undefined);
    const view = runView(some, { ledger: { ...runView([]).ledger, costUsd: 0.12, unknownCosts: 1 } });
    expect(drawn(frame(some, { lastLine, view }))).toEqual([
      "● executing 1m 20s  demo  run1",
      "2 of 4 done · 1 running · 1 failed  cost ≥ $0.12, 1 price unknown of $10.00",
      "",
      "  ✓ lint   verified         4.1s            echo lint",
      "  ● group  running        1m 16s            2 steps, sequence",
      "  ●   日本 running    ×2  1m 00s     $0.12  compiling",
      "  .   next pending                          echo group/next",
      "  ✗ bad    failed             1s   unknown  TIMEOUT: Cannot finish it",
      "",
      "",
      "",
      "p pause   q leave",
    ]);
  });

  it("says what each step waits for, and where results come from", () => {
    const failure = { code: "QUOTA", message: "too many", class: "quota" } as const;
    const nodes = [
      nodeView("a", { status: "retrying", startedAt: 0, dueAt: 84_000, failure }),
      nodeView("b", { status: "retrying", startedAt: 0 }),
      nodeView("c", { status: "waiting", startedAt: 0, title: "signal go" }),
      nodeView("d", {
        status: "waiting",
        startedAt: 0,
        title: "time",
        dueAt: new Date(2026, 0, 1, 9).getTime(),
      }),
      nodeView("e", { status: "asking", startedAt: 0 }),
      nodeView("f", { status: "blocked", reason: '"a" did not end well' }),
      nodeView("g", { status: "verified", startedAt: 0, endedAt: 9, reused: true }),
      nodeView("h", { status: "verified", startedAt: 0, endedAt: 9, cached: true }),
      nodeView("i", { status: "not-run" }),
      nodeView("j", { status: "skipped" }),
      nodeView("k", { status: "failed", reason: "no reason" }),
      nodeView("l", { status: "gates", startedAt: 0, checks: "tests" }),
      nodeView("~undo", { undoes: "", status: "ready" }),
      nodeView("m", { kind: "group", status: "failed", failedWithin: true, failure }),
    ];
    const lines = drawn(frame(nodes), { columns: 110, rows: 20 }).slice(3, 17);
    expect(lines.map((line) => line.replaceAll(/ +/g, " ").trim())).toEqual([
      "↻ a retrying 1m 20s again in 4s: QUOTA: too many",
      "↻ b retrying 1m 20s again soon: a gate did not hold",
      "= c waiting 1m 20s signal go",
      "= d waiting 1m 20s time until 09:00:00",
      "? e asks 1m 20s was interrupted: tutti answer run1 e rerun|fail",
      '/ f blocked "a" did not end well',
      "✓ g verified reused from before",
      "✓ h verified 0s from the cache",
      ". i not run",
      "- j skipped",
      "✗ k failed no reason",
      '◆ l checking 1m 20s gate "tests" echo l',
      "○ undo of the workflow ready echo ~undo",
      "✗ m failed",
    ]);
  });

  it("tells how many steps it has no room for", () => {
    const lines = drawn(frame(manyNodes(1000)), { columns: 60, rows: 12 });
    expect(lines.at(-3)).toBe("  … 896 more: 448 verified, 448 pending");
    const selected = { ...firstUi, selected: "g500/s505" };
    const window = drawn(frame(manyNodes(1000), { ui: selected }), { columns: 60, rows: 12 });
    expect(window[3]).toBe("  ↑ 503 more");
    expect(window[6]).toMatch(/^❯ \. {3}s505/);
    expect(window.at(-3)).toBe("  ↓ 492 more");
  });

  it("shrinks to the header's one line and a few steps", () => {
    expect(drawn(frame(some), { columns: 20, rows: 5 })).toEqual([
      "● executing 1m 20s …",
      "  ● group   1m 16s",
      "  ●   日本  1m 00s",
      "  … 3 more: 1 verif…",
      "p pause   q leave",
    ]);
    expect(drawn(frame(some), { columns: 20, rows: 1 })).toEqual(["● executing 1m 20s …"]);
  });

  it("asks before it cancels, and shows remarks in place of the keys", () => {
    expect(drawn(frame(some, { ui: { ...firstUi, mode: "confirm" } })).at(-1)).toMatch(
      /^Cancel the run\?.*y cancel/,
    );
    expect(drawn(frame(some, { note: "stopping" })).at(-1)).toBe("stopping");
    expect(drawn(frame(some, { keys: [] })).at(-1)).toBe("");
  });

  it("says that a pause or a cancel was asked for, and how long it is likely to take", () => {
    expect(drawn(frame(some, { asked: "pause" }))[0]).toMatch(/^= pausing 1m 20s/);
    expect(drawn(frame(some, { asked: "cancel", predictedMs: 90_000 }))[0]).toMatch(
      /^● cancelling 1m 20s of about 1m 30s/,
    );
    const over = runView(some, { status: "failed", updatedAt: 5000, reason: "it broke" });
    expect(drawn(frame(some, { view: over, asked: "pause", predictedMs: 9 }))[0]).toBe(
      "✗ failed 5s  demo  run1  it broke",
    );
    const till = new Date(2026, 10, 20, 19, 47, 5).getTime();
    const idle = runView(some, { status: "waiting", updatedAt: 5000, reason: `a try at {time:${till}}` });
    expect(drawn(frame(some, { view: idle }))[0]).toContain("a try at 2026-11-20 19:47:05");
  });

  it("shows the last lines a step printed, from where they were scrolled to", () => {
    const output = Array.from({ length: 20 }, (_, line) => `line ${line}`);
    const ui = { mode: "output", selected: "lint", back: 0 } as const;
    const of = frame(some, { ui, outputOf: () => output });
    expect(drawn(of).slice(3, 10)).toEqual(["── lint", ...output.slice(14)]);
    expect(drawn({ ...of, ui: { ...ui, back: 3 } })[3]).toBe("── lint (3 more below)");
    expect(drawn({ ...of, ui: { ...ui, back: 99 } })[4]).toBe("line 0");
    expect(drawn(frame(some, { ui }))[4]).toBe(
      "Nothing is kept here. All that it printed: tutti logs run1 lint",
    );
  });

  it("is ASCII where the terminal is", () => {
    const lines = drawn(
      frame(
        some.filter((node) => node.name !== "日本"),
        { glyphs: asciiGlyphs },
      ),
    );
    expect(lines.join("\n")).toMatch(/^[\n\u0020-\u007e]*$/);
  });

  it("fits every terminal, whatever the names", () => {
    const name = string({ unit: "binary", maxLength: 30 });
    const status = constantFrom("running", "failed", "verified", "waiting", "pending" as const);
    const sizes = record({ columns: integer({ min: 1, max: 120 }), rows: integer({ min: 1, max: 40 }) });
    assert(
      property(name, status, integer({ min: 0, max: 50 }), sizes, (text, state, count, size) => {
        const nodes = Array.from({ length: count }, (_, index) =>
          nodeView(`n${index}`, { name: text, title: text, status: state, depth: index % 9, startedAt: 0 }),
        );
        const { lines } = layoutFrame(frame(nodes), size);
        expect(lines.length).toBeLessThanOrEqual(size.rows);
        for (const line of lines) {
          expect(displayWidth(lineText(line))).toBeLessThanOrEqual(size.columns);
          expect(lineText(line)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        }
      }),
    );
  });

  it("fits 10,000 steps as well", () => {
    const { lines } = layoutFrame(frame(manyNodes(10_000)), { columns: 80, rows: 24 });
    expect(lines.length).toBeLessThanOrEqual(24);
  });
});

describe("a frame of a pipeline", () => {
  const nodes = [
    nodeView("prepare", { status: "verified", startedAt: 0, endedAt: 1000 }),
    nodeView("events", { status: "running", startedAt: 20_000, action: "pipeline" }),
    nodeView("after"),
  ];
  const figuresOf = (address: string) => (address === "events" ? workedFigures : undefined);

  it("has a row for each stage below the row of its step", () => {
    expect(drawn(frame(nodes, { figuresOf }), { columns: 80, rows: 16 }).slice(3, 11)).toEqual([
      "  ✓ prepare verified       1s  echo prepare",
      "  ● events  running    1m 00s  12,000 read (1,203/s), 11,290 written, 12 dead; …",
      "                    out  waiting  at work  rec/s   p95  errors  dead   cost",
      "    source       12,000   1.5 MB           1,203                   2",
      "    parse        11,790        0      0/4  1,180   8ms      0%    10",
      "    explain      11,290      500      2/2     42  1.9s      2%     0  $1.50",
      "    → out.jsonl  11,290        0      0/1     42   3ms      0%     0",
      "  . after   pending            echo after",
    ]);
  });

  it("leaves room for the steps, and has no table where that would say nothing", () => {
    const many = [...nodes, ...manyNodes(100)];
    const lines = drawn(frame(many, { figuresOf }), { columns: 80, rows: 20 });
    expect(lines.findIndex((line) => line.includes("→ out.jsonl"))).toBeGreaterThan(3);
    expect(lines.at(-3)).toMatch(/more: /);
    const small = drawn(frame(many, { figuresOf }), { columns: 80, rows: 8 });
    expect(small.join("\n")).not.toContain("source");
  });

  it("is left behind with its stages", () => {
    const lines = layoutSummary(frame(nodes, { figuresOf }), { columns: 80, rows: 60 }).map(lineText);
    expect(lines.length).toBe(nodes.length + 5);
  });

  it("fits every terminal", () => {
    const sizes = record({ columns: integer({ min: 1, max: 120 }), rows: integer({ min: 1, max: 40 }) });
    assert(
      property(integer({ min: 0, max: 50 }), sizes, (count, size) => {
        const { lines } = layoutFrame(frame([...nodes, ...manyNodes(count)], { figuresOf }), size);
        expect(lines.length).toBeLessThanOrEqual(size.rows);
        for (const line of lines) expect(displayWidth(lineText(line))).toBeLessThanOrEqual(size.columns);
      }),
    );
  });
});

describe("the summary that is left behind", () => {
  it("shows what still ran as interrupted", () => {
    const lines = layoutSummary(frame(some), { columns: 80, rows: 60 }).map(lineText);
    expect(lines.length).toBe(5);
    expect(lines[2]).toMatch(/^ {2}! {3}日本 interrupted/);
  });

  it("has of a wide list those that failed, and counts the others", () => {
    const items = { total: 300, begun: 300, working: 0, good: 298, failed: 2, atOnce: 8 };
    const nodes = [
      nodeView("review", { kind: "each", status: "claimed", startedAt: 0, endedAt: 5000, items }),
      ...Array.from({ length: 300 }, (_, index) =>
        nodeView(`review[${index}]/look`, {
          name: `[${index}] look`,
          depth: 1,
          status: index % 200 === 5 ? "failed" : "verified",
          startedAt: 0,
          endedAt: index,
        }),
      ),
    ];
    const lines = layoutSummary(frame(nodes), { columns: 80, rows: 60 }).map(lineText);
    expect(lines.map((line) => line.trimEnd().replaceAll(/ +/g, " "))).toEqual([
      " ◇ review claimed 5s 300 items, 2 failed",
      " ✗ [5] look failed 0s",
      " ✗ [205] look failed 0.2s",
      " … 298 more: 298 verified",
    ]);
  });
});
