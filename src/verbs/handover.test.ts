import { describe, expect, it } from "vitest";
import { viewOf } from "../core/view.ts";
import { explain } from "../core/why.ts";
import type { AskAction } from "../language/asking.ts";
import type { Notice } from "../ports/notifier.ts";
import { CoreRun } from "../testing/core-run.ts";
import { chainOf, stepOf, workflowWith } from "../testing/holders.ts";
import { handoverReport } from "./handover.ts";

const action: AskAction = {
  kind: "ask",
  ask: "approval",
  text: "Ship?\n```\n# <script>alert(1)</script>",
  by: ["ann"],
  quorum: 1,
  deadlineMs: 3_600_000,
  escalate: [],
};

const notice: Notice = {
  id: "r1:0:ship:1",
  runId: "r1",
  runName: "test",
  address: "ship",
  kind: "approval",
  text: action.text,
  by: ["ann"],
  level: 1,
  askedAt: Date.UTC(2026, 0, 1),
  at: Date.UTC(2026, 0, 1, 1, 20),
  dueAt: Date.UTC(2026, 0, 1, 2),
  lines: ["tutti approve r1 ship"],
};

function reportOf(run: CoreRun): string {
  return handoverReport({ view: viewOf(run.state), reasons: explain(run.state), notice });
}

describe("the hand-over report", () => {
  it("says what is asked and until when, what to type, what waits, and what ran", () => {
    const run = new CoreRun(workflowWith([stepOf("build"), stepOf("ship", action)]));
    run.ok("build", { output: "done | <b>well</b>" });
    const report = reportOf(run);
    expect(report).toContain("# Hand-over of run r1\n");
    expect(report).toContain("Written 2026-01-01 01:20:00 UTC");
    expect(report).toContain("The answer is needed before 2026-01-01 02:00:00 UTC.");
    expect(report).toContain("It may be answered by ann.");
    expect(report).toContain("tutti approve r1 ship");
    expect(report).toContain(String.raw`| build | claimed | 0.0 s | "done \| \<b\>well\</b\>" |`);
    expect(report).toContain("- `ship`: approval by ann until 1970-01-01 01:16:40 UTC:");
    expect(report).toContain("$0.00, 0 starts of agents");
  });

  it("keeps what people and steps wrote text: a fence in it does not end the fence around it", () => {
    const run = new CoreRun(workflowWith([stepOf("ship", action)]));
    const report = reportOf(run);
    expect(report).toContain(`\`\`\`\`text\n${action.text}\n\`\`\`\``);
    const outside = report.replaceAll(/^````text\n[^]*?^````$/gm, "");
    expect(outside).not.toContain("<script>");
  });

  it("holds nothing that a terminal would obey", () => {
    const run = new CoreRun(workflowWith([stepOf("ship", action)]));
    const text = "Ship?\n\u001b[2J\u001b]0;mine\u0007\r\tnow";
    const report = handoverReport({ view: viewOf(run.state), reasons: [], notice: { ...notice, text } });
    expect(report).toContain("Ship?\n [2J ]0;mine  \tnow");
  });

  it("names failures, and lists at most 200 steps", () => {
    const steps = Array.from({ length: 205 }, (_, index) => stepOf(`s${index}`));
    const chain = chainOf(steps, { parallelAlways: true, errorStrategy: "continue_on_failure" });
    const run = new CoreRun(workflowWith([], { chain }), { overrides: { limits: { parallel: 300 } } });
    run.fail("s0");
    expect(reportOf(run)).toContain(String.raw`COMMAND\_FAILED: it broke`);
    expect(reportOf(run)).toContain("And 5 more: `tutti show r1`.");
  });
});
