import { TuttiError } from "../errors.ts";
import { isObject, type Json, type JsonObject } from "../expression/json.ts";
import type { Call, InputSpec } from "../language/workflow.ts";
import { shapeProblems } from "../shape/shape.ts";
import { compiledStep } from "./compiled.ts";
import { scopeOf } from "./scope.ts";
import type { NodeState } from "./node.ts";
import type { RunState } from "./state.ts";

/**
 * The inputs that a called workflow gets: what is given, then the defaults. Throws one error for all that do not fit:
 * INPUT_INVALID, INPUT_MISSING.
 */
export function inputsOfCall(state: RunState, node: NodeState, { workflow, inputs }: Call): JsonObject {
  const given = compiledStep(node.plan.step).values?.render(scopeOf(state, node));
  const values = isObject(given) ? given : {};
  const mistakes: Mistake[] = [];
  const taken: Record<string, Json> = {};
  for (const [name, spec] of Object.entries(inputs)) {
    const value = values[name] ?? spec.default ?? null;
    const mistake = mistakeOf(value, { name, spec });
    if (mistake) mistakes.push(mistake);
    else taken[name] = value;
  }
  const [first] = mistakes;
  if (first) throw cannotCall(workflow, mistakes, first);
  return taken;
}

interface Mistake {
  readonly code: "INPUT_INVALID" | "INPUT_MISSING";
  readonly text: string;
  readonly fix: string;
}

/** How many mistakes are named. */
const most = 5;

/** The failure of a step has one message. */
function cannotCall(
  workflow: string,
  mistakes: readonly Mistake[],
  { code, text, fix }: Mistake,
): TuttiError {
  const named = mistakes.slice(0, most).map((one) => one.text.replace(/\.$/, ""));
  const more = mistakes.length > most ? [`and ${mistakes.length - most} more`] : [];
  const all = mistakes.length === 1 ? text : [...named, ...more].join("; ");
  const how = code === "INPUT_INVALID" ? " with" : ":";
  return new TuttiError(code, `Cannot call "${workflow}"${how} ${all}`, { fix });
}

interface Input {
  readonly name: string;
  readonly spec: InputSpec;
}

function mistakeOf(value: Json, { name, spec }: Input): Mistake | undefined {
  if (value === null && spec.default === undefined) return spec.required ? missing(name) : undefined;
  const wrong = mistakeOfInput(value, { name, schema: spec.schema });
  if (wrong === undefined) return undefined;
  return {
    code: "INPUT_INVALID",
    text: `${JSON.stringify(value).slice(0, 80)} for its input "${name}": ${wrong}`,
    fix: "give a value of the declared shape under `with:`",
  };
}

function missing(name: string): Mistake {
  return { code: "INPUT_MISSING", text: `its input "${name}" has no value`, fix: "give it under `with:`" };
}

/** What is wrong with the value of an input by its schema, with the place in the value; undefined: nothing. */
export function mistakeOfInput(
  value: Json,
  { name, schema }: { readonly name: string; readonly schema: JsonObject },
): string | undefined {
  const problems = shapeProblems(schema, value, {
    root: name,
    what: `the schema of the input "${name}"`,
    fix: "correct it under `inputs:`; it is JSON Schema 2020-12",
  });
  return problems.length > 0 ? problems.join("; ") : undefined;
}
