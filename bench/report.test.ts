import { describe, expect, it } from "vitest";
import type { Figure } from "./figures.ts";
import { type BenchReport, isGood, reportJson, reportLines } from "./report.ts";

const machine = {
  at: "2026-11-20T20:00:00.000Z",
  node: "24.21.0",
  platform: "linux x64",
  cpus: 2,
  memoryMb: 8000,
  loadBefore: 0.5,
  loadAfter: 1.25,
};
const good: Figure = {
  name: "a.ratio",
  value: 0.91,
  unit: "ratio",
  spread: [0.85, 0.95],
  target: { atLeast: 0.8 },
};
const bad: Figure = {
  name: "b.going_on_ms",
  value: 1500,
  unit: "ms",
  target: { atMost: 1000 },
  note: "slow",
};
const plain: Figure = { name: "c.steps_per_s", value: 5234.5, unit: "steps/s" };

function reportOf(figures: readonly Figure[], more: Partial<BenchReport> = {}): BenchReport {
  return { machine, figures, skipped: {}, broken: {}, ...more };
}

describe("the table", () => {
  it("has one aligned line a figure, with its spread, target and verdict", () => {
    const lines = reportLines(
      reportOf([good, bad, plain], { skipped: { d: "no corpus" }, broken: { e: "it fell" } }),
    );
    expect(lines).toEqual([
      "2026-11-20T20:00:00.000Z · Node 24.21.0 · linux x64 · 2 processors · load 0.5 before, 1.3 after",
      "figure                 value  spread         target",
      "a.ratio              0.910 ×  0.850 … 0.950  ≥ 0.800  ok",
      "b.going_on_ms       1,500 ms                 ≤ 1,000  miss  slow",
      "c.steps_per_s  5,235 steps/s",
      "skipped d: no corpus",
      "broken e: it fell",
    ]);
  });
});

describe("the JSON", () => {
  it("is one object with the figures by name, each with its verdict", () => {
    expect(reportJson(reportOf([good, plain]))).toEqual({
      machine,
      skipped: {},
      broken: {},
      ok: true,
      figures: {
        "a.ratio": {
          value: 0.91,
          unit: "ratio",
          spread: [0.85, 0.95],
          target: { atLeast: 0.8 },
          verdict: "ok",
        },
        "c.steps_per_s": { value: 5234.5, unit: "steps/s" },
      },
    });
  });
});

describe("a report", () => {
  it("is not good when a target was missed, a figure is no number, or a part broke", () => {
    expect(isGood(reportOf([good, plain]))).toBe(true);
    expect(isGood(reportOf([good, bad]))).toBe(false);
    expect(isGood(reportOf([{ ...good, value: Number.NaN }]))).toBe(false);
    expect(isGood(reportOf([good], { broken: { e: "it fell" } }))).toBe(false);
  });
});
