import { isObject } from "../../expression/json.ts";
import { type MemberAt, type Target } from "./builder.ts";

/** A step that comes before, and what it promises to give. */
export interface Earlier {
  readonly name: string;
  readonly outputs: readonly string[];
}

export interface InputOptions {
  readonly members: ReadonlyMap<string, MemberAt>;
  readonly earlier: readonly Earlier[];
}

/**
 * Tells a command what came before it: each input by name from the step that gives it; inputs that nobody gives by
 * that name, and commands that name none, get the whole output of the step before.
 */
export function addInputs(context: Target, { members, earlier }: InputOptions): void {
  const previous = earlier.at(-1);
  const keys = ["inputs", "inputs_from_previous", "inputs_from_parallel"];
  const given = keys.flatMap((key) => members.get(key)?.at.value ?? []);
  const inputs: Target = {};
  const wanted: string[] = [];
  for (const value of given) {
    if (isObject(value)) Object.assign(inputs, value);
    else if (typeof value === "string") addInput(inputs, { name: value, earlier, wanted });
  }
  if (Object.keys(inputs).length > 0) context["inputs"] = inputs;
  if (wanted.length > 0) context["wanted_inputs"] = wanted;
  const isNamed = given.some((value) => typeof value === "string" || isObject(value));
  if (previous && (wanted.length > 0 || !isNamed)) context["previous"] = outputOf(previous.name);
}

interface OneInput {
  readonly name: string;
  readonly earlier: readonly Earlier[];
  readonly wanted: string[];
}

function addInput(inputs: Target, { name, earlier, wanted }: OneInput): void {
  const giver = earlier.findLast(({ outputs }) => outputs.includes(name));
  if (giver) inputs[name] = outputOf(giver.name, name);
  else wanted.push(name);
}

/** `${ query.output.requirements }`. */
export function outputOf(step: string, property?: string): string {
  const part =
    property === undefined ? "" : /^[A-Za-z_]\w*$/.test(property) ? `.${property}` : `["${property}"]`;
  return `\${ ${reference(step)}.output${part} }`;
}

/** A step as an expression writes it. */
function reference(name: string): string {
  return name.includes("-") ? `steps["${name}"]` : name;
}
