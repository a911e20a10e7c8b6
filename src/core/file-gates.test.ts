import { describe, expect, it } from "vitest";
import { fold } from "./apply.ts";
import type { Event } from "./events.ts";
import { pending } from "./pending.ts";
import type { Json } from "../expression/json.ts";
import { beginning, CoreRun, parallelOf } from "../testing/core-run.ts";

function gated(gates: Json, rest: Record<string, Json> = {}): CoreRun {
  return new CoreRun(parallelOf([{ name: "a", run: "true", gates, ...rest }]));
}

describe("gates that look at files", () => {
  it("carry what they look at, with the templates filled in", () => {
    const schema = { type: "array" };
    const run = gated([
      { coverage: { file: "${ a.output.file }", format: "lcov", lines: 80, branches: 70.5 } },
      { files: { changed: 5, forbid: "dist/**" } },
      { secrets: { in: ["src/**"], allow: "^x" } },
      { schema: { of: "a.output.list", is: schema } },
      { schema: { file: "${ a.output.file }", is: "${ a.output.schema }" } },
    ]);
    run.ok("a", { output: { file: "out", list: [1], schema: "s.json" }, filesBefore: {} });
    const checks = [0, 1, 2, 3, 4].map(() => {
      const work = run.work("a");
      run.ok("a", { evidence: { summary: "fine" } });
      return "check" in work ? work.check : undefined;
    });
    expect(checks).toEqual([
      { kind: "coverage", file: "out", format: "lcov", minimum: { lines: 80, branches: 70.5 } },
      { kind: "files", changed: 5, forbid: ["dist/**"] },
      { kind: "secrets", in: ["src/**"], allow: ["^x"] },
      { kind: "schema", of: { value: [1], expression: "a.output.list" }, is: { schema } },
      { kind: "schema", of: { file: "out" }, is: { file: "s.json" } },
    ]);
    expect(run.ends).toEqual({ a: "verified" });
    expect(run.node("a").gateResults[0]?.evidence).toEqual({ summary: "fine" });
  });

  it("say what was measured when they do not hold, and give it back to the step", () => {
    const run = gated([{ coverage: { file: "lcov.info", lines: 80 }, retry: 1 }]);
    run.ok("a");
    const output = `src/a.ts: 1 of 2 lines\n${"x".repeat(10_000)}`;
    run.give({
      type: "outcome",
      effect: run.work("a").id,
      outcome: {
        ok: false,
        evidence: { summary: "lines: 50 %", output },
        artifacts: { evidence: "sha256:1" },
      },
    });
    expect(run.node("a").feedback).toMatch(
      /^The gate "coverage of lcov.info" did not hold: lines: 50 %\nsrc\/a.ts: 1 of 2 lines\nx+$/,
    );
    expect(run.node("a").gateResults[0]?.evidence).toMatchObject({ artifacts: { evidence: "sha256:1" } });
    run.fire("retrying:a");
    run.ok("a");
    run.fail("a", { message: "broken" }, { evidence: { summary: "lines: 50 %" } });
    expect(run.node("a").failure?.message).toBe('Cannot pass the gate "coverage of lcov.info": broken');
  });

  it("know when the attempt began, and what lay at each place before the first that changed it", () => {
    const run = gated([{ files: { changed: 1 }, retry: 1 }]);
    expect(run.work("a").policy.filesBefore).toBe(true);
    run.ok("a", { filesBefore: { x: "old", y: "" } });
    expect(run.work("a")).toMatchObject({ subject: { since: beginning, filesBefore: { x: "old", y: "" } } });
    run.fail("a", {}, { evidence: { summary: "too many" } });
    run.now += 5000;
    run.fire("retrying:a");
    run.ok("a", { filesBefore: { y: "new", z: "" } });
    expect(run.work("a")).toMatchObject({
      subject: { since: beginning + 5000, filesBefore: { x: "old", y: "", z: "" } },
    });
  });

  it("know nothing where one attempt did not tell, or was interrupted", () => {
    const silent = gated([{ files: { changed: 1 } }]);
    silent.ok("a");
    expect(silent.work("a")).toMatchObject({ subject: { since: beginning } });
    expect(silent.work("a")).not.toHaveProperty("subject.filesBefore");
    const died = gated([{ secrets: {} }]);
    died.crash();
    died.ok("a", { filesBefore: { x: "" } });
    expect(died.work("a")).not.toHaveProperty("subject.filesBefore");
  });

  it("know what an attempt changed that was interrupted, when it is told how the folder was at its start", () => {
    const run = gated([{ files: { changed: 1 } }]);
    const tell = (filesAtStart: string) =>
      run.give({
        type: "stage",
        effect: run.work("a").id,
        record: { stage: "files", ok: true, durationMs: 0, filesAtStart },
      });
    tell("sha256:1");
    expect(run.node("a").stage).toBeUndefined();
    run.crash();
    expect(run.work("a")).toMatchObject({ policy: { filesBefore: true, filesAtStart: "sha256:1" } });
    tell("sha256:2");
    expect(run.work("a")).toMatchObject({ policy: { filesAtStart: "sha256:1" } });
    run.ok("a", { filesBefore: { x: "" } });
    expect(run.work("a")).toMatchObject({ subject: { filesBefore: { x: "" } } });
  });

  it("know that a result from the cache changed nothing", () => {
    const run = gated([{ files: { changed: 1 } }], { cache: "1h" });
    run.ok("a", { cached: true, filesBefore: { x: "" } });
    expect(run.work("a")).toMatchObject({ subject: { filesBefore: {} } });
  });

  it("know of no work before the first attempt", () => {
    const run = gated([], { before: [{ coverage: { file: "lcov.info", lines: 1 } }] });
    expect(run.work("a")).toMatchObject({ check: { kind: "coverage" }, subject: {} });
    expect(gated([{ run: "x" }, { secrets: { in: "src" } }]).work("a").policy).not.toHaveProperty(
      "filesBefore",
    );
  });

  it("are read from older logs, which hold the shell line by itself", () => {
    const run = gated([{ run: "./check" }]);
    run.ok("a");
    const old = run.events.map((event): Event => {
      if (event.type !== "gate.started" || event.check?.kind !== "shell") return event;
      const { check, ...rest } = event;
      return { ...rest, shell: check.shell };
    });
    const state = fold(old);
    const owed = state ? pending(state).filter(({ type }) => type === "gate") : [];
    expect(owed).toMatchObject([{ check: { kind: "shell", shell: { line: "./check" } } }]);
  });
});
