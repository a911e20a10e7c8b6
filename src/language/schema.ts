import { z } from "zod";
import type { JsonObject } from "../expression/json.ts";
import * as leaf from "./leaves.ts";
import {
  chainShape,
  gateShape,
  httpShape,
  limitsShape,
  parallelShape,
  retryShape,
  type Shape,
  stepShape,
  strategyShape,
  waitShape,
  workflowShape,
} from "./shapes.ts";

/** All keys of a shape are optional here: which ones a thing needs depends on what it does, and is checked at load. */
function object(shape: Shape, parts: Readonly<Record<string, z.ZodType>> = {}): z.ZodType {
  const members = Object.entries({ ...shape.leaves, ...parts }).map(([key, schema]) => [
    key,
    schema.optional(),
  ]);
  return z.strictObject(Object.fromEntries(members) as Record<string, z.ZodType>);
}

function oneOf(description: string, ...options: readonly [z.ZodType, z.ZodType, ...z.ZodType[]]): z.ZodType {
  return z.union(options).describe(description);
}

const jsonSchema = z.record(z.string(), z.json()).describe("a JSON Schema (2020-12)");
const strategy = oneOf(
  "what a failed step means: stop the chain, go on without it, or run another step in its place",
  z.enum(["stop", "continue_on_failure"]),
  object(strategyShape),
);
const gate = oneOf(
  "a check that must hold, or the name of one from tutti.yaml",
  leaf.filledText,
  object(gateShape),
);
const gates = oneOf("one check or a list of them", gate, z.array(gate));
const steps: z.ZodType = z.lazy(() => z.array(step).min(1)).describe("the steps, in order");
const chain: z.ZodType = z
  .lazy(() =>
    oneOf(
      "steps, run one after another or where possible together",
      object(chainShape, { steps, error_strategy: strategy }),
      steps,
    ),
  )
  .describe("steps, run one after another or where possible together");

const step: z.ZodType = object(stepShape, {
  retry: oneOf("further attempts after the first", leaf.count, object(retryShape)),
  error_strategy: strategy,
  output: jsonSchema.describe("JSON Schema of the step's output; what does not fit fails the step"),
  before: gates.describe("checks before the step runs"),
  gates: gates.describe("checks after the step ran; only then it is verified"),
  http: oneOf("an HTTP call, or just a URL to get", leaf.filledText, object(httpShape)),
  wait: oneOf("a duration, a time or a signal to wait for", z.number(), z.string(), object(waitShape)),
  chain,
  steps,
  parallel: oneOf(
    "steps that run together; all of them must end",
    z.literal(true),
    leaf.join,
    object(parallelShape),
  ),
  with: leaf.json.describe("what the function is called with; texts inside are templates"),
  args: leaf.json.describe("the same as params (command) or with (function)"),
}).meta({
  id: "step",
  description: "one step; what it does is command, run, agent + prompt, http, function, wait, chain or steps",
});

const input = oneOf(
  "the input's type, or a JSON Schema with default and required",
  z.enum(["string", "number", "integer", "boolean", "object", "array", "null"]),
  jsonSchema,
);

/** The canonical form of a workflow file. */
export const workflowSchema: z.ZodType = object(workflowShape, {
  inputs: z.record(z.string(), input).describe("what a run is given"),
  limits: object(limitsShape).describe("caps of a run; each has a default"),
  chain,
});

/** The published JSON Schema (2020-12) of the canonical form, with a description at every key. */
export function workflowJsonSchema(): JsonObject {
  const schema = z.toJSONSchema(workflowSchema, {
    target: "draft-2020-12",
    io: "input",
    unrepresentable: "any",
  });
  return {
    ...(JSON.parse(JSON.stringify(schema)) as JsonObject),
    title: "tutti workflow",
    required: ["chain"],
  };
}
