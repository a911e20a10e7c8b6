import type { Json, JsonObject } from "../../expression/json.ts";
import { abilitiesOf } from "./roles.ts";
import type { SwarmSpec } from "./spec.ts";

/** JSON Schemas of what the agents of a swarm answer. */

const text: JsonObject = { type: "string" };

function object(properties: JsonObject, required: readonly string[]): JsonObject {
  return { type: "object", properties, required: [...required] };
}

/** The answer of the whole swarm: as its author declares it, else `{answer}`. */
export function answerSchema({ output }: SwarmSpec): JsonObject {
  return (output?.value as JsonObject | undefined) ?? object({ answer: text }, ["answer"]);
}

/** What a coordinator breaks the task into. */
export function planSchema(spec: SwarmSpec): JsonObject {
  const { members, communication } = spec;
  const subtask = object(
    {
      id: { type: "string", description: "a short name of its own, such as parser" },
      title: text,
      task: { type: "string", description: "all that whoever does it has to know" },
      ...needsIn(spec),
      agent: {
        enum: members.map(({ name }) => name),
        description: "who is to do it, if it can what that needs; left out: whoever can and has time",
      },
      ...(communication === "event_driven"
        ? {
            depends_on: {
              type: "array",
              items: text,
              default: [],
              description: "ids of other subtasks whose results it needs",
            },
          }
        : {}),
    },
    ["id", "title", "task"],
  );
  return object({ subtasks: { type: "array", items: subtask, minItems: 1 } }, ["subtasks"]);
}

/** Of what there is; where an agent stands for any specialist, of anything. */
function needsIn({ members }: SwarmSpec): JsonObject {
  const abilities = [...new Set(members.flatMap((agent) => abilitiesOf(agent, members)))];
  const any = members.filter(({ dynamic }) => dynamic).map(({ name }) => name);
  if (any.length === 0 && abilities.length === 0) return {};
  const description = "what whoever does it must be able to";
  if (any.length === 0) return { needs: { type: "array", items: { enum: abilities }, description } };
  const known = abilities.length === 0 ? "" : `: ${abilities.join(", ")}`;
  const open = `${description}${known}, or whatever specialist it takes, such as "rust", which ${any.join(" or ")} then is`;
  return { needs: { type: "array", items: text, description: open } };
}

/** What a hub says in a round: to whom what, or that it is done. */
export function hubSchema(spec: SwarmSpec): JsonObject {
  const message = object({ to: { enum: spec.members.map(({ name }) => name) }, text }, ["to", "text"]);
  return object(
    {
      done: {
        type: "boolean",
        description: "true: `answer` is the answer of all, and nobody is asked any more",
      },
      messages: { type: "array", items: message },
      answer: answerSchema(spec),
    },
    ["done", "messages"],
  );
}

/** What a voter answers beside its own answer; who abstains need give no reason. */
export function withVote(schema: JsonObject, spec: SwarmSpec): JsonObject {
  const properties = (schema["properties"] ?? {}) as JsonObject;
  const required = (schema["required"] ?? []) as readonly Json[];
  const vote = spec.ranked ? rankingSchema(spec) : choiceSchema(spec);
  return {
    ...schema,
    properties: { ...properties, vote, reason: { type: "string", description: "why, in a sentence" } },
    required: [...required, "vote"],
  };
}

function choiceSchema(spec: SwarmSpec): JsonObject {
  const options = knownOptions(spec);
  return { ...(options ? { enum: [...options, null] } : {}), description: "what you are for; null abstains" };
}

function rankingSchema(spec: SwarmSpec): JsonObject {
  const options = knownOptions(spec);
  return {
    type: ["array", "null"],
    ...(options ? { items: { enum: [...options] } } : {}),
    minItems: 1,
    uniqueItems: true,
    description: "what you are for, the best first; null abstains",
  };
}

/** What is voted for, where the file says it: options, or else the peers by name. */
export function knownOptions({ decision, members }: SwarmSpec): readonly Json[] | undefined {
  const options = decision?.options?.value ?? members.map(({ name }) => name);
  return Array.isArray(options) && !options.some(isTemplate) ? options : undefined;
}

function isTemplate(option: Json): boolean {
  return typeof option === "string" && option.includes("${");
}
