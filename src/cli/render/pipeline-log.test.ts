import { describe, expect, it } from "vitest";
import { placeFigures, streamFigures, workedFigures } from "../../../test/cli/figures.ts";
import type { LiveNews } from "./live-run.ts";
import { PlainLog, showPlain } from "./plain.ts";

const at = new Date(2026, 10, 20, 19, 47, 2).getTime();

function told() {
  let now = at;
  let hear = (_: LiveNews) => {};
  const lines: string[] = [];
  showPlain(
    {
      on: (listener) => {
        hear = listener;
        return () => {};
      },
    },
    (line) => lines.push(line),
    new PlainLog(() => now),
  );
  return {
    lines,
    figures: (afterMs: number, figures = workedFigures) => {
      now += afterMs;
      hear({ kind: "stream", address: "events", figures });
    },
    end: () => {
      hear({ kind: "events", events: [{ type: "node.ended", at: now, address: "events", end: "verified" }] });
    },
  };
}

describe("plain lines of a pipeline", () => {
  it("tell every ten seconds how far it has come, and at its end what became of its records", () => {
    const { lines, figures, end } = told();
    figures(0);
    figures(9999);
    expect(lines).toEqual([]);
    figures(1);
    figures(100);
    const sink = placeFigures("out.jsonl", { kind: "sink", in: 20_000, done: 20_000 });
    figures(5000, streamFigures([sink], { source: { read: 20_000, bad: 0, perSecond: 0, ended: true } }));
    end();
    expect(lines).toEqual([
      "19:47:12 records    events: 12,000 read (1,203/s), 11,290 written, 12 dead; 500 on their way, 1.5 MB to read",
      "19:47:17 records    events: 20,000 read, 20,000 written",
      "19:47:17 verified   events",
    ]);
  });

  it("tell what it waits for, and not that a run does it", () => {
    const log = new PlainLog();
    const source = { kind: "list", items: "" } as const;
    const request = { kind: "pipeline", child: "r.1", source, sinks: [], scope: {} } as const;
    log.linesOf({ type: "attempt.started", at, address: "events", attempt: 1, request });
    const waits = { type: "child.waits", at, address: "events", attempt: 1, child: "r.1" } as const;
    expect([
      ...log.linesOf({ ...waits, status: "paused" }),
      ...log.linesOf({ ...waits, status: "waiting", reason: "run r.1.ask-3, which waits" }),
      ...log.linesOf({ ...waits, status: "failed", reason: "cost is used up" }),
    ]).toEqual([
      "19:47:02 paused     events",
      "19:47:02 waiting    events for run r.1.ask-3, which waits",
      "19:47:02 stopped    events: cost is used up",
    ]);
  });

  it("tell nothing while nothing changes", () => {
    const { lines, figures } = told();
    const idle = streamFigures([], { status: "idle" });
    for (let round = 0; round < 10; round += 1) figures(10_000, idle);
    expect(lines).toEqual(["19:47:22 records    events: 0 read (0/s), 0 written; idle"]);
    figures(1, workedFigures);
    expect(lines).toHaveLength(2);
  });
});
