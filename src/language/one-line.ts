import type { Json } from "../expression/json.ts";
import { freeName, identifier } from "./checks/names.ts";
import { defined } from "./defined.ts";
import { Report } from "./diagnostics/report.ts";
import type { Target } from "./dialects/builder.ts";
import { outputOf } from "./dialects/inputs.ts";
import { type Loaded, loadTree, type LoadOptions } from "./load.ts";
import { cutLine, type LinePart, type LineStage } from "./one-line-parts.ts";
import { Places } from "./places.ts";
import { type Range, SourceText } from "./source-text.ts";

/** The flags that the one-line form takes besides its text. Lists are separated by commas. */
export interface OneLineFlags {
  readonly name?: string;
  /** Commands one after another; the text is then the workflow's name. */
  readonly commandList?: string;
  /** Commands that run together; the text is then the workflow's name. */
  readonly parallel?: string;
  /** A command before the parallel ones, which get its output. */
  readonly coordination?: string;
  /** A command after them, which gets theirs. */
  readonly integration?: string;
  /** What commands work on that have no arguments of their own. */
  readonly target?: string;
  readonly saveState?: boolean;
  readonly parallelWherePossible?: boolean;
  readonly start?: string;
  readonly conditions?: string;
  readonly command?: string;
  readonly criteria?: string;
  readonly maxIterations?: string | number;
  readonly adaptive?: boolean;
  readonly continuous?: boolean;
}

/**
 * Loads `query x → feature → task` (also with `->`). Each command is told the output of the one before it as its
 * context `previous`. Quotes and parentheses protect arrows; `parallel(task a, task b)` runs its commands together.
 */
export function loadOneLine(verb: "chain", text: string, options: LoadOptions & OneLineFlags = {}): Loaded {
  const source = new SourceText(text, options.file);
  const places = new Places();
  const report = new Report({ source, places });
  const stages = reportFlags(report, options) ? stagesOf(text, options) : [];
  for (const stage of stages) reportEmpty(report, verb, stage);
  if (report.hasErrors) return { problems: report.problems, dialect: "one-line", notes: [] };
  const line = new Line(places, options);
  const steps = stages.flatMap((stage) => line.stage(stage));
  const workflow: Target = {
    name: options.name ?? nameOf(text, { options, names: line.names }),
    ...defined({ save_state: options.saveState }),
    chain: { steps, parallel_where_possible: options.parallelWherePossible ?? false },
  };
  const { file, commands, agents, functions, gates } = options;
  const known = defined({ file, commands, agents, functions, gates });
  return { ...loadTree({ value: workflow, places, report }, known), dialect: "one-line" };
}

interface Naming {
  readonly options: OneLineFlags;
  readonly names: readonly string[];
}

/** With flags that name the commands the text is the name; else the steps' names make one. */
function nameOf(text: string, { options, names }: Naming): string {
  const isName = options.commandList !== undefined || options.parallel !== undefined;
  return (isName && text.trim()) || names.join("-").slice(0, 60);
}

const unsupportedFlags = {
  start: ["--start", "write the commands in order, or a file whose steps have `when:`"],
  conditions: ["--conditions", "write a file whose steps have `when:`"],
  criteria: ["--criteria", "write a file with a gate that has `retry:`"],
  command: ["--command", 'write the command as the text: tutti chain "task x"'],
  maxIterations: ["--max_iterations", "write a file with a gate that has `retry:`"],
  adaptive: ["--adaptive", "leave it out"],
  continuous: ["--continuous", "leave it out"],
} as const;

function reportFlags(report: Report, flags: OneLineFlags): boolean {
  let fine = true;
  for (const [key, [flag, fix]] of Object.entries(unsupportedFlags)) {
    const value = flags[key as keyof typeof unsupportedFlags];
    if (value === undefined || value === false) continue;
    fine = false;
    report.add({
      code: "NOT_SUPPORTED",
      message: `Cannot use "${flag}": this version of tutti does not do it yet`,
      fix,
    });
  }
  if (flags.parallel === undefined && (flags.coordination !== undefined || flags.integration !== undefined)) {
    fine = false;
    const message = 'Cannot use "--coordination" or "--integration": there is no "--parallel" to go with it';
    report.add({ code: "USAGE", message, fix: 'add --parallel="/task,/task"' });
  }
  return fine;
}

function reportEmpty(report: Report, verb: string, { parts, range }: LineStage): void {
  if (parts.length > 0) return;
  report.add({
    code: "USAGE",
    message: `Cannot read the ${verb}: there is no command at this place`,
    fix: 'write a command on both sides of every arrow, such as "query x → task"',
    range,
  });
}

/** The stages of the text, or those that the flags name. */
function stagesOf(text: string, flags: LoadOptions & OneLineFlags): readonly LineStage[] {
  const { commandList, parallel, coordination, integration, commands } = flags;
  if (commandList === undefined && parallel === undefined) return cutLine(text, commands);
  // Flags have no place in the text: their problems point to its beginning.
  const stages = (list: string) =>
    cutLine(list.split(",").join("→"), commands).map((stage) => unplaced(stage));
  const one = (list: string | undefined) => (list === undefined ? [] : stages(list));
  const together = one(parallel).flatMap((stage) => stage.parts);
  const group: LineStage[] =
    parallel === undefined ? [] : [{ parts: together, parallel: true, range: { start: 0, end: 0 } }];
  return [...one(commandList), ...one(coordination), ...group, ...one(integration)];
}

function unplaced(stage: LineStage): LineStage {
  const range = { start: 0, end: 0 };
  const parts = stage.parts.map((part) => ({ ...part, range, commandRange: range, paramsRange: range }));
  return { ...stage, parts, range };
}

class Line {
  readonly #places: Places;
  readonly #target: string | undefined;
  readonly #taken = new Set<string>();
  readonly #rounds = new Map<string, number>();
  /** Names of the steps of the chain itself. */
  readonly names: string[] = [];

  constructor(places: Places, { target }: OneLineFlags) {
    this.#places = places;
    this.#target = target;
  }

  stage({ parts, parallel, range }: LineStage): readonly Target[] {
    const previous = this.names.at(-1);
    if (!parallel) return parts.map((part) => this.#step(part, { previous, name: this.#chained(part) }));
    const steps: Json[] = [];
    for (const part of parts) {
      this.#places.set(steps, steps.length, { value: part.range });
      steps.push(this.#step(part, { previous, name: this.#freeName(baseOf(part)) }));
    }
    const name = this.#freeName("parallel");
    this.names.push(name);
    const group: Target = { name, parallel: { join: "all" }, steps };
    this.#places.set(group, "steps", { value: range });
    return [group];
  }

  #chained(part: LinePart): string {
    const name = this.#freeName(baseOf(part));
    this.names.push(name);
    return name;
  }

  #step(
    part: LinePart,
    { name, previous }: { readonly name: string; readonly previous: string | undefined },
  ): Target {
    const own = part.params !== "";
    const step: Target = {};
    const put = (key: string, value: Json, range: Range) => {
      step[key] = value;
      this.#places.set(step, key, { value: range });
    };
    put("name", name, part.commandRange);
    put("command", part.command, part.commandRange);
    put("params", own ? part.params : (this.#target ?? ""), own ? part.paramsRange : part.commandRange);
    if (previous !== undefined) put("context", { previous: outputOf(previous) }, part.commandRange);
    return step;
  }

  #freeName(base: string): string {
    const name = freeName(base, this.#taken, this.#rounds);
    this.#taken.add(name);
    return name;
  }
}

function baseOf({ command }: LinePart): string {
  return identifier(command) || "command";
}
