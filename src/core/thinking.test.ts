import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import type { CommandAction, Step } from "../language/workflow.ts";
import { CoreRun, parallelOf, workflowOf } from "../testing/core-run.ts";
import type { Event } from "./events.ts";
import { effortFor, thinkingOf, type ThinkingRecord } from "./thinking.ts";

type Started = Extract<Event, { type: "attempt.started" }>;

function stepOf(keys: Readonly<Record<string, Json>>): Step {
  const [step] = workflowOf({ name: "w", chain: [{ name: "a", ...keys }] }).chain.steps;
  if (!step) throw new Error("no step");
  return step;
}

function thought(
  keys: Readonly<Record<string, Json>>,
  asked: { text?: string; values?: number; rounds?: number } = {},
): ThinkingRecord | undefined {
  const { text = "", values = 0, rounds = 0 } = asked;
  return thinkingOf({}, stepOf({ thinking: "auto", tools: ["Read"], prompt: "x", ...keys }), {
    text: () => text,
    values,
    rounds,
  });
}

const because = (record: ThinkingRecord | undefined) => record?.signs?.map((sign) => sign.because) ?? [];

describe("how long an agent thinks", () => {
  it("is not said where nobody says it", () => {
    const asked = { text: () => "x", values: 0, rounds: 0 };
    expect(thinkingOf({}, stepOf({ prompt: "x" }), asked)).toBeUndefined();
    expect(thinkingOf({ thinking: "auto" }, stepOf({ run: "true" }), asked)).toBeUndefined();
    expect(thinkingOf({ thinking: "auto" }, stepOf({ prompt: "x", effort: "low" }), asked)).toBeUndefined();
  });

  it("is what the step says, else what its workflow says", () => {
    const asked = { text: () => "x", values: 0, rounds: 0 };
    expect(thinkingOf({ thinking: "instant" }, stepOf({ prompt: "x" }), asked)).toEqual({ level: "instant" });
    const step = stepOf({ prompt: "x", thinking: "extended" });
    expect(thinkingOf({ thinking: "instant" }, step, asked)).toEqual({ level: "extended" });
  });

  it("follows from the words of what is asked", () => {
    expect(thought({}, { text: "fix the typo" })).toEqual({
      level: "instant",
      score: 0,
      signs: [
        { points: 1, because: "one goal: fix" },
        { points: -1, because: "said to be small: typo" },
      ],
    });
    const text = "Migrate the payments of the whole platform and find out why tests are flaky";
    expect(thought({}, { text })?.level).toBe("extended");
  });

  it("follows from the step around it", () => {
    expect(because(thought({ tools: ["Edit"] }))).toEqual(["it may change files"]);
    expect(because(thought({}, { values: 3 }))).toEqual(["3 values go into it"]);
    expect(thought({}, { values: 6 })?.score).toBe(2);
    expect(because(thought({ gates: [{ run: "true" }] }))).toEqual(["a gate checks it"]);
    const gates = ["a", "b", "c", "d"].map((run) => ({ run }));
    expect(thought({ gates })).toMatchObject({ score: 2, signs: [{ because: "4 gates check it" }] });
  });

  it("is longer after tries that were not accepted", () => {
    expect(because(thought({}, { rounds: 1 }))).toEqual(["a try was not accepted"]);
    expect(thought({}, { rounds: 2 })).toMatchObject({
      score: 2,
      signs: [{ because: "2 tries were not accepted" }],
    });
    expect(thought({}, { rounds: 9 })?.score).toBe(3);
  });

  it("follows from how complex a command says it is", () => {
    const ofCommand = (complexity: CommandAction["complexity"]) => {
      const step = stepOf({ command: "/task", thinking: "auto", writes: [] });
      const action = { ...step.action, ...(complexity ? { complexity } : {}) } as CommandAction;
      return thinkingOf({}, { ...step, action }, { text: () => "fix it", values: 0, rounds: 0 });
    };
    expect(
      [undefined, "simple", "medium", "complex"].map((one) => ofCommand(one as "simple")?.score),
    ).toEqual([1, 0, 2, 4]);
    expect(because(ofCommand("complex"))).toContain("the command /task is complex");
  });

  it("is told to the agent as its effort, and an effort that is said goes before", () => {
    const { action } = stepOf({ prompt: "x" });
    if (action.kind !== "agent") throw new Error("no agent");
    const efforts = (["instant", "standard", "extended"] as const).map((level) =>
      effortFor(action, { level }),
    );
    expect(efforts).toEqual(["low", "medium", "high"]);
    expect(effortFor({ ...action, effort: "high" }, undefined)).toBe("high");
    expect(effortFor(action, undefined)).toBeUndefined();
  });
});

describe("an attempt of a run", () => {
  const gates = [{ run: "check", retry: 2 }];
  const step = { name: "a", prompt: "look at it", tools: ["Read"], gates };
  const sendBack = (run: CoreRun): void => {
    run.ok("a");
    run.fail("a");
    if (run.owed.includes("timer retrying:a")) run.fire("retrying:a");
  };
  const started = (run: CoreRun) =>
    run.events.filter((event): event is Started => event.type === "attempt.started");

  it("says how long its agent was told to think; it thinks longer when a gate sent it back", () => {
    const run = new CoreRun(parallelOf([step], { thinking: "auto" }));
    sendBack(run);
    sendBack(run);
    const scores = started(run).map(({ thinking, request }) => [
      thinking?.score,
      "effort" in request && request.effort,
    ]);
    expect(scores).toEqual([
      [2, "low"],
      [3, "medium"],
      [4, "medium"],
    ]);
  });

  it("is used again after a restart, however long it thought in the end", () => {
    const then = { name: "b", run: "true", depends_on: ["a"] };
    const run = new CoreRun(parallelOf([step, then], { thinking: "auto" }));
    sendBack(run);
    sendBack(run);
    run.ok("a");
    run.ok("a");
    run.fail("b");
    run.give({ type: "restart" });
    expect(run.node("a").reused).toBe(true);
  });

  it("says nothing where nothing is said of it", () => {
    const [first] = started(new CoreRun(parallelOf([step])));
    expect(first).not.toHaveProperty("thinking");
    expect(first?.request).not.toHaveProperty("effort");
  });
});
