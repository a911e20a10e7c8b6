import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { CoreRun, parallelOf } from "../testing/core-run.ts";
import { apply } from "./apply.ts";
import { definitionOf } from "./definition.ts";

const chain: Json[] = [
  { name: "a", run: "make" },
  { name: "b", run: "echo ${{ a.output }}" },
  { name: "c", run: "echo ${{ b.output }}" },
];

/** a and b end well, c fails. */
function failedAtC(): CoreRun {
  const run = new CoreRun(parallelOf(chain));
  run.ok("a", { output: "from a" });
  run.ok("b", { output: "from b" });
  run.fail("c");
  return run;
}

describe("a restart", () => {
  it("uses again what ended well, and runs the rest", () => {
    const run = failedAtC();
    run.give({ type: "restart" });
    expect(run.owed).toEqual(["perform c"]);
    expect(run.work("c").id).toBe("c@1.1");
    expect(run.node("b")).toMatchObject({
      end: "verified",
      reused: true,
      attempt: 1,
      outcome: { output: "from b" },
    });
    expect(run.state.ledger).toMatchObject({ attempts: 4, reused: 2 });
    run.ok("c");
    expect(run.status).toBe("completed");
  });

  it("with other inputs runs again what reads them", () => {
    const steps: Json[] = [
      { name: "a", run: "make ${{ inputs.target }}" },
      { name: "b", run: "true" },
    ];
    const inputs = { target: { type: "string", default: "old" } };
    const run = new CoreRun(parallelOf(steps, { inputs }), { inputs: { target: "old" } });
    run.ok("a");
    run.ok("b");
    run.give({ type: "restart", inputs: { target: "new" } });
    expect(run.state.inputs).toEqual({ target: "new" });
    expect(run.owed).toEqual(["perform a"]);
  });

  it("drops what an earlier life still brings", () => {
    const run = failedAtC();
    run.give({ type: "restart" });
    expect(run.give({ type: "outcome", effect: "c@0.1", outcome: { ok: true } })).toMatchObject([
      { type: "effect.dropped" },
    ]);
  });

  it("from a step runs it and all that comes after it again", () => {
    const run = failedAtC();
    run.give({ type: "restart", from: "b" });
    expect(run.owed).toEqual(["perform b"]);
    expect(run.events.findLast((event) => event.type === "run.restarted")).toMatchObject({
      reason: "from b",
      drop: ["b", "c"],
    });
    run.ok("b", { output: "new" });
    expect(run.owed).toEqual(["perform c"]);
  });

  it("runs again what depends on a step that gave something else", () => {
    const run = failedAtC();
    run.give({ type: "restart", from: "a" });
    run.ok("a", { output: "from a" });
    expect(run.owed).toEqual(["perform b"]);
  });

  it("with a changed workflow runs again what changed, and what gets something else from it", () => {
    const run = new CoreRun(parallelOf(chain));
    for (const name of ["a", "b", "c"]) run.ok(name, { output: `from ${name}` });
    const [first, ...rest] = chain;
    const changed = parallelOf([{ ...(first as object), run: "make better" }, ...rest], {
      limits: { parallel: 3 },
    });
    run.give({ type: "restart", workflow: changed });
    expect(run.owed).toEqual(["perform a"]);
    run.ok("a", { output: "from a" });
    expect(run.status).toBe("completed");
    expect(run.state.ledger.reused).toBe(2);
    expect(run.state.limits.parallel).toBe(3);
    run.give({ type: "restart", workflow: parallelOf([{ ...(first as object), run: "make" }, ...rest]) });
    run.ok("a", { output: "else" });
    expect(run.owed).toEqual(["perform b"]);
  });

  it("runs again what gets another environment", () => {
    const steps = (text: string): Json[] => [
      { name: "a", run: `make ${text}` },
      { name: "b", run: "true", env: { FROM: "${ a.output }" } },
      { name: "c", run: "true", depends_on: ["a"] },
    ];
    const run = new CoreRun(parallelOf(steps("it")));
    run.ok("a", { output: "one" });
    run.ok("b");
    run.ok("c");
    run.give({ type: "restart", workflow: parallelOf(steps("it again")) });
    run.ok("a", { output: "two" });
    expect(run.owed).toEqual(["perform b"]);
    run.ok("b");
    expect(run.status).toBe("completed");
    run.give({ type: "restart", workflow: parallelOf(steps("it again"), { env: { MODE: "fast" } }) });
    expect(run.owed).toEqual(["perform a"]);
  });

  it("fails a step whose request cannot be made any more, whatever it gave before", () => {
    const steps = (text: string): Json[] => [
      { name: "a", run: text },
      { name: "b", run: "echo ${{ a.output.x }}" },
    ];
    const run = new CoreRun(parallelOf(steps("make")));
    run.ok("a", { output: { x: 1 } });
    run.ok("b");
    run.give({ type: "restart", workflow: parallelOf(steps("make less")) });
    run.ok("a", { output: {} });
    expect(run.node("b")).toMatchObject({ end: "failed", reused: false });
  });

  it("uses waits again, and lets groups and conditions decide anew", () => {
    const steps: Json[] = [
      { name: "w", wait: { signal: "go" } },
      { name: "g", steps: [{ name: "x", run: "true" }] },
      { name: "s", run: "true", when: "false" },
      { name: "z", run: "true", depends_on: ["w", "g", "s"] },
    ];
    const run = new CoreRun(parallelOf(steps));
    run.give({ type: "signal", name: "go", payload: "now" });
    run.ok("g/x");
    run.fail("z");
    run.give({ type: "restart" });
    expect(run.owed).toEqual(["perform z"]);
    expect(run.ends).toMatchObject({ w: "verified", g: "verified", "g/x": "verified", s: "skipped" });
    expect(run.node("w")).toMatchObject({ reused: true, outcome: { output: "now" } });
  });

  it("keeps results through a second one that comes before they were used", () => {
    const run = failedAtC();
    run.give({ type: "restart", from: "a" });
    run.fail("a");
    run.give({ type: "restart" });
    run.ok("a", { output: "from a" });
    expect(run.owed).toEqual(["perform b"]);
    run.give({ type: "restart" });
    expect(run.owed).toEqual(["perform b"]);
  });

  it("takes new caps, and keeps the ledger", () => {
    const run = new CoreRun(
      parallelOf(
        [
          { name: "a", agent: "mock", prompt: "hi" },
          { name: "b", agent: "mock", prompt: "hi", depends_on: ["a"] },
        ],
        { limits: { agents: 1 } },
      ),
      { overrides: { model: "small", limits: { parallel: 2 } } },
    );
    run.ok("a", { usage: { costUsd: 2, inputTokens: 1, outputTokens: 1 } });
    expect(run.status).toBe("failed");
    run.give({ type: "restart", overrides: { limits: { agents: 5 } } });
    expect(run.owed).toEqual(["perform b"]);
    expect(run.state.limits).toMatchObject({ agents: 5, parallel: 2 });
    expect(run.state.ledger).toMatchObject({ agents: 2, costUsd: 2, reused: 1 });
    expect(run.node("a")).toMatchObject({ costUsd: 2 });
    expect(run.work("b")).toMatchObject({ request: { model: "small" } });
  });

  it("takes new predictions", () => {
    const run = failedAtC();
    run.give({ type: "restart", plan: { expectedMs: { c: 77 } } });
    expect(run.node("c").plan.expectedMs).toBe(77);
  });

  it("runs again what was done only in part", () => {
    const run = new CoreRun(parallelOf([{ name: "a", agent: "mock", prompt: "hi" }]));
    run.ok("a", { reported: "partial" });
    expect(run.status).toBe("degraded");
    expect(run.state.reason).toBe('"a" is done only in part; the run went on');
    run.give({ type: "restart" });
    expect(run.owed).toEqual(["perform a"]);
    run.ok("a");
    expect(run.status).toBe("completed");
  });

  it("does not use a result again whose environment nobody can tell any more", () => {
    const steps: Json[] = [
      { name: "a", run: "true" },
      { name: "b", run: "true", env: { FROM: "${ a.output.x }" } },
    ];
    const run = new CoreRun(parallelOf(steps));
    run.ok("a", { output: { x: 1 } });
    run.ok("b");
    // as in a log that was damaged
    run.node("a").outcome = { ok: true };
    apply(run.state, { type: "run.restarted", reason: "resume", drop: [], at: run.now });
    expect(run.state.known.get("b")?.env).toBeUndefined();
  });

  it("does not look at how a step is scheduled, retried or timed, nor into a group", () => {
    const workflow = parallelOf([
      { name: "a", run: "true" },
      { name: "b", run: "true", retry: { max: 1 }, timeout: "1m", priority: 3, locks: ["l"] },
      { name: "g", steps: [{ name: "x", run: "true" }] },
      { name: "h", steps: [{ name: "y", run: "false" }] },
    ]);
    const [a, b, g, h] = workflow.chain.steps.map(definitionOf);
    expect(a).toEqual(b);
    expect(g).toEqual(h);
    expect(a).not.toEqual(g);
  });

  it("goes on after a crash as if nothing had been", () => {
    const run = failedAtC();
    run.give({ type: "restart" });
    run.crash();
    run.ok("c");
    expect(run.status).toBe("completed");
    expect(run.state.life).toBe(1);
  });

  it("does not lose a result when the process dies between its use and its end", () => {
    const run = failedAtC();
    run.give({ type: "restart" });
    const used = run.events.findIndex((event) => event.type === "result.reused");
    run.crash(used + 1);
    expect(run.owed).toEqual(["perform c"]);
    expect(run.state.ledger.reused).toBe(2);
  });
});

