import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../expression/json.ts";
import { beginning, CoreRun, parallelOf, workflowOf } from "../../testing/core-run.ts";
import { crashedRuns } from "../../testing/crashed-runs.ts";
import { chainOf, stepOf, workflowWith } from "../../testing/holders.ts";
import { explain } from "../why.ts";

const judge = { judge: { criteria: ["it is about ${ a.exit_code }"], agent: "critic" }, name: "good" };

function judged(gate: JsonObject = judge, rest: JsonObject = {}): CoreRun {
  return new CoreRun(
    workflowOf({
      name: "test",
      ...rest,
      chain: [{ name: "a", run: "./a", gates: [gate, { check: "true" }] }],
    }),
  );
}

const held = { evidence: { summary: "critic finds that it holds" }, usage: usage(0.5) };
const refused = { code: "QUOTA", class: "quota", resetAt: beginning + 60_000 } as const;

function usage(costUsd: number) {
  return { costUsd, inputTokens: 10, outputTokens: 1 };
}

describe("a gate that an agent judges", () => {
  it("asks the agent with the texts filled in, and counts it in the ledger", () => {
    const run = judged();
    run.ok("a", { exitCode: 3, output: "done", changedFiles: ["x.ts"] });
    expect(run.work("a")).toMatchObject({
      type: "gate",
      check: { kind: "judge", agent: "critic", question: { about: "criteria", criteria: ["it is about 3"] } },
      subject: { work: { asked: "./a", output: "done", changedFiles: ["x.ts"] } },
    });
    run.ok("a", held);
    expect(run.ends).toEqual({ a: "verified" });
    expect(run.state.ledger).toMatchObject({ agents: 1, costUsd: 0.5, inputTokens: 10, outputTokens: 1 });
    expect(run.node("a").costUsd).toBe(0.5);
  });

  it("counts each time that it was asked as an attempt of an agent, and may ask as often as the caps let it", () => {
    const run = judged(judge, { limits: { agents: 3 } });
    run.ok("a");
    expect(run.work("a")).toMatchObject({ policy: { mostAsks: 3 } });
    run.ok("a", { ...held, usage: { ...usage(0.5), asks: 3 } });
    expect(run.state.ledger).toMatchObject({ agents: 3, costUsd: 0.5 });
    const free = judged(judge, { limits: { agents: 3, mode: "audit" } });
    free.ok("a");
    expect(free.work("a")).not.toHaveProperty("policy.mostAsks");
  });

  it("leaves those beside it what they may still ask, and lets nobody begin who would pass the cap with that", () => {
    const named = (name: string) => ({ name, run: "true", gates: [{ judge: { criteria: ["it is"] } }] });
    const c = { name: "c", agent: "mock", prompt: "go on" };
    const steps: Json[] = [named("a"), named("b"), c, { ...c, name: "d", depends_on: ["c"] }];
    const chain = [{ name: "g", parallel: true, steps }];
    const run = new CoreRun(workflowOf({ name: "test", limits: { agents: 5 }, chain }));
    run.ok("g/a");
    run.ok("g/b");
    expect(run.work("g/a")).toMatchObject({ policy: { mostAsks: 3 } });
    expect(run.work("g/b")).toMatchObject({ policy: { mostAsks: 1 } });
    run.ok("g/c");
    expect(run.ends).toMatchObject({ "g/d": "ready" });
    run.ok("g/a", { ...held, usage: { ...usage(0.5), asks: 2 } });
    expect(run.ends).toMatchObject({ "g/a": "verified", "g/d": "running" });
    run.ok("g/b", { ...held, usage: { ...usage(0.5), asks: 1 } });
    run.ok("g/d");
    expect(run.state.ledger).toMatchObject({ agents: 5 });
    expect(run.state.status).toBe("completed");
  });

  it("gives what it found back to the step, as often as it may run again", () => {
    const run = judged({ ...judge, retry: 1 });
    run.ok("a");
    const found = {
      ok: false,
      evidence: { summary: "it finds that it does not hold: dull", output: "- dull" },
    };
    run.ok("a", found);
    run.fire("retrying:a");
    expect(run.work("a")).toMatchObject({
      request: { feedback: 'The gate "good" did not hold: it finds that it does not hold: dull\n- dull' },
    });
    run.ok("a");
    run.ok("a", found);
    expect(run.node("a").failure?.code).toBe("GATE_FAILED");
  });

  it("waits for the quota of its agent, and the step keeps what it has", () => {
    const run = judged();
    run.ok("a");
    const first = run.work("a").id;
    run.fail("a", refused, { usage: usage(0.1), asked: false });
    expect(run.status).toBe("waiting");
    expect(run.owed).toEqual(["timer quota:critic", "timer retrying:a"]);
    expect(explain(run.state)[0]?.waitsFor).toContain("it broke");
    run.fire("retrying:a");
    run.fire("quota:critic");
    expect(run.owed).toEqual(["gate a!after0"]);
    expect(run.work("a").id).not.toBe(first);
    run.ok("a", held);
    expect(run.ends).toEqual({ a: "verified" });
    expect(run.node("a").attempt).toBe(1);
    expect(run.state.ledger).toMatchObject({ agents: 1, costUsd: 0.6 });
  });

  it("is asked by nobody else while its quota is used up", () => {
    const steps = ["a", "b"].map((name) => ({
      name,
      run: `./${name}`,
      gates: [{ judge: { criteria: ["good"], agent: "critic" } }],
    }));
    const run = new CoreRun(parallelOf(steps));
    run.ok("a");
    run.fail("a", refused, { asked: false });
    run.ok("b");
    expect(run.owed).toEqual(["timer quota:critic", "timer retrying:a"]);
    expect(run.ends).toMatchObject({ b: "ready" });
    run.fire("quota:critic");
    expect(run.owed).toEqual(["gate b!after0", "timer retrying:a"]);
  });

  it("is asked again after what passes by itself, three times, and then does not hold", () => {
    const run = judged({ ...judge, retry: 2 });
    run.ok("a");
    for (let time = 0; time < 3; time += 1) {
      run.fail("a", { class: "transient" });
      run.fire("retrying:a");
    }
    run.fail("a", { class: "transient" });
    expect(run.ends).toEqual({ a: "failed" });
    expect(run.node("a").gateResults[0]?.evidence).toMatchObject({
      error: "the judge could not be asked: it broke",
      undecided: true,
    });
    expect(run.state.ledger.agents).toBe(4);
  });

  it("waits for an open circuit breaker", () => {
    const run = judged();
    run.ok("a");
    run.fail(
      "a",
      { class: "transient", breaker: "agent critic", resetAt: beginning + 9000 },
      { asked: false },
    );
    expect(run.status).toBe("waiting");
    expect(run.dueAt("retrying:a")).toBe(beginning + 9000);
    expect(run.state.ledger.agents).toBe(0);
  });

  it("does not hold when a cap of its step leaves no agent for it, and says so", () => {
    const step = { name: "a", agent: "mock", prompt: "x", limits: { cost: 1 }, gates: judge };
    const workflow = workflowOf({ name: "w", chain: [step] });
    const run = new CoreRun(workflow, { plan: { expectedMs: {}, costUsd: { "a!after0": 1.5 } } });
    run.ok("a");
    expect(run.ends).toEqual({ a: "failed" });
    expect(run.node("a").failure?.message).toContain('the cap on cost of "a" would be passed');
  });

  it("is only noted when it is advisory", () => {
    const run = judged({ ...judge, level: "advisory" }, { limits: { agents: 0 } });
    run.ok("a");
    expect(run.ends).toEqual({ a: "verified" });
  });

  it("asks the agent of the run where it names none, and that of the caller before all", () => {
    const workflow = workflowOf({
      name: "test",
      agent: "lead",
      model: "m1",
      chain: [{ name: "a", run: "./a", gates: [{ judge: "good" }] }],
    });
    const run = new CoreRun(workflow);
    run.ok("a");
    expect(run.work("a")).toMatchObject({ check: { agent: "lead", model: "m1" } });
    const other = new CoreRun(workflow, { overrides: { agent: "mock" } });
    other.ok("a");
    expect(other.work("a")).toMatchObject({ check: { agent: "mock" } });
  });

  it("may come before the step, when there is nothing of it to judge", () => {
    const run = new CoreRun(
      workflowOf({
        name: "test",
        chain: [{ name: "a", run: "./a", before: { duplication: "a parser of dates" } }],
      }),
    );
    expect(run.work("a")).toMatchObject({
      check: { question: { about: "duplication", criterion: "a parser of dates" } },
      subject: {},
    });
    run.ok("a", held);
    expect(run.owed).toEqual(["perform a"]);
    run.ok("a");
    expect(run.status).toBe("completed");
  });

  it("of a run is told what was asked, what each step answered, and who changed which files", () => {
    const inner = { name: "c", prompt: "go on", agent: "writer" };
    const run = new CoreRun(
      workflowOf({
        name: "w",
        description: "does it",
        inputs: { goal: { type: "string", default: "speed" } },
        chain: [
          { name: "a", run: "./a" },
          { name: "b", steps: [inner] },
        ],
        gates: { judge: "good" },
      }),
      { inputs: { goal: "speed" } },
    );
    run.ok("a", { output: "done", changedFiles: ["y", "x"] });
    run.ok("b/c", { output: { n: 1 }, changedFiles: ["x", "z"] });
    expect(run.work("gates")).toMatchObject({
      subject: {
        since: run.state.createdAt,
        work: {
          asked: 'the workflow w\ndoes it\nwith {"goal":"speed"}',
          steps: [
            { name: "a", output: "done" },
            { name: "b", output: { c: { n: 1 } } },
          ],
          changedFiles: ["x", "y", "z"],
          agents: ["writer"],
        },
      },
    });
    run.ok("gates", held);
    expect(run.status).toBe("completed");
  });

  it("of a workflow that is called is told of that, and of what it was given", () => {
    const work = stepOf("work", { kind: "function", function: "f", args: null });
    const question = { about: "criteria", criteria: ["good"] } as const;
    const gate = { kind: "judge", name: "good", level: "blocking", retry: 0, question } as const;
    const needs = [{ step: "work", because: "depends_on" }] as const;
    const end = stepOf("gates", { kind: "gates" }, { before: [gate], needs });
    const target = { schema: { type: "string" }, required: true };
    const call = { workflow: "other", inputs: { target }, with: { target: "lib" } };
    const run = new CoreRun(
      workflowWith([stepOf("sub", { kind: "chain", chain: chainOf([work, end]), call })]),
    );
    run.ok("sub/work", { output: "done" });
    expect(run.work("sub/gates")).toMatchObject({
      subject: {
        work: {
          asked: 'the workflow other\nwith {"target":"lib"}',
          steps: [{ name: "work", output: "done" }],
        },
      },
    });
  });

  it("that cannot be asked because a text of it has no value does not hold", () => {
    const run = judged({ judge: "good as ${ a.output.missing.more }" });
    run.ok("a", { output: {} });
    expect(run.node("a").gateResults[0]?.evidence).toMatchObject({ undecided: true });
  });

  it("is asked anew after its process died, and what it used until then is not known", () => {
    const run = judged();
    run.ok("a");
    run.crash();
    expect(run.owed).toEqual(["gate a!after0"]);
    expect(run.state.ledger).toMatchObject({ agents: 2, unknownCosts: 1 });
    run.ok("a", held);
    expect(run.ends).toEqual({ a: "verified" });
    expect(run.events.filter(({ type }) => type === "attempt.started")).toHaveLength(1);
  });

  it("ends with the run when that is cancelled", () => {
    const run = judged();
    run.ok("a");
    run.give({ type: "cancel" });
    run.fail("a", { class: "cancelled", code: "CANCELLED" }, { usage: usage(0.2) });
    expect(run.ends).toEqual({ a: "cancelled" });
    expect(run.state.ledger.costUsd).toBe(0.2);
    const late = judged();
    late.give({ type: "cancel" });
    late.ok("a");
    expect(late.ends).toEqual({ a: "cancelled" });
    const waiting = judged();
    waiting.ok("a");
    waiting.fail("a", refused);
    waiting.give({ type: "cancel" });
    expect(waiting.ends).toEqual({ a: "cancelled" });
  });

  it("comes to the same wherever the process ends", () => {
    const work = (run: CoreRun, owed: string) => {
      if (owed === "perform a") run.ok("a");
      else if (run.node("a").vain === undefined) run.fail("a", { class: "transient" });
      else run.ok("a", held);
    };
    for (const run of crashedRuns(judged, work)) expect(run.status).toBe("completed");
  });
});
