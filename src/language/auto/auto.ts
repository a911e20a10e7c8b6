import type { JsonObject } from "../../expression/json.ts";
import { identifier } from "../checks/names.ts";
import { buildWorkflow, type Built, inputsOf, inputsSpec } from "./build.ts";
import type { Available } from "./commands.ts";
import { readTask } from "../../task/facts.ts";
import { chooseMode, type Choice, type Mode } from "./mode.ts";
import { type Score, scoreOf } from "../../task/score.ts";

export interface AutoOptions {
  /** The commands there are. */
  readonly commands: readonly Available[];
  /** The mode that is wanted, whatever fits best. */
  readonly mode?: Mode | undefined;
  /** Names of further inputs, which every command is told. */
  readonly given?: readonly string[];
}

/** What a task was found to be, and the workflow for it. */
export interface AutoPlan extends Score, Choice, Built {
  /** Values of the workflow's inputs. */
  readonly inputs: JsonObject;
}

/** Names that `given` cannot have. */
export const ownInputs: readonly string[] = Object.keys(inputsSpec);

/** Reads a task, scores it, chooses a mode and builds the workflow; the same words always give the same. */
export function planTask(task: string, options: AutoOptions): AutoPlan {
  const facts = readTask(task);
  const score = scoreOf(facts);
  const wanted = options.mode === undefined ? undefined : { mode: options.mode, because: "it is asked for" };
  const named = wanted ? undefined : namedCommand(task, options);
  if (named) return { ...score, mode: "chain", because: "the task names its command", ...named };
  const choice = wanted ?? chooseMode(facts, score.score);
  const { commands, given = [] } = options;
  const built = buildWorkflow({ facts, score: score.score, mode: choice.mode, commands, given });
  return { ...score, ...choice, ...built, inputs: inputsOf(task, facts) };
}

/** `/docs the API`: a line for one command, as a person types it to an agent. */
function namedCommand(
  task: string,
  { commands, given = [] }: AutoOptions,
): (Built & { readonly inputs: JsonObject }) | undefined {
  const [, written = "", rest = ""] = /^\s*\/([\w:./-]+)(?:\s+([^]*))?$/.exec(task) ?? [];
  const name = written.replaceAll("/", ":");
  const found = commands.find((one) => one.name === name);
  if (!found) return undefined;
  const inputs = Object.fromEntries(given.map((input) => [input, {}]));
  const context = Object.fromEntries(given.map((input) => [input, `\${ inputs.${input} }`]));
  const step = {
    name: identifier(name) || "command",
    command: `/${name}`,
    params: "${ inputs.task }",
    ...(given.length > 0 ? { context: { inputs: context } } : {}),
  };
  return {
    definition: {
      name: `auto-${identifier(name)}`,
      inputs: { ...inputs, task: { type: "string" } },
      chain: { steps: [step] },
    },
    commands: [{ part: "work", command: `/${name}`, origin: found.origin }],
    effort: undefined,
    notes: [],
    inputs: { task: rest.trim() },
  };
}
