import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../expression/json.ts";
import { withLanes } from "../language/lanes.ts";
import { loadObject } from "../language/load.ts";
import type { Workflow } from "../language/workflow.ts";
import { definitionOf, essenceOf } from "./definition.ts";

function workflow(value: JsonObject, workflows: Record<string, Workflow> = {}): Workflow {
  const { workflow: found, problems } = loadObject(value, { workflows });
  if (!found) throw new Error(problems.map(({ message }) => message).join("\n"));
  return found;
}

const of = (steps: readonly Json[], rest: JsonObject = {}): Workflow =>
  workflow({ name: "w", chain: steps, ...rest });

/** Pairs of one step, before and after. */
type Pairs = Readonly<Record<string, readonly [JsonObject, JsonObject]>>;

const inner = [{ name: "x", run: "x" }];
const others = [{ name: "x", run: "y" }];
const called = (description: string, preset: string) =>
  workflow({
    name: "called",
    description,
    inputs: { a: { type: "string", default: preset, description } },
    chain: inner,
  });

const meansNothing: Pairs = {
  "how it is timed and tried again": [{ run: "a" }, { run: "a", timeout: "1m", retry: 2, priority: 3 }],
  "how many items are at once": [
    { for_each: [1, 2], steps: inner },
    { for_each: { items: [1, 2], concurrency: 1 }, steps: inner },
  ],
  "how its block is ordered": [{ steps: inner }, { steps: inner, parallel: true }],
  "until when people may answer": [
    { approval: "ok?", deadline: "1h" },
    { approval: "ok?", deadline: "2h" },
  ],
};

const meansSomething: Pairs = {
  "what it does": [{ run: "a" }, { run: "b" }],
  "when it is done": [{ run: "a" }, { run: "a", when: "1 < 2" }],
  "how it is undone": [{ run: "a" }, { run: "a", undo: "b" }],
  "what is asked": [{ approval: "ok?" }, { approval: "really?" }],
  "what a block holds": [{ steps: inner }, { steps: others }],
  "how many are enough": [{ steps: inner }, { steps: inner, parallel: "any" }],
  "what is repeated": [
    { repeat: 2, steps: inner },
    { repeat: 2, steps: others },
  ],
  "how often": [
    { repeat: 2, steps: inner },
    { repeat: 3, steps: inner },
  ],
  "what is done for items": [
    { for_each: [1], steps: inner },
    { for_each: [1], steps: others },
  ],
  "for which items": [
    { for_each: [1], steps: inner },
    { for_each: [2], steps: inner },
  ],
  "which way is taken": [{ flow: [{ if: "1 < 2", then: inner }] }, { flow: [{ if: "1 > 2", then: inner }] }],
  "what is done on a way": [
    { flow: [{ if: "1 < 2", then: inner }] },
    { flow: [{ if: "1 < 2", then: others }] },
  ],
};

describe("what the outcome of a whole workflow depends on", () => {
  for (const [name, [before, after]] of Object.entries(meansNothing))
    it(`is not ${name}`, () => {
      expect(essenceOf(of([{ name: "s", ...before }]))).toEqual(essenceOf(of([{ name: "s", ...after }])));
    });

  for (const [name, [before, after]] of Object.entries(meansSomething))
    it(`is ${name}`, () => {
      const [a, b] = [before, after].map((step) => essenceOf(of([{ name: "s", ...step }])));
      expect(a).not.toEqual(b);
    });

  it("is no word about it, and no cap; but its agent and its environment", () => {
    const plain = essenceOf(of(inner));
    const same = { description: "d", limits: { cost: 3 }, resources: { r: 2 }, save_state: false };
    expect(essenceOf(of(inner, same))).toEqual(plain);
    for (const rest of [{ agent: "mock" }, { model: "m" }, { env: { A: "b" } }])
      expect(essenceOf(of(inner, rest))).not.toEqual(plain);
  });

  it("is what a workflow gets that it calls, not what is said about its inputs", () => {
    const calling = (one: Workflow, given: JsonObject = {}) =>
      essenceOf(
        workflow(
          { name: "w", chain: [{ name: "c", workflow: "./c.yaml", with: given }] },
          { "./c.yaml": one },
        ),
      );
    const plain = calling(called("d", "x"));
    expect(calling(called("e", "x"))).toEqual(plain);
    expect(calling(called("d", "y"))).not.toEqual(plain);
    expect(calling(called("d", "x"), { a: "z" })).not.toEqual(plain);
  });

  it("is not in which trees it works, and how what it does there lands", () => {
    const both = [
      { name: "a", prompt: "x" },
      { name: "b", prompt: "y" },
    ];
    const plain = of([
      { name: "s", parallel: true, steps: both },
      { name: "i", for_each: [1], steps: both },
    ]);
    const laid = withLanes(plain, "run");
    expect(laid).not.toEqual(plain);
    expect(essenceOf(laid)).toEqual(essenceOf(plain));
    expect(laid.chain.steps.map(definitionOf)).toEqual(plain.chain.steps.map(definitionOf));
  });

  it("is all that matters of it to the step that it does as a run of its own", () => {
    const definitions = [called("d", "x"), called("e", "y"), of(others)].map((one) => {
      const value = { name: "w", chain: [{ name: "c", workflow: "./c.yaml", mode: "child" }] };
      return workflow(value, { "./c.yaml": one }).chain.steps.map(definitionOf);
    });
    expect(definitions[1]).toEqual(definitions[0]);
    expect(definitions[2]).not.toEqual(definitions[0]);
  });
});
