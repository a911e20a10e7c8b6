import { describe, expect, it } from "vitest";
import { loadWorkflow } from "../load.ts";
import type { Step } from "../workflow.ts";

function lastStep(text: string): Step | undefined {
  return loadWorkflow(text).workflow?.chain.steps.at(-1);
}

function found(gates: string): readonly string[] {
  return loadWorkflow(`gates: ${gates}\nchain: [{name: a, run: a}]`).problems.map(
    ({ code, message, fix }) => `${code} ${message} | ${fix}`,
  );
}

describe("the gates of a workflow", () => {
  it("are a last step that needs all others, named so that no other has its name", () => {
    const step = lastStep(
      "gates: {run: npm test}\nchain: {error_strategy: {fallback: c}, steps: [{name: gates, run: a}, {name: b, run: b}, {name: c, run: c}]}",
    );
    expect(step).toMatchObject({
      name: "gates_2",
      action: { kind: "gates" },
      errorStrategy: "stop",
      before: [{ kind: "run", line: "npm test", level: "blocking" }],
      needs: [{ step: "gates" }, { step: "b" }],
    });
  });

  it("stand at a flow as well, and may look at steps", () => {
    const text =
      "flow: [{if: inputs.x == 1, then: [{run: a}]}]\ninputs: {x: integer}\ngates: [{check: c1.status == 'verified'}]";
    expect(lastStep(text)).toMatchObject({ name: "gates", needs: [{ step: "c1" }] });
  });

  it("are none when none is written", () => {
    expect(lastStep("gates: []\nchain: [{name: a, run: a}]")?.name).toBe("a");
  });

  it.each([
    ["{run: x, retry: 2}", /^BAD_VALUE Cannot use "retry" here: at the end of a run/],
    ["[{claim: good}]", /^BAD_VALUE Cannot use "claim" here: a run makes no report/],
    ["[{files: {changed: 1}}]", /^BAD_VALUE Cannot use "files" here: what a run changed/],
    ["[{secrets: {}}]", /^BAD_VALUE Cannot look for secrets here in what changed/],
    ["[unknown]", /^UNKNOWN_NAME/],
    ["5", /^WRONG_TYPE/],
    ["[{check: 'zzz == 1'}]", /^UNKNOWN_NAME.*zzz/],
  ])("%s", (gates, problem) => {
    const problems = found(gates);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
  });

  it("of the settings stand there only when they could by themselves", () => {
    const gates = { small: { files: { changed: 1 } }, sure: { run: "x", retry: 1 }, tests: { run: "x" } };
    const { problems } = loadWorkflow("gates: [small, sure, tests]\nchain: [{name: a, run: a}]", { gates });
    expect(problems.map(({ message, source }) => `${source?.column} ${message}`)).toEqual([
      '9 Cannot use "files" here: what a run changed is known of single steps only',
      '16 Cannot use "retry" here: at the end of a run there is nothing to run again',
    ]);
  });

  it("stand at no chain inside", () => {
    const { problems } = loadWorkflow("chain: {steps: [{name: a, run: a}], gates: [{run: x}]}");
    expect(problems.map(({ code, fix }) => `${code} ${fix}`)).toEqual([
      "NOT_SUPPORTED put the gates on a step, or beside `chain:` for the whole run",
    ]);
  });
});
