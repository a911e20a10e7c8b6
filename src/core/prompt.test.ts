import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../expression/json.ts";
import { CoreRun, parallelOf } from "../testing/core-run.ts";
import type { Request } from "./effects.ts";
import type { Event, RunOverrides } from "./events.ts";

type Started = Extract<Event, { type: "attempt.started" }>;
type Asking = Extract<Request, { kind: "agent" | "command" }>;

const long = "word ".repeat(400);

/** What the step "b" was given that follows "a", whose output this is. */
function begun(
  b: JsonObject,
  { output = long, overrides = {}, ...rest }: JsonObject & { output?: Json; overrides?: RunOverrides } = {},
): Started & { readonly request: Asking } {
  const a = { name: "a", run: "true" };
  const run = new CoreRun(
    parallelOf([a, { name: "b", ...b }], { ...rest, inputs: { q: { default: "why" } } }),
    {
      overrides,
      inputs: { q: "why" },
    },
  );
  run.ok("a", { output });
  const event = run.events.findLast((one): one is Started => one.type === "attempt.started");
  if (event?.request.kind !== "agent" && event?.request.kind !== "command") throw new Error("no agent");
  return { ...event, request: event.request };
}

describe("the prompt of a step", () => {
  it("has all values whole, and no record of them, where nothing is said", () => {
    const { request, context } = begun({ prompt: "Look: ${ a.output }" });
    expect(request).toMatchObject({ prompt: `Look: ${long}` });
    expect(context).toBeUndefined();
  });

  it("has what its context window lets in, with a record of it", () => {
    const { request, context } = begun({
      prompt: "Say ${ inputs.q }: ${ a.output }",
      context_window: { references: { over: 300 } },
    });
    const [file] = request.files ?? [];
    expect(file?.text).toBe(long);
    expect(request).toMatchObject({ prompt: expect.stringContaining(`Say why: [in the file ${file?.path}`) });
    expect(context).toMatchObject({
      fixed: 2,
      parts: [
        { source: "inputs.q", became: "whole" },
        { source: "a.output", became: "reference", path: file?.path },
      ],
    });
  });

  it.each([
    [{}, { agent: "far" }],
    [{ agent: "near", fallback_agents: ["far"] }, {}],
    [{ agent: "far", context_window: { references: { over: 300 } } }, {}],
  ])("stays whole for an agent that cannot read files: %j, %j", (step, overrides) => {
    const steps = [
      { name: "a", run: "true" },
      { name: "b", prompt: "Look: ${ a.output }", ...step },
    ];
    const window = { context_window: { references: { over: 300 } } };
    const run = new CoreRun({ ...parallelOf(steps, window), fileless: ["far"] }, { overrides });
    run.ok("a", { output: long });
    const event = run.events.findLast((one): one is Started => one.type === "attempt.started");
    expect(event?.request).toMatchObject({ prompt: `Look: ${long}` });
    expect(event?.request).not.toHaveProperty("files");
  });

  it("of a command counts its arguments and its context", () => {
    const { request, context } = begun({
      command: "/task",
      params: "for ${ inputs.q }",
      context: { found: "${ a.output }", list: ["${ inputs.q }", 1] },
      context_window: { drop: ["a.output"] },
    });
    expect(request).toMatchObject({ arguments: "for why", context: { found: "", list: ["why", 1] } });
    expect(context?.parts.map(({ source, became }) => [source, became])).toEqual([
      ["inputs.q", "whole"],
      ["a.output", "dropped"],
      ["inputs.q", "whole"],
    ]);
  });

  it("keeps values of a command's context that are no texts as they are", () => {
    const { request } = begun(
      { command: "/task", context: { found: "${ a.output }" }, context_window: "20k" },
      { output: { n: 1 } },
    );
    expect(request).toMatchObject({ context: { found: { n: 1 } } });
  });

  it("counts its preamble as text that is never cut", () => {
    const window = { preamble: "p".repeat(400), prompt: "${ a.output }", context_window: { budget: 150 } };
    const { request, context } = begun(window);
    expect(request.preamble).toHaveLength(400);
    expect(context).toMatchObject({ fixed: 100, budget: 150 });
    expect(context?.kept).toBeLessThanOrEqual(150);
  });

  it("is put into no file for who has no tool to read it", () => {
    const workflow = { context_window: { references: { over: 100 } } };
    const became = (tools: string[]) =>
      begun({ prompt: "${ a.output }", tools }, workflow).context?.parts[0]?.became;
    expect([became(["Edit"]), became(["Read"])]).toEqual(["whole", "reference"]);
  });

  it("follows its workflow's window, and its own before, key by key", () => {
    const workflow = { context_window: { references: { over: 100 }, drop: ["inputs"] } };
    const prompt = "${ inputs.q }${ a.output }";
    const became = (window: JsonObject | undefined) =>
      begun({ prompt, ...(window ? { context_window: window } : {}) }, workflow).context?.parts.map(
        (part) => part.became,
      );
    expect(became(undefined)).toEqual(["dropped", "reference"]);
    expect(became({ references: { over: "9k" } })).toEqual(["dropped", "whole"]);
    expect(became({ drop: ["a"] })).toEqual(["whole", "dropped"]);
  });
});

