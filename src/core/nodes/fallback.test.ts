import { describe, expect, it } from "vitest";
import type { Json } from "../../expression/json.ts";
import { CoreRun, parallelOf } from "../../testing/core-run.ts";
import { stepOf, workflowWith } from "../../testing/holders.ts";
import { missingOf } from "../missing.ts";
import { explain } from "../why.ts";

const fallback = (to: string) => ({ error_strategy: { fallback: to } });

describe("a fallback among steps of which some are enough", () => {
  const raceOf = (parallel: Json, ...steps: readonly Json[]): CoreRun =>
    new CoreRun(
      parallelOf([
        { name: "r", parallel, steps: [{ name: "w", run: "./w", ...fallback("wf") }, ...steps] },
        { name: "z", run: "echo ${{ r.output }}", error_strategy: "stop" },
      ]),
    );
  const wf: Json = { name: "wf", run: "./wf" };
  const d: Json = { name: "d", run: "./d" };

  it("runs at once and counts in the place of the step that failed", () => {
    for (const parallel of ["any", { join: { quorum: 1 } }]) {
      const run = raceOf(parallel, wf);
      run.fail("r/w");
      expect(run.owed).toEqual(["perform r/wf"]);
      run.crash();
      run.ok("r/wf", { output: "instead" });
      run.ok("z");
      expect(run.node("r/w").standIn?.address).toBe("r/wf");
      expect(run.ends).toMatchObject({ r: "claimed", z: "verified" });
      expect(run.status).toBe("degraded");
      expect(missingOf(run.state)).toMatchObject([{ address: "r/w", instead: '"wf" ran in its place' }]);
    }
  });

  it("is given up with the others, and nothing is missing, when another was enough", () => {
    const run = raceOf("any", wf, d);
    run.fail("r/w");
    expect(run.owed).toEqual(["perform r/d", "perform r/wf"]);
    run.ok("r/d");
    run.fail("r/wf", { code: "CANCELLED", class: "cancelled" });
    run.ok("z");
    expect(run.status).toBe("completed");
  });

  it("is not begun any more when its step fails after another was enough", () => {
    const run = raceOf("any", wf, d);
    run.ok("r/d");
    run.fail("r/w");
    expect(run.events.find((event) => event.type === "node.ended" && event.address === "r/w")).toMatchObject({
      tolerated: "join",
    });
    expect(run.ends["r/wf"]).toBe("pending");
    run.ok("z");
    expect(run.status).toBe("completed");
  });

  it("says of a step whose fallback failed that others were enough, in a run where something else is missing", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "r", parallel: "any", steps: [{ name: "w", run: "./w", ...fallback("wf") }, wf, d] },
        { name: "x", run: "./x", error_strategy: "continue_on_failure" },
      ]),
    );
    run.fail("x");
    run.fail("r/w");
    run.fail("r/wf");
    run.ok("r/d");
    expect(run.status).toBe("degraded");
    const enough = "1 of the others ended well, and 1 is enough";
    expect(missingOf(run.state).map(({ address, instead }) => [address, instead])).toEqual([
      ["x", "the run went on without it"],
      ["r/w", enough],
      ["r/wf", enough],
    ]);
  });

  it("is waited for before the block gives up, and counts once however many it stands in for", () => {
    const both = { join: { quorum: 2 } };
    const v: Json = { name: "v", run: "./v", ...fallback("wf") };
    const good = raceOf(both, v, wf, d);
    good.fail("r/w");
    good.fail("r/v");
    good.ok("r/wf");
    expect(good.ends["r"]).toBe("open");
    good.ok("r/d");
    expect(good.ends["r"]).toBe("claimed");
    const bad = raceOf(both, wf, d);
    bad.fail("r/d");
    bad.fail("r/w");
    expect(bad.node("r").failure?.code).toBe("JOIN_FAILED");
    expect(bad.owed).toEqual([]);
  });
});