describe("what a restart from a node drops", () => {
  const nested: Json[] = [
    { name: "a", run: "true" },
    {
      name: "g",
      depends_on: ["a"],
      parallel: "all",
      steps: [
        { name: "x", run: "true" },
        { name: "h", depends_on: ["x"], steps: [{ name: "y", run: "true" }] },
        { name: "z", run: "true", expect: "10s" },
      ],
    },
    { name: "b", run: "true", depends_on: ["g"] },
    { name: "beside", run: "true", expect: "20s" },
  ];
  const finished = (): CoreRun => {
    const run = new CoreRun(parallelOf(nested));
    while (run.status !== "completed") run.ok((run.owed[0] ?? "").replace("perform ", ""));
    return run;
  };
  const dropped = (run: CoreRun, from: string): unknown => {
    const events = run.give({ type: "restart", from });
    const restarted = events.find((event) => event.type === "run.restarted");
    return restarted?.type === "run.restarted" ? restarted.drop.toSorted() : undefined;
  };

  it("is the node, what lies in it, and what comes after it in every block around it", () => {
    expect(dropped(finished(), "g/h/y")).toEqual(["b", "g/h/y"]);
    expect(dropped(finished(), "g/x")).toEqual(["b", "g/h", "g/h/y", "g/x"]);
    expect(dropped(finished(), "g/h")).toEqual(["b", "g/h", "g/h/y"]);
    expect(dropped(finished(), "beside")).toEqual(["beside"]);
    expect(dropped(finished(), "a")).toEqual(["a", "b", "g", "g/h", "g/h/y", "g/x", "g/z"]);
  });

  it("is also in groups that this life has not opened yet", () => {
    const run = finished();
    const [first, ...rest] = nested;
    run.give({ type: "restart", workflow: parallelOf([{ ...(first as object), run: "false" }, ...rest]) });
    expect(run.owed).toEqual(["perform a"]);
    expect(dropped(run, "a")).toContain("g/h/y");
    run.ok("a");
    expect(run.owed).toEqual(["perform g/x", "perform g/z"]);
  });

  it("is the fallback of a step, and what went on because a fallback stood in", () => {
    const steps: Json[] = [
      { name: "a", run: "true", error_strategy: { fallback: "f" } },
      { name: "f", run: "true" },
      { name: "c", run: "true", depends_on: ["a"] },
      { name: "d", run: "true" },
    ];
    const run = new CoreRun(parallelOf(steps));
    run.fail("a");
    run.ok("f");
    run.ok("c");
    run.ok("d");
    expect(run.status).toBe("degraded");
    expect(dropped(run, "f")).toEqual(["c", "f"]);
    expect(dropped(run, "a")).toEqual(["a", "c", "f"]);
  });

  it("is the fallback of a fallback, and what went on because it stood in", () => {
    const steps: Json[] = [
      { name: "a", run: "true", error_strategy: { fallback: "f" } },
      { name: "f", run: "true", error_strategy: { fallback: "ff" } },
      { name: "ff", run: "true" },
      { name: "c", run: "true", depends_on: ["a"] },
    ];
    const run = new CoreRun(parallelOf(steps));
    run.fail("a");
    run.fail("f");
    run.ok("ff");
    run.ok("c");
    expect(dropped(run, "ff")).toEqual(["c", "ff"]);
    expect(dropped(run, "a")).toEqual(["a", "c", "f", "ff"]);
  });
});
