import { isTuttiError } from "../errors.ts";
import { isObject, type Json, type JsonObject, parseJson } from "../expression/json.ts";
import type { AgentTask } from "../ports/agent.ts";
import { shapeProblems } from "../shape/shape.ts";
import { objectField, textListField } from "./fields.ts";

/** The object an agent is asked to answer with, and how the step's output is taken out of it. */
export interface WantedShape {
  /** JSON Schema with an object at its root: agents can be held to nothing else. */
  readonly schema: JsonObject;
  readonly outputOf: (answer: Json) => Json;
}

/**
 * What the answer has to look like; undefined when any text will do.
 * A schema whose root is no object is wrapped in `{ value }`. Claims become booleans in `quality_metrics`; without a
 * schema the answer is `{ answer, quality_metrics }`. What was learned may stand in `learned`. An output that is no object has no
 * place for either.
 */
export function wantedShape(task: Pick<AgentTask, "schema" | "claims" | "learns">): WantedShape | undefined {
  const claims = task.claims ?? [];
  if (task.schema && !isObjectSchema(task.schema)) return wrapped(task.schema);
  const whole = (schema: JsonObject): WantedShape => ({
    schema: withLearned(withClaims(schema, claims), task.learns),
    outputOf: (answer) => answer,
  });
  if (task.schema) return whole(task.schema);
  if (claims.length === 0 && !task.learns) return undefined;
  const base: JsonObject = {
    type: "object",
    properties: { answer: { type: "string", description: "What you did and found." } },
    required: ["answer"],
  };
  return whole(base);
}

function isObjectSchema(schema: JsonObject): boolean {
  return schema["type"] === "object" || (schema["type"] === undefined && isObject(schema["properties"]));
}

function wrapped(schema: JsonObject): WantedShape {
  return {
    schema: { type: "object", properties: { value: schema }, required: ["value"] },
    outputOf: (answer) => (isObject(answer) ? (answer["value"] ?? null) : answer),
  };
}

function withClaims(schema: JsonObject, claims: readonly string[]): JsonObject {
  if (claims.length === 0) return { ...schema, type: "object" };
  const properties = objectField(schema, "properties");
  const metrics = objectField(properties, "quality_metrics");
  const answers = Object.fromEntries(claims.map((claim) => [claim, { type: "boolean" }]));
  return {
    ...schema,
    type: "object",
    properties: {
      ...properties,
      quality_metrics: {
        ...metrics,
        type: "object",
        properties: { ...objectField(metrics, "properties"), ...answers },
        required: [...new Set([...textListField(metrics, "required"), ...claims])],
      },
    },
    required: [...new Set([...textListField(schema, "required"), "quality_metrics"])],
  };
}

const learned: JsonObject = {
  type: "array",
  items: { type: "string" },
  description:
    "What you found out about this project that somebody who does such a task later should know and could not see at once, a " +
    "sentence each. Leave out what you were told already; most tasks teach nothing.",
};

function withLearned(schema: JsonObject, learns: boolean | undefined): JsonObject {
  const properties = objectField(schema, "properties") ?? {};
  return learns && !Object.hasOwn(properties, "learned")
    ? { ...schema, properties: { ...properties, learned } }
    : schema;
}

/** The wanted object where an agent wrote it into its text: undefined unless every required field is there. */
export function shapedAnswer(answer: string, shape: WantedShape): Json | undefined {
  const value = jsonInAnswer(answer);
  if (!isObject(value)) return undefined;
  return textListField(shape.schema, "required").every((name) => value[name] !== undefined)
    ? value
    : undefined;
}

/** The JSON value in an answer: the whole text, or its last fenced block; undefined when there is none. */
export function jsonInAnswer(answer: string): Json | undefined {
  const whole = objectOrList(answer);
  if (whole !== undefined) return whole;
  const blocks = [...answer.matchAll(/^[ \t]*```[a-zA-Z]*[ \t]*\r?\n([\s\S]*?)^[ \t]*```[ \t]*$/gm)];
  for (const block of blocks.reverse()) {
    const value = objectOrList(block[1] ?? "");
    if (value !== undefined) return value;
  }
  return undefined;
}

function objectOrList(text: string): Json | undefined {
  const first = text.trimStart()[0];
  if (first !== "{" && first !== "[") return undefined;
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** What is wrong with an answer by its wanted shape, each with its place; undefined: nothing. */
export function misfitOf(value: Json, { schema }: WantedShape): string | undefined {
  try {
    const subject = { root: "answer", what: "the step's output schema", fix: "correct the schema" };
    const problems = shapeProblems(schema, value, subject);
    return problems.length === 0 ? undefined : problems.join("; ");
  } catch (error) {
    // a schema that cannot be used is found out by whoever checks the output
    if (isTuttiError(error, "BAD_VALUE")) return undefined;
    throw error;
  }
}
