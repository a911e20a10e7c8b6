import { readFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import { isTuttiError, problemsError, type TuttiError } from "../errors.ts";
import type { JsonObject } from "../expression/json.ts";
import { withValue } from "../language/edit.ts";
import type { OneLineFlags } from "../language/one-line.ts";
import type { WorkflowSource } from "../verbs/load.ts";
import type { Tutti } from "../verbs/tutti.ts";
import { patternPrefix, sourceNamed } from "./source.ts";
import { usage } from "./usage.ts";

/** Flags by which the source documents fit a pattern to a task, as they were given. */
export interface PatternFlags {
  readonly target?: string;
  readonly criteria?: string;
  readonly maxIterations?: string;
  readonly max_iterations?: string;
  readonly start?: string;
  readonly conditions?: string;
  readonly commands?: string;
  readonly command?: string;
  readonly coordination?: string;
  readonly integration?: string;
}

/** Declares them; those that only some patterns take, and those that none does, are not listed by `--help`. */
export function patternFlags(command: Command): Command {
  command.option("--target <text>", "what a pattern works on; the same as --input goal=TEXT");
  for (const flag of [
    "--criteria <threshold>",
    "--max-iterations <n>",
    "--max_iterations <n>",
    "--start <command>",
    "--conditions <routing>",
    "--commands <list>",
    "--command <command>",
    "--coordination <command>",
    "--integration <command>",
  ])
    command.addOption(new Option(flag).hideHelp());
  return command;
}

/** What is run, and with which inputs. */
export interface Fitted {
  readonly source: (tutti: Tutti) => Promise<WorkflowSource>;
  readonly inputs: JsonObject;
}

type Given = Readonly<Partial<Record<Word, string>>>;
type Word = "target" | "criteria" | "maxIterations" | "start" | "conditions" | Unfit;
type Unfit = "commands" | "command" | "coordination" | "integration";

const spelled: Readonly<Record<Word, string>> = {
  target: "--target",
  criteria: "--criteria",
  maxIterations: "--max_iterations",
  start: "--start",
  conditions: "--conditions",
  commands: "--commands",
  command: "--command",
  coordination: "--coordination",
  integration: "--integration",
};

/** What each pattern takes besides its target. */
const takenBy: Readonly<Record<string, readonly Word[]>> = {
  iterative_improvement: ["criteria", "maxIterations"],
  adaptive_workflow: ["start", "conditions"],
};

/** Fits what is named on the command line to the flags; throws USAGE for one that it has no use for. */
export function fitPattern(
  file: string,
  { flags, cwd }: { readonly flags: PatternFlags; readonly cwd: string },
): Fitted {
  const given = givenIn(flags);
  const words = Object.keys(given) as Word[];
  const source = (tutti: Tutti) => sourceNamed(file, { tutti, cwd });
  const [first] = words;
  if (first === undefined) return { source, inputs: {} };
  if (!file.startsWith(patternPrefix)) throw ofPatterns(first, file);
  const name = file.slice(patternPrefix.length);
  const useless = words.find((word) => word !== "target" && !(takenBy[name] ?? []).includes(word));
  if (useless) throw noUse(useless, name);
  const { target, start, conditions } = given;
  if (start !== undefined || conditions !== undefined) return routed(name, given);
  return {
    source: async (tutti) => withRounds(await source(tutti), given.maxIterations),
    inputs: {
      ...(target === undefined ? {} : { goal: target }),
      ...(given.criteria === undefined ? {} : { quality: qualityOf(given.criteria) }),
    },
  };
}

function givenIn({ max_iterations: written, ...flags }: PatternFlags): Given {
  const all: Readonly<Record<string, unknown>> = {
    ...flags,
    ...(written === undefined ? {} : { maxIterations: written }),
  };
  return Object.fromEntries(
    Object.keys(spelled).flatMap((word) => (typeof all[word] === "string" ? [[word, all[word]]] : [])),
  );
}

function ofPatterns(word: Word, file: string): TuttiError {
  const isBareName = /^\w+$/.test(file);
  return usage(
    `Cannot use "${spelled[word]}" with a file: it is for patterns, such as pattern:research_plan_execute`,
    isBareName
      ? `did you mean "${patternPrefix}${file}"?`
      : "give the inputs of a file with --input NAME=VALUE",
  );
}

/** The same error, with the flag by which patterns are told what is wanted. */
export function withTargetHint(error: unknown): unknown {
  if (!isTuttiError(error, "INPUT_MISSING")) return error;
  return problemsError(
    error.problems.map((problem) => ({
      ...problem,
      fix: problem.fix.replace("--input goal=…", '--target "…"'),
    })),
  );
}

function noUse(word: Word, name: string): TuttiError {
  const own = ["target", ...(takenBy[name] ?? [])].map((one) => spelled[one as Word]);
  const flag = spelled[word];
  return usage(
    `Cannot use "${flag}" with "${patternPrefix}${name}": the pattern has no use for it`,
    `it takes ${own.join(", ")} and --input; to run commands of your own: tutti chain "${name}" ${flag}=…`,
  );
}

/** Other routes than those of the pattern: the line that says the same. */
function routed(name: string, { target, start, conditions }: Given): Fitted {
  const flags: OneLineFlags = {
    start: start ?? "/auto",
    conditions: conditions ?? "complexity_based_routing",
    ...(target === undefined ? {} : { target }),
  };
  return { source: () => Promise.resolve({ kind: "chain", text: name, flags }), inputs: {} };
}

/** `quality_threshold_90`, or 90. */
function qualityOf(criteria: string): number {
  const quality = Number(/^(?:quality_threshold_)?(\d{1,3})$/.exec(criteria.trim())?.[1]);
  if (quality >= 1 && quality <= 100) return quality;
  throw usage(
    `Cannot use the criteria "${criteria}" with the pattern: it is a score from 1 to 100`,
    'write --criteria=quality_threshold_90; for any other condition: tutti chain "better" --command=/task --criteria=…',
  );
}

/** Where the pattern says how often it goes round at most. */
const roundsPath = ["chain", "steps", 0, "repeat", "max"] as const;

async function withRounds(source: WorkflowSource, rounds: string | undefined): Promise<WorkflowSource> {
  if (rounds === undefined || source.kind !== "file") return source;
  const max = Number(rounds);
  if (!Number.isSafeInteger(max) || max < 1) {
    throw usage(
      `Cannot repeat it "${rounds}" times: --max_iterations must be a whole number, 1 or more`,
      "write --max_iterations=3",
    );
  }
  const text = await readFile(source.path, "utf8");
  return { kind: "text", text: withValue(text, roundsPath, { value: max }), origin: source.path };
}