describe("a summary for a prompt", () => {
  const asked = (b: JsonObject, rest: JsonObject & { overrides?: RunOverrides } = {}) => {
    const { request } = begun({ prompt: "${ a.output }", ...b }, rest);
    const [summary] = request.summaries ?? [];
    return { agent: summary?.agent, model: summary?.model };
  };
  const window = (more: JsonObject = {}) => ({ context_window: { summarize: { over: 300, ...more } } });

  it("is made by the agent of the step, with its model", () => {
    expect(asked({ ...window(), agent: "mock", model: "big" })).toEqual({ agent: "mock", model: "big" });
    expect(asked(window())).toEqual({ agent: "claude-code", model: undefined });
  });

  it("is made by the agent that is named, with a model of its own", () => {
    const step = { agent: "mock", model: "big" };
    expect(asked({ ...window({ agent: "fast" }), ...step })).toEqual({ agent: "fast", model: undefined });
    expect(asked({ ...window({ agent: "mock" }), ...step })).toEqual({ agent: "mock", model: "big" });
    expect(asked({ ...window({ model: "small" }), ...step })).toEqual({ agent: "mock", model: "small" });
  });

  it("is made by the agent that was named for the run, whatever the file says", () => {
    expect(asked(window({ agent: "fast" }), { overrides: { agent: "mock" } }).agent).toBe("mock");
  });

  it("is no reason to do a step again that a backup did, who made its own", () => {
    const steps = [
      { name: "a", run: "true" },
      { name: "b", prompt: "${ a.output }", agent: "x", fallback_agents: ["y"], ...window() },
      { name: "c", run: "true", depends_on: ["b"] },
    ];
    const run = new CoreRun(parallelOf(steps));
    run.ok("a", { output: long });
    run.fail("b", { code: "AGENT_UNAVAILABLE", class: "permanent" });
    if (run.owed.includes("timer retrying:b")) run.fire("retrying:b");
    const { request } = run.node("b");
    expect(request).toMatchObject({ agent: "y", summaries: [{ agent: "y" }] });
    run.ok("b");
    run.fail("c");
    run.give({ type: "restart" });
    expect(run.node("b").reused).toBe(true);
  });

  it("is asked for only as often as caps on agents leave", () => {
    const two = { name: "b", prompt: "${ a.output } ${ z.output }", ...window() };
    const mostAsks = (agents: number) => {
      const steps = [{ name: "a", run: "true" }, { name: "z", run: "true" }, two];
      const run = new CoreRun(parallelOf(steps, { limits: { agents } }));
      run.ok("a", { output: long });
      run.ok("z", { output: `${long}.` });
      const { policy } = run.work("b");
      return policy.mostAsks;
    };
    expect([mostAsks(1), mostAsks(2), mostAsks(9)]).toEqual([1, 2, 3]);
  });

  it("stands in a slot until it is made", () => {
    const { request, context } = begun({ prompt: "Look: ${ a.output }", ...window() });
    expect(request).toMatchObject({ prompt: `Look: ${request.summaries?.[0]?.slot}` });
    expect(context?.parts).toMatchObject([{ became: "summary", kept: 75, tokens: 500 }]);
  });
});
