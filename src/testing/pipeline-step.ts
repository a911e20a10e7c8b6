import type { JsonObject } from "../expression/json.ts";
import { defaultFlow, type PipelineAction, type Stage } from "../language/pipeline.ts";
import { defaultRetry, type Step, type Workflow } from "../language/workflow.ts";
import { workflowOf } from "./core-run.ts";

/** A stage that passes on what it gets. */
export function stageOf(name: string, more: Partial<Stage> = {}): Stage {
  return {
    name,
    from: ["source"],
    order: "kept",
    batchSize: 10,
    batchWaitMs: 0,
    parallelism: { least: 1, most: 1 },
    retry: { ...defaultRetry, max: 0 },
    onFailure: "dead",
    ...more,
  };
}

/** A pipeline from a list into its result. */
export function pipelineOf(more: Partial<PipelineAction> = {}): PipelineAction {
  return {
    kind: "pipeline",
    source: { kind: "list", items: "${ inputs.items }" },
    stages: [stageOf("pass")],
    sinks: [{ name: "out", from: ["pass"], batchSize: 10, batchWaitMs: 0, kind: "result", most: 100 }],
    flow: defaultFlow,
    alerts: [],
    ...more,
  };
}

/** A workflow in which the step "load" is this pipeline; the others are as they are written. */
export function pipelineWorkflow(action: PipelineAction, value: JsonObject = {}): Workflow {
  const workflow = workflowOf({ name: "x", chain: [{ name: "load", run: "true" }], ...value });
  const replaced = (step: Step): Step => (step.name === "load" ? { ...step, action } : step);
  return { ...workflow, chain: { ...workflow.chain, steps: workflow.chain.steps.map(replaced) } };
}
