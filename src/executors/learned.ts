import type { Outcome } from "../core/outcome.ts";
import { isObject, type Json, type JsonObject } from "../expression/json.ts";
import type { AgentTask } from "../ports/agent.ts";

/** Most that one attempt may learn; a text that is longer is cut by who keeps it. */
const mostLearned = 20;
const mostCharacters = 2000;

/**
 * The outcome with what the agent has learned, taken out of its answer where the step's schema does not ask for it: the output is
 * what it would be without a memory.
 */
export function withLearned(outcome: Outcome, task: Told): Outcome {
  const { output } = outcome;
  if (!task.learns || !isObject(output) || !Object.hasOwn(output, "learned")) return outcome;
  const learned = textsOf(output["learned"]);
  return {
    ...outcome,
    output: withoutLearned(output, task),
    ...(learned.length > 0 && outcome.ok ? { learned } : {}),
  };
}

type Told = Pick<AgentTask, "learns" | "schema" | "claims">;

function withoutLearned(output: JsonObject, { schema, claims = [] }: Told): Json {
  const properties = schema?.["properties"];
  if (isObject(properties) && Object.hasOwn(properties, "learned")) return output;
  const { learned: _, ...rest } = output;
  const isText = schema === undefined && claims.length === 0 && Object.keys(rest).join() === "answer";
  return isText ? (rest["answer"] ?? null) : rest;
}

function textsOf(said: Json | undefined): readonly string[] {
  if (!Array.isArray(said)) return [];
  return said
    .filter((one) => typeof one === "string")
    .slice(0, mostLearned)
    .map((one) => one.slice(0, mostCharacters));
}
