import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { withLanes } from "../language/lanes.ts";
import { beginning, CoreRun, parallelOf, workflowOf } from "../testing/core-run.ts";
import type { Outcome } from "./outcome.ts";
import { stepView } from "./scope.ts";

/** What a function step is called with, once what it needs has ended. */
function argsOf(run: CoreRun, address = "z"): Json {
  const work = run.work(address);
  return work.type === "perform" && work.request.kind === "function" ? work.request.args : null;
}

describe("what expressions see", () => {
  it("is the run, its inputs, its environment and its steps", () => {
    const run = new CoreRun(
      parallelOf(
        [
          { name: "a", agent: "mock", prompt: "hi" },
          {
            name: "z",
            function: "work",
            depends_on: ["a"],
            args: {
              inputs: "${ inputs.n + 1 }",
              env: "${ env.MODE } ${ env.COUNT } ${ env.RUN }",
              run: "${ run.id } ${ run.name }",
              started: "${ run.started_at }",
              step: "${ a.output.score }",
              also: '${ steps["a"].results.score }',
              metrics: "${ a.quality_metrics.clean }",
              status: "${ a.status } ${ a.attempts } ${ a.duration_ms }",
              cost: "${ a.cost_usd }",
              files: "${ a.changed_files }",
              process: "${ a.exit_code } ${ a.stdout }",
              error: "${ a.error }",
            },
          },
        ],
        {
          inputs: { n: { type: "integer" } },
          env: { MODE: "m-${ inputs.n }", COUNT: "${ inputs.n }", RUN: "${ run.name }" },
        },
      ),
      { inputs: { n: 4 } },
    );
    run.now += 250;
    run.ok("a", {
      output: { score: 7, quality_metrics: { clean: true } },
      usage: { costUsd: 0.5, inputTokens: 1, outputTokens: 1 },
      changedFiles: ["src/a.ts"],
      exitCode: 0,
      stdout: "done",
    });
    expect(argsOf(run)).toEqual({
      inputs: 5,
      env: "m-4 4 test",
      run: "r1 test",
      started: beginning,
      step: 7,
      also: 7,
      metrics: true,
      status: "claimed 1 250",
      cost: 0.5,
      files: ["src/a.ts"],
      process: "0 done",
      error: null,
    });
  });

  it("is nothing for a step that did nothing, and a cost that is unknown is unknown", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "a", agent: "mock", prompt: "hi" },
        { name: "b", agent: "mock", prompt: "hi" },
        { name: "s", run: "true", when: "false", depends_on: ["b"] },
      ]),
    );
    run.ok("b");
    expect(stepView(run.state, run.node("s"))).toMatchObject({
      output: null,
      results: null,
      status: "skipped",
      error: null,
      cost_usd: 0,
      duration_ms: 0,
      attempts: 0,
      quality_metrics: {},
      changed_files: [],
      exit_code: null,
      stdout: "",
    });
    run.now += 70;
    run.give({ type: "signal", name: "x", payload: 1 });
    expect(stepView(run.state, run.node("a"))).toMatchObject({ status: "running", duration_ms: 70 });
    run.fail("a", { message: "no" }, { usage: { costUsd: null, inputTokens: 0, outputTokens: 0 } });
    expect(stepView(run.state, run.node("a"))).toMatchObject({
      status: "failed",
      cost_usd: null,
      error: "no",
    });
  });

  it("is what the gate said, and nothing in the first round", () => {
    const gates = [{ check: "z.attempts > 1", retry: 1 }];
    const z = { name: "z", function: "work", args: ["${ feedback }"], gates };
    const run = new CoreRun(parallelOf([z]));
    expect(argsOf(run)).toEqual([""]);
    run.ok("z");
    run.fire("retrying:z");
    expect(argsOf(run)).toEqual([expect.stringContaining("did not hold")]);
  });

  it("is the uniform contract of a step, whatever it does", () => {
    const z = { name: "z", function: "work", args: "${ a.result }" };
    const resultOf = (outcome: Partial<Outcome>): Json => {
      const a = { name: "a", agent: "mock", prompt: "hi", gates: [{ check: "true" }] };
      const run = new CoreRun(parallelOf([a, z]));
      run.now += 40;
      run.ok("a", outcome);
      return argsOf(run);
    };
    const usage = { costUsd: 0.25, inputTokens: 1, outputTokens: 1 };
    const gates = [{ name: "true", passed: true }];
    expect(resultOf({ output: "text", usage })).toEqual({
      command_id: "a",
      execution_status: "success",
      primary_outputs: "text",
      workflow_data: {},
      quality_metrics: { duration_ms: 40, cost_usd: 0.25, gates },
      next_command_context: {},
    });
    const output = {
      workflow_data: { n: 1 },
      quality_metrics: { score: 9 },
      next_command_context: { next: "b" },
    };
    expect(resultOf({ output, reported: "partial", usage: { ...usage, costUsd: null } })).toEqual({
      command_id: "a",
      execution_status: "partial",
      primary_outputs: output,
      workflow_data: { n: 1 },
      quality_metrics: { score: 9, duration_ms: 40, cost_usd: null, gates },
      next_command_context: { next: "b" },
    });
  });

  it("says of a contract's status what the step came to", () => {
    const run = new CoreRun(
      parallelOf(
        [
          { name: "a", run: "true" },
          { name: "b", run: "true" },
          { name: "s", run: "true", when: "false" },
        ],
        { chain: { error_strategy: "continue_on_failure" } },
      ),
    );
    run.fail("a");
    const statusOf = (name: string) => stepView(run.state, run.node(name));
    expect(statusOf("a")).toMatchObject({ result: { execution_status: "failure" } });
    expect(statusOf("b")).toMatchObject({ result: { execution_status: null } });
    expect(statusOf("s")).toMatchObject({ result: { execution_status: null } });
  });

  it("names the last trouble of a step that is tried again", () => {
    const run = new CoreRun(parallelOf([{ name: "a", run: "true", retry: { max: 1, on: ["failure"] } }]));
    run.fail("a", { class: "failure", message: "not yet" });
    expect(stepView(run.state, run.node("a"))).toMatchObject({ status: "retrying", error: "not yet" });
  });

  it("reaches out of groups, the nearest name first, and not into others", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "a", run: "true" },
        { name: "b", run: "true" },
        {
          name: "g",
          steps: [
            { name: "a", run: "true" },
            {
              name: "h",
              steps: [
                {
                  name: "z",
                  function: "work",
                  args: ["${ a.output }", "${ b.output }", '${ steps["a"].output }'],
                },
              ],
            },
          ],
        },
      ]),
    );
    run.ok("a", { output: "outer" });
    run.ok("b", { output: "b" });
    run.ok("g/a", { output: "inner" });
    expect(argsOf(run, "g/h/z")).toEqual(["inner", "b", "inner"]);
  });

  it("is of a block what its own steps gave, and not the one that lands it", () => {
    const block = [
      { name: "a", function: "f" },
      { name: "b", prompt: "x" },
    ];
    const workflow = workflowOf({
      name: "w",
      chain: [
        {
          name: "p",
          parallel: "all",
          steps: [
            { name: "c", steps: block },
            { name: "d", prompt: "y" },
          ],
        },
        { name: "l", repeat: 1, workspace: "step", steps: block },
        {
          name: "z",
          function: "work",
          args: { block: "${ p.output.c }", round: "${ l.last }", rounds: "${ l.output }" },
        },
      ],
    });
    const run = new CoreRun(withLanes(workflow, "run"));
    for (const address of ["p/c/a", "p/d", "p/c/b", "l#1/a", "l#1/b"]) run.ok(address, { output: address });
    expect(argsOf(run)).toEqual({
      block: { a: "p/c/a", b: "p/c/b" },
      round: { output: "l#1/b", a: "l#1/a", b: "l#1/b" },
      rounds: { a: "l#1/a", b: "l#1/b" },
    });
  });
});

describe("secrets", () => {
  it("stand as markers in requests and environments, and never as themselves", () => {
    const http = { method: "GET", url: "http://localhost/", headers: { auth: "Bearer ${ secrets.TOKEN }" } };
    const line = { name: "b", expect: "1s", run: "true", env: { OWN: "${ secrets.KEY }", N: "${ 1 + 1 }" } };
    const run = new CoreRun(parallelOf([{ name: "a", http }, line], { env: { ALL: "x-${ secrets.HOOK }" } }));
    expect(run.work("a")).toMatchObject({ request: { headers: { auth: "Bearer ⟨secret:5eed:TOKEN⟩" } } });
    expect(run.work("b").policy.env).toEqual({
      ALL: "x-⟨secret:5eed:HOOK⟩",
      OWN: "⟨secret:5eed:KEY⟩",
      N: "2",
    });
  });
});
