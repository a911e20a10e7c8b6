import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../expression/json.ts";
import { loadObject } from "../load.ts";

const turn = [{ name: "turn", run: "x" }];

function problemsOf(...chain: readonly Json[]): readonly string[] {
  return loadObject({ name: "t", chain }).problems.map(
    ({ code, message }) => `${code}: ${message.replace(/ \(at .*/, "")}`,
  );
}

function decision(marks: JsonObject, one: JsonObject = {}, two: JsonObject = {}): JsonObject {
  const cases = { a: { when: "true", steps: turn, ...one }, b: { when: "true", steps: turn, ...two } };
  return { name: "do", switch: { ...marks, cases } };
}

describe("a decision that takes one way after another", () => {
  it("is read with how many it takes at most", () => {
    const { workflow, problems } = loadObject({
      name: "t",
      chain: [decision({ on_failure: "next", max_tries: 2 })],
    });
    expect(problems).toEqual([]);
    expect(workflow?.chain.steps[0]?.action).toMatchObject({
      kind: "branch",
      onFailure: "next",
      maxTries: 2,
    });
    const flow = { conditions: [{ if: "true", then: turn, else: turn }], on_failure: "next" };
    const [step] = loadObject({ name: "t", chain: [{ flow }] }).workflow?.chain.steps ?? [];
    expect(step?.action).toMatchObject({ kind: "branch", onFailure: "next" });
  });

  it("has no other word for what to do, and no number without it", () => {
    expect(problemsOf(decision({ on_failure: "stop" }))).toEqual([expect.stringContaining("on_failure")]);
    expect(problemsOf(decision({ max_tries: 2 }))).toEqual([
      'BAD_VALUE: Cannot use "max_tries" here: without "on_failure" one way is taken at most',
    ]);
  });

  it("lets its ways, their conditions and later steps ask what was tried", () => {
    const say = (text: string): Json => [{ name: "turn", run: text }];
    const asks = decision(
      { on_failure: "next" },
      { steps: say("x ${{ do.tried }}") },
      {
        when: "size(do.tried) > 0 && do.tried[0].way == 'a'",
        steps: say("y ${{ steps['do'].tried[0].output.turn }}"),
      },
    );
    expect(problemsOf(asks, { name: "after", run: "z ${{ size(do.tried) }}" })).toEqual([]);
    const on = {
      name: "do",
      switch: {
        on_failure: "next",
        on: "size(do.tried)",
        cases: { a: { is: 0, steps: turn }, b: { is: 1, steps: turn } },
      },
    };
    expect(problemsOf(on)).toEqual([]);
    const flow = {
      name: "do",
      flow: { on_failure: "next", conditions: [{ if: "size(do.tried) == 0", then: turn, else: turn }] },
    };
    expect(problemsOf(flow)).toEqual([]);
  });

  it("has nothing else of itself before its end, and nothing at all where its own `when` is asked", () => {
    expect(problemsOf(decision({ on_failure: "next" }, { steps: [{ run: "x ${{ do.output }}" }] }))).toEqual([
      expect.stringMatching(/^NEVER_RUNS/),
    ]);
    expect(problemsOf({ ...decision({ on_failure: "next" }), when: "size(do.tried) > 0" })).toEqual([
      expect.stringMatching(/^NEVER_RUNS/),
    ]);
    expect(problemsOf(decision({}, { steps: [{ run: "x ${{ do.tried }}" }] }))).toEqual([
      expect.stringMatching(/^UNKNOWN_NAME: Cannot use "tried"/),
    ]);
  });

  it("that failed is asked for what was tried by a step that comes after it all the same", () => {
    const { workflow } = loadObject({
      name: "t",
      chain: [decision({ on_failure: "next" }), { name: "after", run: "z ${{ size(do.tried) }}" }],
    });
    expect(workflow?.chain.steps[1]?.needs).toMatchObject([{ step: "do", because: "reference" }]);
  });
});

describe("a decision that balances its ways", () => {
  it("is read with how many may be on each", () => {
    const { workflow, problems } = loadObject({
      name: "t",
      chain: [decision({ balance: true }, { at_once: 2 })],
    });
    expect(problems).toEqual([]);
    expect(workflow?.chain.steps[0]?.action).toMatchObject({
      balance: true,
      ways: [{ name: "a", atOnce: 2 }, { name: "b" }],
    });
    const on = { on: "inputs.k", cases: { a: { at_once: 1, steps: turn }, b: turn }, balance: true };
    const compared = loadObject({ name: "t", inputs: { k: "string" }, chain: [{ switch: on }] });
    expect(compared.workflow?.chain.steps[0]?.action).toMatchObject({
      ways: [{ name: "a", atOnce: 1 }, { name: "b" }],
    });
  });

  it("does nothing else to choose, and only it knows how many are on a way", () => {
    expect(problemsOf(decision({ balance: true, adaptive: true }))).toEqual([
      'BAD_VALUE: Cannot use "balance" here: the decision is already "adaptive"',
    ]);
    expect(problemsOf(decision({}, { at_once: 2 }, { at_once: 0 }))).toEqual([
      'BAD_VALUE: Cannot use "at_once" here: the switch does not balance its cases',
      expect.stringContaining("at_once"),
      'BAD_VALUE: Cannot use "at_once" here: the switch does not balance its cases',
    ]);
  });
});
