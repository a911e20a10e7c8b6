import { z } from "zod";
import type { JsonObject } from "../expression/json.ts";
import {
  chainDocs,
  gateDocs,
  httpDocs,
  limitsDocs,
  retryDocs,
  stepDocs,
  waitDocs,
  workflowDocs,
} from "./key-docs.ts";
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

interface Documented {
  readonly docs: Readonly<Record<string, string>>;
  readonly parts?: Readonly<Record<string, z.ZodType>>;
}

/** All keys of a shape are optional here: which ones a thing needs depends on what it does, and is checked at load. */
function object(shape: Shape, { docs, parts = {} }: Documented): z.ZodType {
  const members = Object.entries({ ...shape.leaves, ...parts }).map(([key, schema]) => {
    const form = schema.description ? `${capital(schema.description)}.` : "";
    const described = [docs[key] ?? "", form].filter((text) => text !== "").join(" ");
    return [key, schema.optional().describe(described)];
  });
  return z.strictObject(Object.fromEntries(members) as Record<string, z.ZodType>);
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

const jsonSchema = z.record(z.string(), z.json()).describe("a JSON Schema (2020-12)");
const strategy = z.union([
  z.enum(["stop", "continue_on_failure"]),
  object(strategyShape, { docs: { fallback: "The step of this chain that runs in its place." } }),
]);
const gate = z.union([leaf.filledText, object(gateShape, { docs: gateDocs })]);
const gates = z.union([gate, z.array(gate)]);
const steps: z.ZodType = z.lazy(() => z.array(step).min(1));
const chain: z.ZodType = z.lazy(() =>
  z.union([object(chainShape, { docs: chainDocs, parts: { steps, error_strategy: strategy } }), steps]),
);
const parallelDocs = { join: "How many of the steps must end well." };
const inputTypes = z.enum(["string", "number", "integer", "boolean", "object", "array", "null"]);

const step: z.ZodType = object(stepShape, {
  docs: stepDocs,
  parts: {
    retry: z.union([leaf.count, object(retryShape, { docs: retryDocs })]),
    error_strategy: strategy,
    output: jsonSchema,
    before: gates,
    gates,
    http: z.union([leaf.filledText, object(httpShape, { docs: httpDocs })]),
    wait: z.union([z.number(), z.string(), object(waitShape, { docs: waitDocs })]),
    chain,
    steps,
    parallel: z.union([z.literal(true), leaf.join, object(parallelShape, { docs: parallelDocs })]),
    with: leaf.json,
    args: leaf.json,
  },
}).meta({
  id: "step",
  description:
    "One step; what it does is command, run, agent + prompt, http, function, wait, chain or steps.",
});

const workflow = object(workflowShape, {
  docs: workflowDocs,
  parts: {
    inputs: z.record(z.string(), z.union([inputTypes, jsonSchema])),
    limits: object(limitsShape, { docs: limitsDocs }),
    chain,
  },
});

/** The published JSON Schema (2020-12) of the canonical form, with a description at every key. */
export function workflowJsonSchema(): JsonObject {
  const schema = z.toJSONSchema(workflow, { target: "draft-2020-12", io: "input" });
  return {
    ...(JSON.parse(JSON.stringify(schema)) as JsonObject),
    title: "tutti workflow",
    required: ["chain"],
  };
}
