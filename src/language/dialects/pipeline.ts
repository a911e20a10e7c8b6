import { isObject, type Json } from "../../expression/json.ts";
import { pipelineShape } from "../pipeline-shapes.ts";
import { itemsOf, type Located, memberOf } from "../read/loading.ts";
import { type Builder, membersOf, type Target } from "./builder.ts";

const ofPipelines = new Set<string>([...Object.keys(pipelineShape.leaves), ...pipelineShape.parts]);

/** `{"type": "pipeline", "stages": [{name, processor, …}], "flow_control": …}`. */
export function translateTypedPipeline(builder: Builder, whole: Located): Json {
  const workflow: Target = {};
  const pipeline: Target = {};
  for (const { key, at } of membersOf(whole))
    if (key !== "type") builder.put(ofPipelines.has(key) ? pipeline : workflow, key, { from: at });
  const from = memberOf(whole, "stages") ?? whole;
  const value = translatePipeline(builder, workflow, { value: pipeline, spot: whole.spot });
  builder.put(workflow, "pipeline", { from, value });
  return workflow;
}

/**
 * `/pipeline:` with stages that have a `processor`. Where it does not say where records come from, they are the input `records`
 * of the workflow.
 */
export function translatePipeline(builder: Builder, workflow: Target, at: Located): Json {
  if (!isObject(at.value)) return at.value;
  const pipeline: Target = {};
  const has = (key: string) => memberOf(at, key) !== undefined;
  if (has("stages") && !has("source")) takeInput(builder, { workflow, pipeline, at });
  for (const { key, at: member } of membersOf(at)) {
    const value = key === "stages" ? translateStages(builder, member) : member.value;
    builder.put(pipeline, key, { from: member, value });
  }
  return pipeline;
}

interface Taking {
  readonly workflow: Target;
  readonly pipeline: Target;
  readonly at: Located;
}

function takeInput(builder: Builder, { workflow, pipeline, at }: Taking): void {
  const inputs = isObject(workflow["inputs"]) ? workflow["inputs"] : {};
  if (!Object.hasOwn(inputs, "records")) (inputs as Target)["records"] = { type: "array" };
  workflow["inputs"] = inputs;
  pipeline["source"] = "${ inputs.records }";
  builder.loading.report.add({
    severity: "warning",
    code: "MISSING_KEY",
    message:
      'Cannot see where the records come from: the pipeline has no "source", and takes them from the input "records"',
    fix: "add `source: {jsonl: in.jsonl}` or another, or give them with --input records='[…]'",
    at: at.spot,
    part: "key",
  });
}

function translateStages(builder: Builder, at: Located): Json {
  if (!Array.isArray(at.value)) return at.value;
  return builder.list(itemsOf(at).map((item) => ({ value: translateStage(builder, item), from: item })));
}

/** A command that says no arguments gets the records of the batch. */
function translateStage(builder: Builder, at: Located): Json {
  const processor = memberOf(at, "processor");
  if (!processor || !isObject(at.value)) return at.value;
  const stage: Target = {};
  builder.copy(stage, at, { processor: "command" });
  const isTold = ["params", "args"].some((key) => Object.hasOwn(stage, key));
  if (!isTold) builder.put(stage, "params", { from: processor, value: "${ batch }" });
  return stage;
}
