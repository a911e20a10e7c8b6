import type { JsonObject } from "../../expression/json.ts";
import { type Part, pickCommands, type Available, type Picked } from "./commands.ts";
import { goalsIn, type TaskFacts } from "../../task/facts.ts";
import type { Mode } from "./mode.ts";
import { type Building, inTurn, stepsOf } from "./sequence.ts";
import { effortOf, thinkingFor } from "../../task/score.ts";
import { byMany, mixed } from "./side-by-side.ts";
import { askStep, commandStep, type Making, type Step, task, told } from "./steps.ts";

export interface BuildOptions {
  readonly facts: TaskFacts;
  readonly score: number;
  readonly mode: Mode;
  readonly commands: readonly Available[];
  /** Names of further inputs. */
  readonly given: readonly string[];
}

export interface Built {
  /** A workflow in canonical form. Nothing of the task's text is in it: that is in the inputs. */
  readonly definition: JsonObject;
  /** The commands that it calls. */
  readonly commands: readonly Picked[];
  /** What its agents are told of how long to think; undefined: what each command says itself. */
  readonly effort: string | undefined;
  /** What is done otherwise than the mode says, and why. */
  readonly notes: readonly string[];
}

/** The texts of a task that its workflow uses, as values of its inputs. */
export function inputsOf(text: string, { conditions, viewpoints, parts, rest }: TaskFacts): JsonObject {
  const ways = conditions.map(({ when, then, otherwise }) => ({ when, then, otherwise }));
  return { task: text, parts, viewpoints, conditions: ways, rest };
}

/** Makes a workflow for a task out of the commands there are. */
export function buildWorkflow(options: BuildOptions): Built {
  const { facts, score, mode, given } = options;
  const making: Making = {
    commands: pickCommands(options.commands),
    effort: effortOf[thinkingFor(score)],
    given,
    used: new Set(),
  };
  const notes: string[] = [];
  const steps = builders[mode]({ facts, score, making, note: (text) => notes.push(text) });
  const guarded = isDangerous(facts) && !steps.some(({ approval }) => approval !== undefined);
  const all = guarded ? [askStep(), ...steps] : steps;
  if (all.some(({ approval }) => approval !== undefined))
    notes.push("a person is asked before anything risky is done; tutti asks lists what waits");
  const inputs = Object.fromEntries(given.map((name) => [name, {}]));
  return {
    definition: {
      name: ["auto", ...facts.goals.slice(0, 3).map(({ verb }) => verb.replace(" ", "-"))].join("-"),
      inputs: { ...inputs, ...inputsSpec },
      chain: { steps: all },
    },
    commands: [...making.used].flatMap((part) => making.commands.get(part) ?? []),
    // the commands of a pattern say it themselves
    effort: making.used.size > 0 ? making.effort : undefined,
    notes,
  };
}

export const inputsSpec: JsonObject = {
  task: { type: "string" },
  parts: { type: "array", default: [] },
  viewpoints: { type: "array", default: [] },
  conditions: { type: "array", default: [] },
  rest: { type: "string", default: "" },
};

/** Data that is gone, or users that are reached, are for a person to decide about. */
function isDangerous({ risks }: TaskFacts): boolean {
  const deletes = risks.some((word) => /^(?:delete|drop|data loss)$/.test(word));
  return deletes && risks.some((word) => /^(?:production|prod|customers?|databases?|payments?)$/.test(word));
}

const builders: Readonly<Record<Mode, (building: Building) => readonly Step[]>> = {
  chain: inTurn,
  flow: deciding,
  swarm: byMany,
  pipeline: byRecord,
  hybrid: mixed,
};

/** Finds out which conditions hold, then decides; what depends on nothing is done before. */
function deciding(building: Building): readonly Step[] {
  const { facts, making, note } = building;
  const { conditions, rest } = facts;
  if (conditions.length === 0) {
    note("flow: the task names no condition; /auto looks and the pattern adaptive_workflow decides");
    return [{ name: "adapt", workflow: "pattern:adaptive_workflow", with: { goal: task } }];
  }
  const first = restParts(rest);
  const before = first.length > 0 ? stepsOf(building, first, { text: "${ inputs.rest }" }) : [];
  const names = conditions.map((_, index) => `c${index + 1}`);
  const properties = Object.fromEntries(names.map((name) => [name, { type: "boolean" }]));
  const look = commandStep(making, {
    name: "look",
    part: "research",
    params: `Find out which of these conditions hold now (run what tells you), in their order as ${names.join(", ")}, and do nothing about it: \${ inputs.conditions }. They are about this task: ${task}`,
    ...told(before.length > 0 ? first.at(-1) : undefined),
  });
  const output = {
    type: "object",
    required: [...names, "summary"],
    properties: { ...properties, summary: { type: "string" } },
  };
  const decisions = conditions.map((condition, index) => decision(making, { ...condition, index }));
  return [...before, { ...look, output }, { name: "decide", flow: { conditions: decisions } }];
}

/** What is to be done whatever the conditions say: only what somebody says in so many words. */
function restParts(rest: string): readonly Part[] {
  const roles = new Set<Part>(goalsIn(rest).map(({ role }) => role));
  return (["setup", "work", "write"] as const).filter((part) => roles.has(part));
}

interface Decided {
  readonly then: string;
  readonly otherwise: string;
  readonly index: number;
}

function decision(making: Making, { then, otherwise, index }: Decided): JsonObject {
  const way = (text: string, key: string): readonly Step[] => {
    const part: Part = goalsIn(text)[0]?.role ?? "work";
    const params = `\${ inputs.conditions[${index}].${key} }`;
    const context = { whole_task: task, found: "${ look.output }" };
    const step = commandStep(making, { name: part, part, params, context });
    return part === "release" ? [askStep(), step] : [step];
  };
  const holds = `look.output.c${index + 1}`;
  if (then === "") return { if: `!${holds}`, then: way(otherwise, "otherwise") };
  return {
    if: holds,
    then: way(then, "then"),
    ...(otherwise === "" ? {} : { else: way(otherwise, "otherwise") }),
  };
}

const recordsAtOnce = 4;

/** Each record by itself. Where they lie the task does not say as a pipeline would have it: an agent lists them. */
function byRecord({ making, facts, note }: Building): readonly Step[] {
  note(
    'pipeline: an agent lists the records, and each is done by itself; records in files go through tutti pipeline "in.jsonl → [/task] → out.jsonl"',
  );
  if (facts.isEndless) note("records that come later are not seen: the list is made once");
  const list = commandStep(making, {
    name: "list",
    part: "research",
    params: `List the records that this is about, each with what is needed to work on it alone, and do nothing about them: ${task}`,
  });
  const output = { type: "object", required: ["records"], properties: { records: { type: "array" } } };
  const work = commandStep(making, {
    name: "work",
    part: "work",
    params: `${task}\nOnly this record: \${ record }`,
  });
  const each = {
    name: "each",
    for_each: { items: "${ list.output.records }", as: "record", concurrency: recordsAtOnce },
    steps: [work],
  };
  const params = `Bring the results together, with the records that failed: ${task}`;
  return [
    { ...list, output },
    each,
    commandStep(making, { name: "integrate", part: "integrate", params, ...told("each") }),
  ];
}
