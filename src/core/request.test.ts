import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { CoreRun, parallelOf } from "../testing/core-run.ts";
import type { Request } from "./effects.ts";
import type { RunOverrides } from "./events.ts";
import { renderRequest } from "./request.ts";

function requestOf(
  step: Json,
  { overrides = {}, ...rest }: Record<string, Json> & { overrides?: RunOverrides } = {},
): Request {
  const run = new CoreRun(parallelOf([step], rest), { overrides });
  const work = run.work("a");
  if (work.type !== "perform") throw new Error("a gate");
  return work.request;
}

describe("a request", () => {
  it("of a shell line carries its values beside it", () => {
    expect(requestOf({ name: "a", run: "echo ${{ run.name }}", cwd: "sub" })).toEqual({
      kind: "run",
      cwd: "sub",
      shell: { line: expect.not.stringContaining("test"), values: expect.any(Object) },
    });
  });

  it("of a shell line with values goes with the line as written", () => {
    const written = (line: string) => {
      const work = new CoreRun(parallelOf([{ name: "a", run: line }])).work("a");
      return work.policy.written;
    };
    expect(written("echo ${{ run.name }}")).toBe("echo ${{ run.name }}");
    expect(written("echo")).toBeUndefined();
  });

  it("of a command has its arguments, context and claims", () => {
    const step = {
      name: "a",
      command: "/task",
      params: "for ${ run.name }",
      context: { scope: "${ run.id }" },
      gates: [{ claim: "safe" }, { check: "true" }],
    };
    expect(requestOf(step)).toEqual({
      kind: "command",
      command: "/task",
      arguments: "for test",
      agent: "claude-code",
      context: { scope: "r1" },
      claims: ["safe"],
    });
    expect(requestOf({ name: "a", command: "/task" })).toEqual({
      kind: "command",
      command: "/task",
      arguments: "",
      agent: "claude-code",
    });
  });

  it("of an agent or a command has its preamble filled in", () => {
    for (const work of [{ prompt: "hi" }, { command: "/task" }]) {
      expect(requestOf({ name: "a", ...work, preamble: "In ${ run.name }." })).toMatchObject({
        preamble: "In test.",
      });
    }
  });

  it("goes with what it has to do with a memory, and with what it was told before", () => {
    const asking = (memory: Json) => new CoreRun(parallelOf([{ name: "a", prompt: "hi", memory }]));
    const whole = { name: "notes", maxBytes: 8000 };
    expect(asking("notes").work("a").policy.memory).toEqual({ ...whole, read: true, learns: true });
    expect(asking({ name: "notes", write: false }).work("a").policy.memory).toEqual({ ...whole, read: true });
    const run = asking({ name: "notes", read: false, max: "1k" });
    expect(run.work("a").policy.memory).toEqual({ name: "notes", maxBytes: 1000, learns: true });
    const again = asking("notes");
    const tell = (artifact: string) =>
      again.give({
        type: "stage",
        effect: again.work("a").id,
        record: { stage: "memory", ok: true, durationMs: 0, memory: { name: "notes", artifact } },
      });
    tell("sha256:1");
    tell("sha256:2");
    again.crash();
    expect(again.work("a").policy.memory).toMatchObject({ was: "sha256:1" });
    again.fail("a", { class: "transient" });
    again.fire("retrying:a");
    expect(again.work("a").policy.memory).toMatchObject({ was: "sha256:1" });
  });

  it("of an agent has its prompt and tools", () => {
    expect(requestOf({ name: "a", agent: "mock", prompt: "hi ${ run.id }", tools: ["Read"] })).toEqual({
      kind: "agent",
      agent: "mock",
      prompt: "hi r1",
      tools: ["Read"],
    });
  });

  it("says how long the agent is to think, when the step says so", () => {
    const command = { name: "a", command: "/task", effort: "low" };
    expect(requestOf(command)).toMatchObject({ kind: "command", effort: "low" });
    const prompt = { name: "a", agent: "mock", prompt: "hi", effort: "high" };
    expect(requestOf(prompt)).toMatchObject({ kind: "agent", effort: "high" });
  });

  it("of HTTP has every part filled in", () => {
    const http = {
      method: "PUT",
      url: "http://localhost/${ run.id }",
      headers: { "x-run": "${ run.name }" },
      body: { n: "${ 1 + 1 }" },
      expect: [201],
    };
    expect(requestOf({ name: "a", http })).toEqual({
      kind: "http",
      method: "PUT",
      url: "http://localhost/r1",
      headers: { "x-run": "test" },
      body: { n: 2 },
      expect: [201],
    });
    expect(requestOf({ name: "a", http: { method: "GET", url: "http://localhost/" } })).toEqual({
      kind: "http",
      method: "GET",
      url: "http://localhost/",
      headers: {},
    });
  });

  it("of a function has its arguments, or none", () => {
    expect(requestOf({ name: "a", function: "work", args: [1, "${ run.id }"] })).toMatchObject({
      args: [1, "r1"],
    });
    expect(requestOf({ name: "a", function: "work" })).toMatchObject({ kind: "function", function: "work" });
  });

  it("goes to the agent and model of the caller, else the step's, else the workflow's", () => {
    const step = { name: "a", command: "/task", agent: "mine", model: "large" };
    const workflow = { agent: "ours", model: "medium" };
    expect(requestOf(step, workflow)).toMatchObject({ agent: "mine", model: "large" });
    expect(requestOf({ name: "a", command: "/task" }, workflow)).toMatchObject({
      agent: "ours",
      model: "medium",
    });
    expect(requestOf(step, { ...workflow, overrides: { agent: "theirs", model: "small" } })).toMatchObject({
      agent: "theirs",
      model: "large",
    });
  });

  it("is nothing that a wait or a group has", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "w", wait: "3s" },
        { name: "g", steps: [{ name: "x", run: "true" }] },
      ]),
    );
    expect(() => renderRequest(run.state, run.node("w"))).toThrow(TypeError);
    expect(() => renderRequest(run.state, run.node("g"))).toThrow(TypeError);
  });
});

