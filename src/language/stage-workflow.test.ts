import { describe, expect, it } from "vitest";
import { CoreRun, workflowOf } from "../testing/core-run.ts";
import type { JsonObject } from "../expression/json.ts";
import type { StageWork } from "./pipeline.ts";
import type { Workflow } from "./workflow.ts";

type StageSteps = Extract<StageWork, { readonly kind: "workflow" }>;

function stepsOf(workflow: Workflow): StageSteps {
  for (const { action } of workflow.chain.steps) {
    const work = action.kind === "pipeline" ? action.stages[0]?.work : undefined;
    if (work?.kind === "workflow") return work;
  }
  throw new Error("no stage does steps");
}

/** The work of a stage, in a pipeline behind a step `scan` and one with a dash in its name. */
function stage(does: JsonObject, rest: JsonObject = {}): StageSteps {
  const pipeline = { source: "in.jsonl", stages: [{ name: "ask", ...does }] };
  const chain = [
    { name: "scan", run: "x" },
    { name: "sign-off", run: "x" },
    { name: "flow", pipeline },
  ];
  return stepsOf(workflowOf({ name: "test", inputs: { depth: "integer" }, chain, ...rest }));
}

function promptOf({ workflow }: StageSteps, inputs: JsonObject): string {
  const work = new CoreRun(workflow, { inputs }).work("ask");
  if (work.type !== "perform" || work.request.kind !== "agent") throw new Error("no agent is asked");
  return work.request.prompt;
}

describe("what a stage does as a run of its own", () => {
  it("sees the records, the inputs, and the steps before the pipeline, by the names they have there", () => {
    const work = stage({
      prompt:
        '${ record.id } of ${ size(batch) }, ${ inputs.depth }, ${ scan.output.x }, ${ steps["sign-off"].output }',
    });
    expect(work.with).toEqual({
      depth: "${ inputs.depth }",
      scan: { output: "${ scan.output }" },
      "sign-off": { output: '${ steps["sign-off"].output }' },
    });
    const inputs = {
      batch: [{ id: 1 }, { id: 2 }],
      record: { id: 1 },
      depth: 3,
      scan: { output: { x: "found" } },
      "sign-off": { output: "yes" },
    };
    expect(promptOf(work, inputs)).toBe("1 of 2, 3, found, yes");
  });

  it("is told apart from inputs that have the name of a step", () => {
    const work = stage(
      { prompt: "${ record } ${ inputs.scan } ${ scan.status } ${ scan.output }" },
      { inputs: { scan: "string" } },
    );
    expect(work.with).toEqual({
      scan: "${ inputs.scan }",
      scan_2: { status: "${ scan.status }", output: "${ scan.output }" },
    });
    const inputs = { batch: [7], record: 7, scan: "deep", scan_2: { status: "verified", output: 5 } };
    expect(promptOf(work, inputs)).toBe("7 deep verified 5");
  });

  it("sees the item of a list around the pipeline", () => {
    const pipeline = {
      source: "in.jsonl",
      stages: [{ name: "ask", prompt: "${ record } in ${ file.path }" }],
    };
    const each = {
      name: "all",
      for_each: { items: [{ path: "a" }], as: "file" },
      steps: [{ name: "flow", pipeline }],
    };
    const [step] = workflowOf({ name: "test", chain: [each] }).chain.steps;
    if (step?.action.kind !== "each") throw new Error("no list");
    const work = stepsOf({ ...workflowOf({ name: "x", chain: [{ run: "x" }] }), chain: step.action.chain });
    expect(work.with).toEqual({ file: "${ file }" });
    expect(promptOf(work, { batch: [1], record: 1, file: { path: "a" } })).toBe("1 in a");
  });

  it("has the agent, the environment and the caps of the workflow, and works in the project's folder", () => {
    const { workflow, with: given } = stage(
      { prompt: "${ record }" },
      {
        agent: "gemini",
        model: "opus",
        env: { DEPTH: "${ inputs.depth }" },
        limits: { cost: "2 USD" },
        memory: "notes",
        workspace: "run",
      },
    );
    expect(workflow).toMatchObject({
      name: "test/ask",
      agent: "gemini",
      model: "opus",
      env: { DEPTH: "${ inputs.depth }" },
      limits: { costUsd: 2 },
      workspace: "none",
      chain: { gives: "ask", steps: [{ action: { memory: { name: "notes" } } }] },
    });
    expect(given).toEqual({ depth: "${ inputs.depth }" });
  });

  it("is one step with all its keys, or several of which the last gives its output", () => {
    const output = { type: "object" };
    const one = stage({
      prompt: "${ record }",
      output,
      retry: 1,
      gates: [{ run: "true" }],
      into: "said",
      batch_size: 3,
    });
    expect(one).toMatchObject({ into: "said" });
    expect(one.workflow.chain.steps).toMatchObject([{ name: "ask", output, retry: { max: 1 }, gates: [{}] }]);
    const gives = (more: JsonObject) => {
      const steps = [
        { name: "a", prompt: "${ record }" },
        { name: "b", prompt: "${ a.output }" },
      ];
      const [step] = stage({ steps, ...more }).workflow.chain.steps;
      return step?.action.kind === "chain" ? step.action.chain.gives : undefined;
    };
    expect([gives({}), gives({ gives: "a" }), gives({ parallel: true })]).toEqual(["b", "a", undefined]);
  });

  it("lets the pipeline wait for the steps that it names", () => {
    const step = (name: string) => ({ name, run: "x" });
    const pipeline = {
      source: "in.jsonl",
      stages: [
        { when: "record.id in b.output", name: "keep" },
        { name: "ask", prompt: "${ record } ${ c.output }" },
      ],
      sink: { jsonl: "${ d.output }" },
    };
    const chain = [step("a"), step("b"), step("c"), step("d"), { name: "flow", pipeline }];
    const flow = workflowOf({ name: "test", chain }).chain.steps.at(-1);
    expect(flow?.needs.map((need) => need.step).sort()).toEqual(["b", "c", "d"]);
  });
});
