import { describe, expect, it } from "vitest";
import type { SwarmDefinition, TallyDefinition, WorkflowDefinition } from "./definition.ts";
import { loadObject } from "./load.ts";

describe("an object", () => {
  it("has its key path in every message and no place", () => {
    const { problems } = loadObject({
      chain: { steps: [{ run: "a" }, { run: "b", "time-out": 1, timout: 1 }] },
    });
    expect(problems.map((problem) => problem.message)).toEqual([
      'Cannot read "time-out": a step has no such key (at chain.steps[1].time-out)',
      'Cannot read "timout": a step has no such key (at chain.steps[1].timout)',
    ]);
    expect(problems[0]).not.toHaveProperty("source");
    expect(loadObject({ chain: [{ run: "a" }], "a b": 1 }).problems[0]?.message).toContain('(at ["a b"])');
    expect(loadObject("text").problems[0]?.message).not.toContain("(at");
  });

  it.each([
    [() => 1],
    [{ chain: Symbol("x") }],
    [{ chain: 1n }],
    [undefined],
    [JSON.parse('{"__proto__": {"chain": []}}') as unknown],
    [
      (() => {
        const circle: Record<string, unknown> = {};
        circle["self"] = circle;
        return circle;
      })(),
    ],
  ])("of no JSON is refused", (value) => {
    expect(loadObject(value)).toMatchObject({ problems: [{ code: "WRONG_TYPE" }] });
  });

  it("may be a swarm, typed with all that it may say", () => {
    const swarm: SwarmDefinition = {
      topology: "mesh",
      task: "which?",
      agents: {
        ann: null,
        bob: { role: "pays", backup: ["ann"], gates: { run: "true" }, retry: { max: 1 }, memory: "team" },
        judge: { prompt: "what can be taken back" },
      },
      coordination: { conflict_resolution: { quorum: 2 }, communication: "asynchronous" },
      execution: { parallel_limit: 2, timeout: 1800 },
      decision: { options: ["a", 1] },
      topics: { fact: { type: "string" } },
      context_window: { budget: 4000 },
    };
    const tally: TallyDefinition = { votes: "${ talk.output.contributions }", otherwise: "accept" };
    const definition: WorkflowDefinition = {
      memory: { name: "team", write: false },
      chain: [
        { name: "talk", swarm },
        { name: "count", tally },
      ],
    };
    expect(loadObject(definition).problems).toEqual([]);
    expect(loadObject({ swarm } satisfies WorkflowDefinition).problems).toEqual([]);
  });
});