describe("what the performer must hold to", () => {
  it("is the step's: times, shape, cache, files", () => {
    const step = {
      name: "a",
      command: "/task",
      timeout: "5m",
      idle_timeout: "1m",
      cache: "1h",
      reads: ["src/**"],
      output: { type: "object", properties: { n: { type: "integer" } } },
      gates: [{ run: "./check", timeout: "9s" }, { run: "./more" }],
    };
    const run = new CoreRun(parallelOf([step], { limits: { output: "2 MB" } }));
    expect(run.work("a").policy).toEqual({
      timeoutMs: 300_000,
      idleMs: 60_000,
      cacheMs: 3_600_000,
      outputBytes: run.state.limits.outputBytes,
      schema: { type: "object", properties: { n: { type: "integer" } } },
      reads: ["src/**"],
      env: {},
      remainingUsd: 10,
      definition: expect.objectContaining({ action: expect.objectContaining({ command: "/task" }) }),
    });
    run.ok("a");
    expect(run.work("a").policy.timeoutMs).toBe(9000);
    run.ok("a");
    expect(run.work("a").policy).not.toHaveProperty("timeoutMs");
  });

  it("lets a step that has to answer claims add them to its output", () => {
    const gates = [{ claim: "safe" }];
    const schemas = [{ type: "object", properties: { n: { type: "integer" } } }, { type: "object" }] as const;
    expect(
      schemas.map(
        (output) =>
          new CoreRun(parallelOf([{ name: "a", command: "/task", output, gates }])).work("a").policy.schema,
      ),
    ).toMatchObject([
      { properties: { n: { type: "integer" }, quality_metrics: { type: "object" } } },
      { properties: { quality_metrics: { type: "object" } } },
    ]);
  });
});
