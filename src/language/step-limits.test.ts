import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { loadObject, loadWorkflow } from "./load.ts";
import type { Step, Workflow } from "./workflow.ts";

function loaded(value: Json): Workflow {
  const { workflow, problems } = loadObject(value);
  if (!workflow) throw new Error(problems.map(({ message }) => message).join("\n"));
  return workflow;
}

function step(keys: Readonly<Record<string, Json>>): Step | undefined {
  return loaded({ name: "w", chain: [{ name: "a", command: "/task", ...keys }] }).chain.steps[0];
}

function problemsOf(value: Json): readonly string[] {
  return loadObject(value).problems.map(({ code, message, fix }) => `${code}: ${message} | ${fix}`);
}

describe("limits of a workflow", () => {
  it("say how caps work, and the cap of the day", () => {
    const { limits, limitRules } = loaded({
      name: "w",
      limits: { day: "20 USD", mode: "audit", on_limit: "degrade" },
      chain: [{ run: "true" }],
    });
    expect(limits.dayUsd).toBe(20);
    expect(limitRules).toEqual({ mode: "audit", onLimit: "degrade" });
  });

  it("say nothing that is not written", () => {
    const { limits, limitRules, ownLimits } = loaded({
      name: "w",
      limits: { parallel: 2 },
      chain: [{ run: "true" }],
    });
    expect(limits).not.toHaveProperty("dayUsd");
    expect({ limitRules, ownLimits }).toEqual({ limitRules: undefined, ownLimits: undefined });
    expect(loaded({ name: "w", limits: { on_limit: "fail" }, chain: [{ run: "true" }] }).limitRules).toEqual({
      onLimit: "fail",
    });
  });

  it("keep apart what the file itself says", () => {
    const { ownLimits } = loaded({ name: "w", limits: { cost: 10, time: "1h" }, chain: [{ run: "true" }] });
    expect(ownLimits).toEqual({ costUsd: 10, timeMs: 3_600_000 });
  });
});

describe("limits of a step", () => {
  it("are caps on money, tokens and agents", () => {
    expect(step({ limits: { cost: "1 USD", tokens: "20k", agents: 3 } })?.limits).toEqual({
      costUsd: 1,
      tokens: 20_000,
      agents: 3,
    });
    expect(step({})).not.toHaveProperty("limits");
  });

  it("may stand at steps that hold others", () => {
    const { chain } = loaded({
      name: "w",
      chain: [
        { name: "g", limits: { cost: 2 }, steps: [{ command: "/task" }] },
        { name: "l", limits: { agents: 2 }, repeat: 3, steps: [{ command: "/task" }] },
      ],
    });
    expect(chain.steps.map(({ limits }) => limits)).toEqual([{ costUsd: 2 }, { agents: 2 }]);
  });

  it("are caps on time for every kind of work, and no others where no agent is asked", () => {
    const limits = { time: "10m", cost: 1, agents: 2 };
    const problems = problemsOf({ name: "w", chain: [{ name: "a", run: "true", limits }] });
    expect(problems).toEqual([
      expect.stringMatching(/^UNKNOWN_KEY: Cannot use "cost" in the `limits` here: .*\(run\) asks no agent/),
      expect.stringMatching(/^UNKNOWN_KEY: Cannot use "agents"/),
    ]);
    const timed = { name: "w", chain: [{ name: "a", http: { url: "http://x/" }, limits: { time: "10m" } }] };
    expect(loaded(timed).chain.steps[0]?.limits).toEqual({ timeMs: 600_000 });
    const [problem] = problemsOf({ name: "w", chain: [{ wait: "1h", limits: { time: "1m" } }] });
    expect(problem).toContain('Cannot use "limits" here');
  });

  it("say what to write for what holds for the whole run", () => {
    const problems = problemsOf({
      name: "w",
      chain: [{ command: "/task", limits: { day: 1, parallel: 2, cots: 1 } }],
    });
    expect(problems).toEqual([
      expect.stringMatching(/^NOT_SUPPORTED: Cannot use "day".*whole run/),
      expect.stringMatching(/^NOT_SUPPORTED: Cannot use "parallel".*whole run/),
      expect.stringMatching(/^UNKNOWN_KEY: .*write "cost"/),
    ]);
    expect(problemsOf({ name: "w", chain: [{ command: "/task", limits: 3 }] })[0]).toContain("WRONG_TYPE");
  });
});

describe("what a step is expected to take", () => {
  it("is a duration, or more", () => {
    expect(step({ expect: "5m" })?.expectedMs).toBe(300_000);
    expect(step({ expect: { time: "5m", cost: "0.50 USD", tokens: "20k" } })).toMatchObject({
      expectedMs: 300_000,
      expectedUsd: 0.5,
      expectedTokens: 20_000,
    });
    expect(step({ expect: { cost: 1 } })).not.toHaveProperty("expectedMs");
  });

  it("is refused when it is neither", () => {
    const [problem] = problemsOf({ name: "w", chain: [{ command: "/task", expect: { costs: 1 } }] });
    expect(problem).toContain("{time: 5m, cost: 0.50 USD, tokens: 20k}");
  });
});

describe("limits of a called workflow", () => {
  const callOf = (limits: Json | undefined, own: string): Step["limits"] => {
    const workflows = {
      "./b.yaml": loaded({ name: "b", limits: own === "" ? {} : { cost: own }, chain: [{ command: "/x" }] }),
    };
    const call = { name: "c", workflow: "./b.yaml", ...(limits === undefined ? {} : { limits }) };
    const text = JSON.stringify({ name: "w", chain: [call] });
    return loadWorkflow(text, { workflows }).workflow?.chain.steps[0]?.limits;
  };

  it("hold for its steps, where they are written", () => {
    expect(callOf(undefined, "3 USD")).toEqual({ costUsd: 3 });
    expect(callOf(undefined, "")).toBeUndefined();
  });

  it("hold beside those of the step that calls it: the lower one counts", () => {
    expect(callOf({ cost: 2, agents: 4 }, "3 USD")).toEqual({ costUsd: 2, agents: 4 });
    expect(callOf({ cost: 5 }, "3 USD")).toEqual({ costUsd: 3 });
    expect(callOf({ agents: 1 }, "")).toEqual({ agents: 1 });
    expect(callOf({ time: "1m" }, "1 USD")).toEqual({ costUsd: 1, timeMs: 60_000 });
  });
});