describe("a fallback with a strategy of its own", () => {
  const chainOf3: readonly Json[] = [
    { name: "g", run: "./g", ...fallback("gf") },
    { name: "gf", run: "./gf ${{ g.error }}", ...fallback("gf2") },
    { name: "gf2", run: "echo ${{ g.error }} ${{ gf.error }}" },
    { name: "t", run: "echo ${{ g.output }}" },
  ];

  it("has a fallback too, which stands for all before it", () => {
    const run = new CoreRun(parallelOf(chainOf3));
    run.fail("g", { message: "one" });
    run.fail("gf", { message: "two" });
    expect(run.owed).toEqual(["perform gf2"]);
    expect(explain(run.state)).toContainEqual({ address: "t", waitsFor: "step gf2" });
    const { request } = run.work("gf2") as { request: { shell: { values: object } } };
    expect(Object.values(request.shell.values)).toEqual(["one", "two"]);
    run.crash();
    run.ok("gf2", { output: "at last" });
    const work = run.work("t") as { request: { shell: { values: object } } };
    expect(Object.values(work.request.shell.values)).toEqual(["at last"]);
    run.ok("t");
    expect(run.status).toBe("degraded");
    expect(missingOf(run.state)).toMatchObject([
      {
        address: "g",
        instead: '"gf2" ran in its place',
        standIn: "gf2",
        dependents: [{ address: "t", fate: "used the stand-in" }],
      },
      { address: "gf", instead: '"gf2" ran in its place', standIn: "gf2", dependents: [] },
    ]);
  });

  it("stands for one that fails later only when its own fallback has ended", () => {
    const late: Json = { name: "late", run: "./late", ...fallback("gf") };
    const after: Json = { name: "after", run: "echo ${{ late.output }}" };
    const steps = chainOf3.with(2, { name: "gf2", run: "./gf2" }).with(1, {
      name: "gf",
      run: "./gf",
      ...fallback("gf2"),
    });
    const run = new CoreRun(parallelOf([...steps, late, after]));
    run.fail("g");
    run.fail("gf");
    run.fail("late");
    expect(run.ends["after"]).toBe("pending");
    run.ok("gf2");
    expect(run.owed).toEqual(["perform after", "perform t"]);
  });

  it("lets the others go on when it fails and that is tolerated, whoever says so", () => {
    const gf = { name: "gf", run: "./gf" };
    const steps = (own: object): Json[] => [
      { name: "g", run: "./g", ...fallback("gf") },
      { ...gf, ...own },
      { name: "needs", run: "./x", depends_on: ["g"] },
      { name: "t", run: "./t" },
    ];
    const strategy = { error_strategy: "continue_on_failure" };
    for (const workflow of [parallelOf(steps(strategy)), parallelOf(steps({}), { chain: strategy })]) {
      const run = new CoreRun(workflow);
      run.fail("g");
      run.fail("gf");
      run.ok("t");
      expect(run.ends).toEqual({ g: "failed", gf: "failed", needs: "blocked", t: "verified" });
      expect(run.status).toBe("degraded");
    }
  });

  it("has the fallback of its block, unless it is that one", () => {
    const steps: Json[] = [
      { name: "g", run: "./g", ...fallback("gf") },
      { name: "gf", run: "./gf" },
      { name: "all", run: "./all" },
    ];
    const run = new CoreRun(parallelOf(steps, { chain: fallback("all") }));
    run.fail("g");
    run.fail("gf");
    expect(run.owed).toEqual(["perform all"]);
    run.fail("all");
    expect(run.status).toBe("failed");
    expect(run.node("all").failure).toBeDefined();
  });

  it("ends with the others of its circle, as a log may have them that was written before circles were refused", () => {
    const circle = { a: "x", x: "y", y: "x" };
    const steps = Object.entries(circle).map(([name, to]) =>
      stepOf(name, undefined, { errorStrategy: { fallback: to } }),
    );
    const after = stepOf("after", undefined, { needs: [{ step: "a", because: "depends_on" }] });
    const run = new CoreRun(workflowWith([...steps, after]));
    for (const name of ["a", "x", "y"]) run.fail(name);
    expect(run.ends).toEqual({ a: "failed", x: "failed", y: "failed", after: "blocked" });
    expect(run.status).toBe("degraded");
    expect(missingOf(run.state)).toHaveLength(3);
  });

  it("is told as what it was when it was skipped", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "g", run: "./g", ...fallback("gf") },
        { name: "gf", run: "./gf", when: "g.status != 'failed'" },
        { name: "t", run: "echo ${{ g.output }}" },
      ]),
    );
    run.fail("g");
    run.ok("t");
    const dependents = [{ address: "t", fate: "went on without it" }];
    expect(missingOf(run.state)).toMatchObject([{ instead: 'its fallback "gf" was skipped', dependents }]);
  });

  it("is told as not ended when the run ended before", () => {
    const workflow = parallelOf(
      [
        { name: "one", agent: "mock", prompt: "x" },
        { name: "g", run: "./g", depends_on: ["one"], ...fallback("gf") },
        { name: "gf", agent: "mock", prompt: "help" },
      ],
      { limits: { agents: 1, on_limit: "degrade" } },
    );
    const run = new CoreRun(workflow);
    run.ok("one");
    run.fail("g");
    expect(run.status).toBe("degraded");
    expect(missingOf(run.state)[0]).toMatchObject({
      address: "g",
      instead: 'its fallback "gf" did not come to its end',
    });
  });
});
