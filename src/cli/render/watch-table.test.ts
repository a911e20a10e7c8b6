import { describe, expect, it } from "vitest";
import type { RunSummary } from "../../verbs/runs.ts";
import { lineText } from "./lines.ts";
import { layoutTable } from "./watch-table.ts";
import { unicodeGlyphs } from "./words.ts";

const run = (index: number, rest: Partial<RunSummary> = {}): RunSummary => ({
  runId: `run${index}`,
  name: `flow ${index}`,
  createdAt: 0,
  updatedAt: 60_000,
  origin: "flow.yaml",
  status: "completed",
  ...rest,
});

const drawn = (runs: readonly RunSummary[], size: { columns: number; rows: number }, hint?: string) =>
  layoutTable({ runs, now: 120_000, glyphs: unicodeGlyphs, hint }, size).map((line) =>
    lineText(line).trimEnd(),
  );

describe("the table of runs", () => {
  it("has a line for each run, and says how many are driven", () => {
    const runs = [
      run(1, { status: "executing", owner: "me" }),
      run(2, { status: "interrupted", name: "a\u001b[2Jb" }),
    ];
    expect(drawn(runs, { columns: 70, rows: 6 }, "q leave")).toEqual([
      "2 runs, 1 driven now",
      "● executing    run1    1m ago  flow 1  flow.yaml",
      "! interrupted  run2    1m ago  ab  flow.yaml",
      "",
      "",
      "q leave",
    ]);
    expect(drawn([], { columns: 70, rows: 3 })).toEqual(["0 runs, nothing goes on", "", ""]);
  });

  it("fits the terminal, and says how many there are besides", () => {
    const runs = Array.from({ length: 100 }, (_, index) => run(index));
    const lines = drawn(runs, { columns: 24, rows: 12 }, "q leave");
    expect(lines.length).toBe(12);
    expect(lines.every((line) => line.length <= 24)).toBe(true);
    expect(lines[9]).toBe("  … 93 older");
    expect(drawn(runs, { columns: 24, rows: 1 })).toEqual(["100 runs, nothing goes …"]);
  });
});
