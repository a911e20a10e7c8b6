import { describe, expect, it } from "vitest";
import type { JsonObject } from "../expression/json.ts";
import type { Step, Workflow } from "../language/workflow.ts";
import { chainOf, stepOf, workflowWith } from "../testing/holders.ts";
import { costOf } from "./plan-cost.ts";
import { givenBy, isSkipped } from "./plan-given.ts";

const one = chainOf([stepOf("a")]);

function given(steps: readonly Step[], inputs: JsonObject | undefined) {
  const { skipped, counts } = givenBy(workflowWith(steps), inputs);
  return { skipped: [...skipped], counts };
}

describe("what inputs decide before a run begins", () => {
  it("is nothing without inputs", () => {
    const steps = [{ ...stepOf("s"), when: "false" }];
    expect(given(steps, undefined)).toEqual({ skipped: [], counts: {} });
    expect(given(steps, {})).toMatchObject({ skipped: ["s"] });
  });

  it("is the steps whose `when` names nothing but inputs and is false", () => {
    const steps = [
      { ...stepOf("off"), when: "inputs.deep" },
      { ...stepOf("on"), when: "!inputs.deep" },
      { ...stepOf("later"), when: "on.output == 'x' && inputs.deep" },
      { ...stepOf("fails"), when: "inputs.deep > 3" },
    ];
    expect(given(steps, { deep: false }).skipped).toEqual(["off"]);
  });

  it("is the ways that are not taken, and nothing of a branch that looks at a step", () => {
    const ways = (first: string) => [
      { name: "then", when: first, chain: chainOf([{ ...stepOf("x"), when: "inputs.deep" }]) },
      { name: "more", when: "inputs.n > 3", chain: one },
      { name: "else", chain: one },
    ];
    const branch = (first: string) => [stepOf("b", { kind: "branch", ways: ways(first) })];
    const deep = { deep: true, n: 4 };
    expect(given(branch("inputs.deep"), deep).skipped).toEqual(["b/more", "b/else"]);
    expect(given(branch("inputs.deep"), { deep: false, n: 4 }).skipped).toEqual(["b/then", "b/else"]);
    expect(given(branch("look.output.ok"), { deep: false, n: 1 }).skipped).toEqual(["b/more", "b/then/x"]);
    const adaptive = [stepOf("b", { kind: "branch", ways: ways("inputs.deep"), adaptive: true })];
    expect(given(adaptive, deep).skipped).toEqual([]);
  });

  it("is how many items there are; nothing is done for an empty list", () => {
    const each = (items: string) => [stepOf("l", { kind: "each", items, as: "i", chain: one })];
    expect(given(each("${ inputs.list }"), { list: [1, 2] })).toEqual({ skipped: [], counts: { l: 2 } });
    expect(given(each("${ inputs.list }"), { list: [] })).toEqual({ skipped: ["l[]"], counts: { l: 0 } });
    expect(given(each("${ inputs.list }"), { list: "no" }).counts).toEqual({});
    expect(given(each("${ scan.output }"), { list: [1] }).counts).toEqual({});
    expect(given(each("${ [1, 2, 3] }"), {}).counts).toEqual({ l: 3 });
  });

  it("says nothing of what a called workflow does: it has inputs of its own", () => {
    const chain = chainOf([{ ...stepOf("x"), when: "inputs.deep" }]);
    const call = { workflow: "w", with: {}, inputs: {} };
    expect(given([stepOf("g", { kind: "chain", chain, call })], { deep: false }).skipped).toEqual([]);
    expect(given([stepOf("g", { kind: "chain", chain })], { deep: false }).skipped).toEqual(["g/x"]);
  });

  it("counts for all that lies in what is skipped", () => {
    const nothing = { skipped: new Set<string>(), counts: {} };
    expect(isSkipped(nothing, "a/b")).toBe(false);
    const some = { skipped: new Set(["a", "b/else", "l[]"]), counts: {} };
    for (const address of ["a", "a/x", "a#/x", "b/else", "b/else/y", "l[]", "l[]/z"])
      expect(isSkipped(some, address), address).toBe(true);
    for (const address of ["ab", "b", "b/then/y", "l", "b/elsewhere"])
      expect(isSkipped(some, address), address).toBe(false);
  });
});

describe("the price of what is planned", () => {
  const asks: Step = {
    ...stepOf("ask", { kind: "agent", prompt: "do" }),
    expectedUsd: 2,
  };
  const priceOf = (workflow: Workflow, inputs?: JsonObject) =>
    costOf(workflow, { found: new Map(), given: givenBy(workflow, inputs) });

  it("is that of all rounds and items, as far as they are known, and not of what is skipped", () => {
    const loop = stepOf("r", { kind: "loop", chain: chainOf([asks]), max: 3, otherwise: "accept" });
    const list = stepOf("l", {
      kind: "each",
      items: "${ inputs.list }",
      as: "i",
      chain: chainOf([loop]),
      concurrency: 5,
    });
    const workflow = workflowWith([list, { ...asks, when: "inputs.deep" }]);
    expect(priceOf(workflow)).toMatchObject({ knownUsd: 8, agentSteps: 2, repeatedSteps: 1 });
    expect(priceOf(workflow, { deep: false, list: [1, 2] })).toMatchObject({ knownUsd: 12, agentSteps: 1 });
    expect(priceOf(workflow, { deep: true, list: [] })).toMatchObject({ knownUsd: 2, repeatedSteps: 0 });
  });

  it("is unknown for what nobody expects anything of", () => {
    const workflow = workflowWith([asks, stepOf("b", { kind: "agent", prompt: "x" })]);
    expect(priceOf(workflow)).toMatchObject({ knownUsd: 2, unknownSteps: 1 });
    const inside = stepOf("c", { kind: "workflow", workflow, with: {} });
    expect(priceOf(workflowWith([inside]))).toMatchObject({ agentSteps: 2, unknownSteps: 2 });
    expect(priceOf(workflowWith([{ ...inside, when: "false" }]), {})).toMatchObject({ agentSteps: 0 });
  });
});
