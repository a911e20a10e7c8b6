import { mistakeOfInput } from "../core/call.ts";
import { type Problem, problemsError } from "../errors.ts";
import { type Json, type JsonObject, sameJson } from "../expression/json.ts";
import { nearest } from "../expression/nearest.ts";
import type { InputSpec, Workflow } from "../language/workflow.ts";
import { isObject, withMembers } from "./typed-inputs.ts";

/**
 * The values a run begins with: what was given, then the defaults. Text given for a number, a boolean, a list or an
 * object (as on a command line) is read as that; `codebase.files` is a member of the object `codebase`. Throws one error for all inputs that do not fit.
 */
export function resolveInputs(workflow: Workflow, said: JsonObject): JsonObject {
  const given = withMembers(workflow, said);
  const problems: Problem[] = [];
  const values: Record<string, Json> = {};
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(workflow.inputs, name)) problems.push(unknownInput(workflow, name));
  }
  for (const [name, spec] of Object.entries(workflow.inputs)) {
    const value = Object.hasOwn(given, name) ? (given[name] ?? null) : spec.default;
    if (value === undefined) {
      if (spec.required) problems.push(missing(name, spec));
      else values[name] = null;
      continue;
    }
    const wrong = mistakeOfInput(value, { name, schema: spec.schema });
    if (wrong === undefined) values[name] = value;
    else problems.push(invalid(name, { value, wrong }));
  }
  if (problems.length > 0) throw problemsError(problems);
  return values;
}

/**
 * The values a run goes on with when its workflow has changed, or more was given. What was given before is kept where
 * the input is still declared; a value that equals the default it had counts as not given.
 */
export function carriedInputs(
  { workflow: before, inputs }: { readonly workflow: Workflow; readonly inputs: JsonObject },
  { workflow, given }: { readonly workflow: Workflow; readonly given: JsonObject },
): JsonObject {
  const kept = Object.entries(inputs).filter(
    ([name, value]) =>
      Object.hasOwn(workflow.inputs, name) && !sameJson(value, before.inputs[name]?.default ?? null),
  );
  return resolveInputs(workflow, { ...Object.fromEntries(kept), ...given });
}

function unknownInput(workflow: Workflow, name: string): Problem {
  const names = Object.keys(workflow.inputs);
  const close = nearest(name, names);
  const fix =
    close === undefined ? `its inputs are: ${names.join(", ") || "none"}` : `did you mean "${close}"?`;
  return {
    severity: "error",
    code: "INPUT_UNKNOWN",
    message: `Cannot set the input "${name}": the workflow has no such input`,
    fix,
  };
}

function missing(name: string, spec: InputSpec): Problem {
  const about = spec.description === undefined ? "" : ` (${spec.description})`;
  return {
    severity: "error",
    code: "INPUT_MISSING",
    message: `Cannot start without the input "${name}"${about}: it is required`,
    fix: `give it: ${howToGive(name, spec)}`,
  };
}

function howToGive(name: string, { schema }: InputSpec): string {
  const { type } = schema;
  if (type === "array") return `--input ${name}='[…]', as JSON`;
  if (type !== "object") return `--input ${name}=…`;
  const [member = "…"] = Object.keys(isObject(schema["properties"]) ? schema["properties"] : {});
  return `--input ${name}='{"${member}": …}', as JSON, or --input ${name}.${member}=…`;
}

function invalid(name: string, { value, wrong }: { readonly value: Json; readonly wrong: string }): Problem {
  return {
    severity: "error",
    code: "INPUT_INVALID",
    message: `Cannot use ${JSON.stringify(value).slice(0, 80)} for the input "${name}": ${wrong}`,
    fix:
      typeof value === "string" && /^-?\d{16,}$/.test(value)
        ? `whole numbers beyond 2^53 are not exact: declare the input as "type: string"`
        : "give a value of the declared shape",
  };
}
