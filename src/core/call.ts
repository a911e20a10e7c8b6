import { type Problem, problemsError } from "../errors.ts";
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
  const problems: Problem[] = [];
  const taken: Record<string, Json> = {};
  for (const [name, spec] of Object.entries(inputs)) {
    const value = values[name] ?? spec.default ?? null;
    const problem = problemOf(value, { name, spec, workflow });
    if (problem) problems.push(problem);
    else taken[name] = value;
  }
  if (problems.length > 0) throw problemsError(problems);
  return taken;
}

interface Input {
  readonly name: string;
  readonly spec: InputSpec;
  readonly workflow: string;
}

function problemOf(value: Json, { name, spec, workflow }: Input): Problem | undefined {
  if (value === null && spec.default === undefined)
    return spec.required ? missing(name, workflow) : undefined;
  const wrong = mistakeOfInput(value, { name, schema: spec.schema });
  if (wrong === undefined) return undefined;
  return {
    severity: "error",
    code: "INPUT_INVALID",
    message: `Cannot call "${workflow}" with ${JSON.stringify(value).slice(0, 80)} for its input "${name}": ${wrong}`,
    fix: "give a value of the declared shape under `with:`",
  };
}

function missing(name: string, workflow: string): Problem {
  return {
    severity: "error",
    code: "INPUT_MISSING",
    message: `Cannot call "${workflow}": its input "${name}" has no value`,
    fix: "give it under `with:`",
  };
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
