import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { CoreRun, parallelOf } from "../testing/core-run.ts";
import { apply } from "./apply.ts";

describe("a restart", () => {
  it("runs again what has gates that read something else now, and nothing else", () => {
    const steps: Json[] = [
      { name: "a", run: "make" },
      { name: "b", run: "true", gates: [{ check: "inputs.most > 3" }] },
      { name: "c", run: "true", before: [{ run: "test ${{ inputs.most }}" }] },
      { name: "d", run: "true", gates: [{ check: "a.output.score > 3 && d.exit_code == 0" }] },
      { name: "e", run: "true", gates: [{ check: 'inputs.other == 1 && steps["e"].exit_code == 0' }] },
      { name: "f", run: "true", gates: [{ check: "!has(a.output.none)" }] },
    ];
    const inputs = { most: { type: "integer", default: 5 }, other: { type: "integer", default: 1 } };
    const run = new CoreRun(parallelOf(steps, { inputs }), { inputs: { most: 5, other: 1 } });
    const good = { exitCode: 0, output: { score: 4 } };
    for (const name of ["a", "b", "c", "c", "d", "e", "f"]) run.ok(name, good);
    expect(run.status).toBe("completed");
    run.give({ type: "restart", inputs: { most: 6, other: 1 } });
    expect(run.owed).toEqual(["gate c!before0", "perform b"]);
    for (const name of ["b", "c", "c"]) run.ok(name, good);
    expect(run.status).toBe("completed");
    run.give({ type: "restart", from: "a" });
    run.ok("a", { output: { score: 5, none: 1 } });
    expect(run.owed).toEqual(["perform d", "perform f"]);
  });

  it("waits again for a time that is another now", () => {
    const steps: Json[] = [{ name: "w", wait: { until: "${ inputs.when }" } }];
    const inputs = { when: { type: "string" } };
    const early = { when: "1970-01-01T00:00:00Z" };
    const run = new CoreRun(parallelOf(steps, { inputs }), { inputs: early });
    run.fire("waiting:w");
    expect(run.status).toBe("completed");
    run.give({ type: "restart" });
    expect(run.node("w")).toMatchObject({ end: "verified", reused: true });
    run.give({ type: "restart", inputs: { when: "2030-01-01T00:00:00Z" } });
    expect(run.owed).toEqual(["timer waiting:w"]);
  });

  it("waits again when nobody can tell any more for what time it was", () => {
    const steps: Json[] = [
      { name: "a", run: "true" },
      { name: "w", wait: { until: "${ a.output.when }" } },
    ];
    const run = new CoreRun(parallelOf(steps));
    run.ok("a", { output: { when: "1970-01-01T00:00:00Z" } });
    run.fire("waiting:w");
    // as in a log that was damaged
    run.node("a").outcome = { ok: true };
    apply(run.state, { type: "run.restarted", reason: "resume", drop: [], at: run.now });
    expect(run.state.known.get("w")?.reads).toBeUndefined();
  });
});
