import { isObject, type Json, type JsonObject } from "../../expression/json.ts";
import { freeName, identifier } from "../checks/names.ts";
import { defined } from "../defined.ts";
import type { Target } from "./builder.ts";
import { factsOf, factsSchema, withFacts } from "./facts.ts";

export interface Rounds {
  readonly steps: readonly Target[];
  /** When it is done: `quality_threshold_90`, or a condition over what the last step gives. */
  readonly criteria?: string | undefined;
  /** Most rounds. */
  readonly max?: number | undefined;
}

/**
 * The steps as rounds of a loop. The last of them is asked to give what the criteria name; a threshold that is not
 * reached and does not come nearer for two rounds ends the loop as well. Every round is told what the one before gave.
 */
export function roundsOf({ steps, criteria, max }: Rounds): Target {
  const name = freeName("rounds", new Set(steps.map((step) => step["name"] as string)));
  const [first] = steps;
  if (first) {
    const told = { ...defined({ criteria }), round_before: `\${ ${name}.last }` };
    first["context"] = { ...asObject(first["context"]), ...told };
  }
  const last = steps.at(-1);
  if (criteria === undefined || !last) return { name, repeat: defined({ max }), steps: [...steps] };
  const { condition, measure } = criterionOf(criteria);
  const facts = factsOf(`${name}.last${memberOf(last["name"])}`);
  const until = withFacts(facts, condition);
  const plateau = measure === undefined ? undefined : { of: withFacts(facts, measure), rounds: 2 };
  if (facts.asked.size > 0) last["output"] = both(asObject(last["output"]), factsSchema(facts));
  return { name, repeat: defined({ until, max, plateau }), steps: [...steps] };
}

interface Criterion {
  readonly condition: string;
  /** The number that must grow. */
  readonly measure?: string;
}

/** `quality_threshold_90` → `quality_score >= 90`; anything else is a condition over the last step's output. */
function criterionOf(criteria: string): Criterion {
  const [, what = "", value] = /^(\w+?)_threshold_(\d+(?:\.\d+)?)$/.exec(criteria.trim()) ?? [];
  if (value === undefined) return { condition: criteria };
  const measure = what === "quality" ? "quality_score" : identifier(what);
  return { condition: `${measure} >= ${value}`, measure };
}

/** A schema that asks for what either asks for. */
function both(own: JsonObject, asked: JsonObject): JsonObject {
  const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
  return {
    ...own,
    ...asked,
    properties: { ...asObject(own["properties"]), ...asObject(asked["properties"]) },
    required: [...new Set([...list(own["required"]), ...list(asked["required"])])],
  };
}

function memberOf(name: Json | undefined): string {
  if (typeof name !== "string") return "";
  return name.includes("-") ? `["${name}"]` : `.${name}`;
}

function asObject(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
