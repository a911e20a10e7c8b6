import { compileTemplate } from "../expression/template.ts";
import type { JsonObject } from "../expression/json.ts";
import type { Step, Workflow } from "../language/workflow.ts";
import { type Given, isSkipped, knownValue } from "./plan-given.ts";
import { placedSteps } from "./placed-steps.ts";

/** A command that would be asked for nothing: all that it is told stands in inputs, and these are empty. */
export interface Wordless {
  readonly address: string;
  readonly command: string;
  readonly inputs: readonly string[];
}

/** Without inputs those count that a run has when it is given none. */
export function wordlessOf(
  workflow: Workflow,
  { inputs = presetsOf(workflow), given }: { readonly inputs: JsonObject | undefined; readonly given: Given },
): readonly Wordless[] {
  const called = callsIn(workflow);
  return placedSteps(workflow.chain).flatMap(({ address, step }) => {
    const isOthers = called.some((call) => address.startsWith(call));
    return isOthers || isSkipped(given, address) ? [] : wordless(step, { address, inputs });
  });
}

function wordless(
  { action }: Step,
  { address, inputs }: { readonly address: string; readonly inputs: JsonObject },
): readonly Wordless[] {
  if (action.kind !== "command") return [];
  const { command, params } = action;
  const template = compileTemplate(params);
  const told = knownValue(template, inputs, (one, scope) => one.renderText(scope));
  const names = template.references.flatMap(({ path }) => (typeof path[0] === "string" ? path[0] : []));
  if (names.length === 0 || typeof told !== "string" || told.trim() !== "") return [];
  return [{ address, command, inputs: [...new Set(names)] }];
}

/** A called workflow has inputs of its own. */
function callsIn({ chain }: Workflow): readonly string[] {
  return placedSteps(chain)
    .filter(({ step: { action } }) => action.kind === "chain" && action.call !== undefined)
    .map(({ address }) => `${address}/`);
}

function presetsOf({ inputs }: Workflow): JsonObject {
  const known = Object.entries(inputs).filter(
    ([, { required, default: preset }]) => !required || preset !== undefined,
  );
  return Object.fromEntries(known.map(([name, { default: preset = null }]) => [name, preset]));
}
