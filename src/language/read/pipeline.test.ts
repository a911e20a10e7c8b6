import { describe, expect, it } from "vitest";
import { loadWorkflow } from "../load.ts";
import type { PipelineAction } from "../pipeline.ts";

function load(text: string) {
  return loadWorkflow(text, { functions: ["clean"] });
}

function pipelineOf(text: string): PipelineAction {
  const { workflow, problems } = load(text);
  expect(problems).toEqual([]);
  const action = workflow?.chain.steps.find((step) => step.action.kind === "pipeline")?.action;
  if (action?.kind !== "pipeline") throw new Error("no pipeline");
  return action;
}

describe("a pipeline", () => {
  it("loads", () => {
    const p = pipelineOf(`
name: logs
inputs: {level: string}
chain:
  - {name: scan, run: ./scan}
  - name: flow
    pipeline:
      source: {jsonl: in.jsonl}
      stages:
        - {name: keep, when: "record.level == inputs.level"}
        - {name: trim, value: {id: "\${ record.id }"}}
        - {name: enrich, run: ./enrich, batch_size: 100, parallelism: 4, into: more}
        - {name: clean, function: clean, with: {how: "\${ scan.output }"}}
        - {name: explain, command: /query, params: "\${ batch } of \${ scan.output.x } \${ inputs.level }", batch_size: 5, rate_limit: 60/min, gates: [{check: "size(explain.output) > 0"}]}
      sinks: [{csv: out.csv, columns: [id]}, out.jsonl]
`);
    expect(p.stages.map(({ name, from, work }) => [name, from[0], work?.kind])).toEqual([
      ["keep", "source", undefined],
      ["trim", "keep", "value"],
      ["enrich", "trim", "run"],
      ["clean", "enrich", "function"],
      ["explain", "clean", "workflow"],
    ]);
  });
});
