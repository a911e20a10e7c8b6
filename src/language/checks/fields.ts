import { isObject, type Json, type JsonObject } from "../../expression/json.ts";
import { type BlockDraft, blocksIn, type StepDraft } from "../drafts.ts";
import { decisionFields } from "../voting.ts";
import type { Workflow } from "../workflow.ts";

/**
 * What an expression can ask of a step. `results` is another name of `output`; `result` is the uniform contract
 * (`execution_status`, `primary_outputs`, `quality_metrics`, …).
 */
const stepFields = [
  "output",
  "results",
  "result",
  "status",
  "error",
  "cost_usd",
  "duration_ms",
  "changed_files",
  "exit_code",
  "stdout",
  "attempts",
  "quality_metrics",
] as const;

/** How a step can have ended, as `status` says it. */
const stepStatuses = ["verified", "claimed", "failed", "skipped", "blocked", "cancelled"] as const;

/** Fields that say how a step ended; all others ask for what it gave. */
export const endFields: ReadonlySet<string> = new Set(["status", "error", "exit_code", "attempts", "tried"]);

/** What can be asked of the loop that a text lies in, or is asked after each round of. */
const roundFields = ["last", "round"];

/** Fields of some kinds of steps only. */
const ownFields: Readonly<Partial<Record<StepDraft["action"]["kind"], readonly string[]>>> = {
  branch: ["way"],
  loop: roundFields,
};

export function isRoundField([field]: readonly string[]): boolean {
  return field !== undefined && roundFields.includes(field);
}

/** The texts that a field can have. */
export interface Literals {
  readonly all: readonly string[];
  readonly why: string;
}

/** The only texts that a field of a step can be; undefined when there are no such. */
export function literalsOf({ action }: StepDraft, field: string | undefined): Literals | undefined {
  if (field === "status") return { all: stepStatuses, why: "no step ends so" };
  if (field !== "way" || action.kind !== "branch") return undefined;
  return { all: action.ways.map((way) => way.name), why: "it has no way of this name" };
}

export interface BadField {
  readonly name: string;
  readonly of: string;
  readonly candidates: readonly string[];
  /** What to write, where that is not the nearest candidate. */
  readonly fix?: string;
}

/** The first part of a path that a step cannot have; undefined when all is well or nothing is known. */
export function badField(step: StepDraft, path: readonly string[]): BadField | undefined {
  const [field, ...rest] = path;
  if (field === undefined) return undefined;
  const fields = [...stepFields, ...(ownFields[step.action.kind] ?? []), ...triedField(step)];
  if (!fields.includes(field)) return { name: field, of: `"${step.name}"`, candidates: fields };
  if (field === "last") return badRoundOutput(step, rest);
  return field === "output" || field === "results" ? badOutput(step, rest) : undefined;
}

/** Where one way is taken after another. */
function triedField({ action }: StepDraft): readonly string[] {
  return action.kind === "branch" && action.onFailure ? ["tried"] : [];
}

function badOutput(step: StepDraft, path: readonly string[]): BadField | undefined {
  const of = `${step.name}.output`;
  const { action } = step;
  switch (action.kind) {
    case "chain":
    case "branch":
    case "loop":
      return badBlockOutput(step, path, of);
    case "each":
      return badSlot(step, path);
    case "call":
      return badCallOutput(action.workflow, { path, of });
    case "tally":
      return badDecision(path, of);
    case "ask":
      return action.schema && badProperty(action.schema, path, of);
    default:
      return step.body.output && badProperty(step.body.output, path, of);
  }
}

function badDecision([name]: readonly string[], of: string): BadField | undefined {
  const candidates: readonly string[] = decisionFields;
  return name === undefined || candidates.includes(name) ? undefined : { name, of: `"${of}"`, candidates };
}

/** The outputs of the steps of another workflow by name, as far as it is known. */
function badCallOutput(
  { chain }: Workflow,
  { path: [name], of }: { readonly path: readonly string[]; readonly of: string },
): BadField | undefined {
  const candidates = chain.steps.map((step) => step.name);
  if (name === undefined || candidates.length === 0 || candidates.includes(name)) return undefined;
  return { name, of: `"${of}"`, candidates };
}

/** What a round gave: the outputs of its steps by name, and as `output` that of its last step. */
export function badRoundOutput(loop: StepDraft, path: readonly string[]): BadField | undefined {
  const [block] = blocksIn(loop);
  const last = block?.steps.at(-1);
  if (path[0] === "output" && last && !block?.byName.has("output")) return badField(last, path);
  return badBlockOutput(loop, path, `${loop.name}.last`);
}

/** The output of what holds blocks: the outputs of the steps of one of them by name. */
function badBlockOutput(holder: StepDraft, path: readonly string[], of: string): BadField | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return undefined;
  const blocks = blocksIn(holder);
  const given = givenSteps(blocks).map((step) => badField(step, ["output", ...path]));
  if (given.length > 0) return given.every((one) => one !== undefined) ? given[0] : undefined;
  const children = blocks.flatMap((block) => block.byName.get(name) ?? []);
  if (children.length === 0) {
    return { name, of: `"${of}"`, candidates: blocks.flatMap((block) => [...block.byName.keys()]) };
  }
  // A step of this name on another way may have what this one has not.
  const bad = children.map((child) => badField(child, ["output", ...rest]));
  return bad.every((one) => one !== undefined) ? bad[0] : undefined;
}

/** The steps whose output may be that of the holder, where its blocks say so. */
function givenSteps(blocks: readonly BlockDraft[]): readonly StepDraft[] {
  return blocks.flatMap((block) => (block.gives && block.byName.get(block.gives.name)) ?? []);
}

function badSlot(each: StepDraft, [name]: readonly string[]): BadField | undefined {
  if (name === undefined) return undefined;
  const inner = blocksIn(each).some((block) => block.byName.has(name)) ? `.${name}` : "";
  return {
    name,
    of: `"${each.name}.output"`,
    candidates: [],
    fix: `it is a list with {key, item, ok, output, error} of each item: write ${each.name}.output[0].output${inner}, or ${each.name}.output.map(one, one.output)`,
  };
}

/** Keywords under which properties may come from elsewhere than `properties`. */
const open = [
  "$ref",
  "allOf",
  "anyOf",
  "oneOf",
  "if",
  "patternProperties",
  "$dynamicRef",
  "dependentSchemas",
];

function badProperty(schema: Json | undefined, path: readonly string[], of: string): BadField | undefined {
  const [name, ...rest] = path;
  if (name === undefined || !isObject(schema)) return undefined;
  const properties = propertiesOf(schema);
  if (!properties) return undefined;
  if (Object.hasOwn(properties, name)) return badProperty(properties[name], rest, `${of}.${name}`);
  // Every step may report its own metrics beside what it declares.
  if (name === "quality_metrics") return undefined;
  return { name, of: `"${of}"`, candidates: Object.keys(properties) };
}

/** The properties an object can have; undefined when the schema leaves others open. */
function propertiesOf(schema: JsonObject): JsonObject | undefined {
  const extra = schema["additionalProperties"];
  const isOpen = open.some((key) => Object.hasOwn(schema, key)) || extra === true || isObject(extra);
  return !isOpen && isObject(schema["properties"]) ? schema["properties"] : undefined;
}

/** True for a field that holds whatever an agent wrote: no literal can be expected of it. */
export function isFreeText(step: StepDraft, path: readonly string[]): boolean {
  if (path.length !== 1 || (step.action.kind !== "command" && step.action.kind !== "agent")) return false;
  const [field] = path;
  if (field === "stdout") return true;
  return (field === "output" || field === "results") && step.body.output === undefined;
}
