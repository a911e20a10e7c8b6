import { defined } from "./defined.ts";
import { Report } from "./diagnostics/report.ts";
import type { Target } from "./dialects/builder.ts";
import { factsOf } from "./dialects/facts.ts";
import { type Loaded, loadTree, type LoadOptions } from "./load.ts";
import { adaptiveOf, conditionsOfLine } from "./one-line-flow.ts";
import { loopOf } from "./one-line-loop.ts";
import { cutLine, type LineStage } from "./one-line-parts.ts";
import { routedSteps } from "./one-line-routing.ts";
import { Line } from "./one-line-steps.ts";
import { pipelineOf, withProgram } from "./one-line-pipeline.ts";
import { swarmOf } from "./one-line-swarm.ts";
import { Places } from "./places.ts";
import { SourceText } from "./source-text.ts";

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
  /** A command whose output decides how it goes on; the text is then the workflow's name. */
  readonly start?: string;
  /** How it goes on after `start`: `complexity_based_routing`, or `if … then … else …`. */
  readonly conditions?: string;
  /** One command; the text is then the workflow's name. */
  readonly command?: string;
  /** The commands are repeated until this holds: `quality_threshold_90`, or a condition over the last one's output. */
  readonly criteria?: string;
  readonly maxIterations?: string | number;
  readonly adaptive?: boolean;
  readonly continuous?: boolean;
  /** Of a swarm: what it is to do, and how its agents are arranged; most rounds; agents at once. */
  readonly task?: string;
  readonly topology?: string;
  readonly rounds?: string | number;
  readonly parallelLimit?: string | number;
  readonly communication?: string;
}

export const oneLineVerbs = ["chain", "flow", "swarm", "pipeline"] as const;
export type OneLineVerb = (typeof oneLineVerbs)[number];
type Options = LoadOptions & OneLineFlags;

/** What the parts of a one-line workflow are built with. */
export interface OneLine {
  readonly text: string;
  readonly options: Options;
  readonly report: Report;
  readonly places: Places;
}

/**
 * Loads `query x → feature → task` (also with `->`), or `if COND then A else B`. Each command is told the output of the
 * one before it as its context `previous`. Quotes and parentheses protect arrows; `parallel(task a, task b)` runs its
 * commands together. Names in conditions that nobody gives are inputs of the workflow.
 */
export function loadOneLine(verb: OneLineVerb, text: string, options: Options = {}): Loaded {
  const source = new SourceText(text, options.file);
  const places = new Places();
  const report = new Report({ source, places });
  const line: OneLine = { text, options, report, places };
  const workflow = reportFlags(report, verb, options) ? builders[verb](line) : {};
  if (report.hasErrors) return { problems: report.problems, dialect: "one-line", notes: [], calls: [] };
  const { file, commands, agents, functions, gates } = options;
  const known = defined({ file, commands, agents, functions, gates });
  const loaded = loadTree({ value: workflow, places, report }, known);
  const problems = verb === "pipeline" ? loaded.problems.map(withProgram) : loaded.problems;
  return { ...loaded, problems, dialect: "one-line" };
}

const builders: Readonly<Record<OneLineVerb, (line: OneLine) => Target>> = {
  chain: chainOf,
  flow: flowOf,
  swarm: swarmOf,
  pipeline: pipelineOf,
};

function chainOf(line: OneLine): Target {
  const { options, places, report } = line;
  if (options.start !== undefined) {
    return workflowOf(line, { names: ["routing"], chain: { steps: routedSteps(line, options.start) } });
  }
  const stages = stagesOf(line);
  for (const stage of stages) reportEmpty(report, stage);
  if (report.hasErrors) return {};
  const loops = options.criteria !== undefined || options.maxIterations !== undefined;
  const chain = new Line(places, { target: options.target });
  const steps = stages.flatMap((stage) => chain.stage(stage));
  return workflowOf(line, {
    names: chain.names,
    chain: {
      steps: loops ? [loopOf(line, { steps, stages })] : steps,
      parallel_where_possible: options.parallelWherePossible ?? false,
    },
  });
}

function flowOf(line: OneLine): Target {
  const { text, options, report, places } = line;
  const facts = factsOf("inputs", { declares: true });
  const { target, commands, adaptive } = options;
  const conditions = [...conditionsOfLine({ text, report, places, facts, target, commands, adaptive })];
  const workflow = workflowOf(line, { names: ["flow"] });
  const inputs = facts.asked.size > 0 ? Object.fromEntries(facts.asked) : undefined;
  return { ...workflow, ...defined({ inputs }), flow: { conditions, ...adaptiveOf(options) } };
}

interface Parts {
  readonly names: readonly string[];
  readonly chain?: Target;
}

function workflowOf(line: OneLine, { names, chain }: Parts): Target {
  const { name = nameOf(line, names), saveState } = line.options;
  return { name, ...defined({ save_state: saveState, chain }) };
}

