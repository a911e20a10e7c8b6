import type { JsonObject } from "../../expression/json.ts";
import { freeName, identifier } from "../checks/names.ts";
import type { Part, Picked } from "./commands.ts";

export type Step = JsonObject;

/** What the steps of a workflow for a task are made with. */
export interface Making {
  readonly commands: ReadonlyMap<Part, Picked>;
  readonly effort: string;
  /** Further inputs, told to every command. */
  readonly given: readonly string[];
  /** The parts for which there is a step; filled while they are made. */
  readonly used: Set<Part>;
}

export interface Work {
  readonly name: string;
  readonly part: Part;
  /** Template of the arguments. */
  readonly params: string;
  /** What it is told besides. */
  readonly context?: JsonObject;
}

/** The task itself is a value of the run, and never a part of the workflow. */
export const task = "${ inputs.task }";

/** What a part does, and what it leaves to others. */
const limitsOf: Readonly<Record<Part, string>> = {
  research: "find out; change nothing",
  plan: "plan; change nothing",
  work: "build and change what is wanted; release nothing",
  check: "judge the result independently; change nothing",
  write: "write the texts",
  setup: "set up what is not there yet",
  release: "release what was checked",
  divide: "divide the work; do none of it",
  integrate: "bring the results together",
};

export function commandStep(making: Making, { name, part, params, context = {} }: Work): Step {
  making.used.add(part);
  const given = Object.fromEntries(making.given.map((input) => [input, `\${ inputs.${input} }`]));
  const told: JsonObject = {
    do: limitsOf[part],
    ...context,
    ...(making.given.length > 0 ? { inputs: given } : {}),
  };
  return {
    name,
    command: making.commands.get(part)?.command ?? `/${part}`,
    params,
    context: told,
    effort: making.effort,
    output: outputOf(part),
    timeout: "1h",
  };
}

/** A check, with the gate that its own judgement is. */
export function checkStep(making: Making, work: Omit<Work, "part">): Step {
  const step = commandStep(making, { ...work, part: "check" });
  return { ...step, gates: [{ check: `${work.name}.output.readiness_assessment.ready` }] };
}

/** A person is asked before anything goes on. */
export function askStep(): Step {
  return { name: "sure", approval: `Go on with this? ${task}` };
}

const status = { enum: ["success", "partial", "failure"] };
const summary = { type: "string" };

function outputOf(part: Part): JsonObject {
  const properties: JsonObject = { status, summary };
  const report: JsonObject = { type: "object", required: ["status", "summary"], properties };
  if (part !== "check") return report;
  const ready = { type: "object", required: ["ready"], properties: { ready: { type: "boolean" } } };
  return {
    type: "object",
    required: ["status", "summary", "readiness_assessment"],
    properties: { status, summary, validation_results: { type: "array" }, readiness_assessment: ready },
  };
}

/** What the step before gave, for those after it. */
export function told(before: string | undefined): { readonly context?: JsonObject } {
  return before === undefined ? {} : { context: { previous: `\${ ${before}.output }` } };
}

const taken =
  "research plan work check write setup release look decide divide integrate list each rounds sure parts";

/** Names of steps for pieces of a task: letters, digits and `_` only. */
export function pieceNames(pieces: readonly string[]): readonly string[] {
  const used = new Set(taken.split(" "));
  return pieces.map((piece, index) => {
    const stem = identifier(piece).slice(0, 30).replace(/_+$/, "").toLowerCase() || `part_${index + 1}`;
    const name = freeName(stem, used);
    used.add(name);
    return name;
  });
}

/** Steps that run together; one that fails fails them all. */
export function together(name: string, steps: readonly Step[]): Step {
  return { name, parallel: { join: "all" }, steps: steps };
}