/** With flags that name the commands the text is the name; else the steps' names make one. */
function nameOf({ text, options }: OneLine, names: readonly string[]): string {
  return (isName(options) && text.trim()) || names.join("-").slice(0, 60);
}

function isName({ commandList, parallel, command, start }: OneLineFlags): boolean {
  return [commandList, parallel, command, start].some((flag) => flag !== undefined);
}

const flagsOfChain = {
  start: "--start",
  conditions: "--conditions",
  criteria: "--criteria",
  command: "--command",
  commandList: "--commands",
  parallel: "--parallel",
  maxIterations: "--max_iterations",
} as const;

function reportFlags(report: Report, verb: OneLineVerb, flags: OneLineFlags): boolean {
  if (flags.continuous === true && verb !== "pipeline") {
    const message = `Cannot use "--continuous" with a ${verb}: it comes to an end by itself`;
    const fix =
      'take it out; what goes on until it is stopped is a pipeline: tutti pipeline "… → …" --continuous';
    report.add({ code: "USAGE", message, fix });
  }
  const fault = verb === "chain" ? (chainFault(flags) ?? adaptiveFault(flags)) : otherFault(verb, flags);
  if (fault) report.add({ code: "USAGE", ...fault });
  return !report.hasErrors;
}

interface Fault {
  readonly message: string;
  readonly fix: string;
}

function otherFault(verb: OneLineVerb, flags: OneLineFlags): Fault | undefined {
  const [key] = (Object.keys(flagsOfChain) as (keyof typeof flagsOfChain)[]).filter(
    (one) => flags[one] !== undefined,
  );
  if (key === undefined) return undefined;
  return {
    message: `Cannot use "${flagsOfChain[key]}" with a ${verb}: its text says everything`,
    fix: 'take it out, or use "tutti chain"',
  };
}

function adaptiveFault({ adaptive, start }: OneLineFlags): Fault | undefined {
  if (adaptive !== true || start !== undefined) return undefined;
  return {
    message: 'Cannot use "--adaptive": nothing is decided in this chain',
    fix: 'take it out, or decide with --start="/auto" --conditions="if … then … else …"',
  };
}

function chainFault(flags: OneLineFlags): Fault | undefined {
  if (flags.parallel === undefined && (flags.coordination !== undefined || flags.integration !== undefined)) {
    return {
      message: 'Cannot use "--coordination" or "--integration": there is no "--parallel" to go with it',
      fix: 'add --parallel="/task,/task"',
    };
  }
  if ((flags.start === undefined) !== (flags.conditions === undefined)) {
    return {
      message:
        'Cannot use "--start" and "--conditions" alone: the one says who finds out, the other how it goes on',
      fix: 'write --start="/auto" --conditions="complexity_based_routing"',
    };
  }
  const second = (["command", "commandList", "parallel", "criteria", "maxIterations"] as const).find(
    (key) => flags[key] !== undefined,
  );
  if (flags.start !== undefined && second) {
    return {
      message: `Cannot use "${flagsOfChain[second]}" with "--start": the conditions say what is run`,
      fix: "take one of them out",
    };
  }
  if (flags.command !== undefined && (flags.commandList !== undefined || flags.parallel !== undefined)) {
    return {
      message: 'Cannot use "--command" with "--commands" or "--parallel": both say what is run',
      fix: "take one of them out",
    };
  }
  return undefined;
}

function reportEmpty(report: Report, { parts, range }: LineStage): void {
  if (parts.length > 0) return;
  report.add({
    code: "USAGE",
    message: "Cannot read the chain: there is no command at this place",
    fix: 'write a command on both sides of every arrow, such as "query x → task"',
    range,
  });
}

/** The stages of the text, or those that the flags name. */
function stagesOf({ text, options }: OneLine): readonly LineStage[] {
  const { commandList, command, parallel, coordination, integration, commands } = options;
  if (!isName(options)) return cutLine(text, { commands });
  // Flags have no place in the text: their problems point to its beginning.
  const stages = (list: string) =>
    cutLine(list.split(",").join("→"), { commands }).map((stage) => unplaced(stage));
  const one = (list: string | undefined) => (list === undefined ? [] : stages(list));
  const together = one(parallel).flatMap((stage) => stage.parts);
  const group: LineStage[] =
    parallel === undefined ? [] : [{ parts: together, parallel: true, range: { start: 0, end: 0 } }];
  return [...one(commandList ?? command), ...one(coordination), ...group, ...one(integration)];
}

function unplaced(stage: LineStage): LineStage {
  const range = { start: 0, end: 0 };
  const parts = stage.parts.map((part) => ({ ...part, range, commandRange: range, paramsRange: range }));
  return { ...stage, parts, range };
}
