import { type Json } from "../expression/json.ts";
import { freeName, identifier } from "./checks/names.ts";
import { defined } from "./defined.ts";
import type { Problem } from "../errors.ts";
import type { Target } from "./dialects/builder.ts";
import type { OneLine } from "./one-line.ts";
import { cutAt } from "./one-line-parts.ts";
import type { Range } from "./source-text.ts";
import { formatOfPath } from "./read/record-format.ts";

const arrow = /→|->|=>/y;
const comma = /,/y;
/** A shell line is started once for so many records. */
const shellBatch = 100;

/**
 * `in.jsonl → [when record.level == 'error', /query why?, !jq -c .] → out.jsonl`: a source, stages and a sink; without a sink
 * the records are the result. A word alone in the place of the source is an input, in that of the sink the name of the result.
 * Brackets around stages may be left out. Quotes and brackets protect arrows and commas.
 */
export function pipelineOf(line: OneLine): Target {
  const { text, options } = line;
  const shape = shapeOf(text);
  reportShape(line, shape);
  const input = wordAt(text, shape.source);
  return {
    name: options.name ?? "pipeline",
    ...defined({ save_state: options.saveState }),
    ...(input === undefined ? {} : { inputs: { [input]: { type: "array" } } }),
    pipeline: partsOf(line, shape),
  };
}

/** A word alone is a command; a program was meant where there is none of the name. */
export function withProgram(problem: Problem): Problem {
  if (problem.code !== "UNKNOWN_COMMAND") return problem;
  return { ...problem, fix: `${problem.fix}; a program is written with a \`!\`, as in [!cat]` };
}

interface Shape {
  readonly source: Range;
  readonly stages: readonly Range[];
  readonly sink: Range | undefined;
}

function shapeOf(text: string): Shape {
  const [source = { start: 0, end: 0 }, ...rest] = cutAt(text, { start: 0, end: text.length }, arrow);
  const last = rest.at(-1);
  const sink = last && !isList(text, last) ? last : undefined;
  const middle = sink ? rest.slice(0, -1) : rest;
  return { source, stages: middle.flatMap((range) => stagesIn(text, range)), sink };
}

function partsOf(line: OneLine, { source, stages, sink }: Shape): Target {
  const { text, options, places } = line;
  const pipeline: Target = {
    source: sourceOf(text, source),
    stages: stagesOf(line, stages),
    ...(sink ? { sink: sinkOf(text, sink) } : {}),
    ...(options.continuous === true ? { continuous: true } : {}),
  };
  places.set(pipeline, "source", { value: source });
  if (sink) places.set(pipeline, "sink", { value: sink });
  return pipeline;
}

const example = 'write such as "in.jsonl → [when record.size > 10, /query what is it?] → out.jsonl"';

function reportShape(line: OneLine, { source, stages, sink }: Shape): void {
  const { text, report } = line;
  const why = troubleOf(text, { source, isOne: stages.length === 0 && !sink });
  if (why)
    report.add({ code: "USAGE", message: `Cannot read the pipeline: ${why}`, fix: example, range: source });
  for (const range of [...stages, ...(sink ? [sink] : [])]) reportEmpty(line, range);
  for (const range of stages) reportWhen(line, range);
}

function troubleOf(text: string, { source, isOne }: { readonly source: Range; readonly isOne: boolean }) {
  if (isOne) return "there is no arrow in it";
  const isMissing = source.start === source.end || isList(text, source);
  return isMissing ? "nothing says where its records come from, before the first arrow" : undefined;
}

function reportEmpty({ text, report }: OneLine, range: Range): void {
  const written = text.slice(range.start, range.end);
  const isOpen = /^\[[^\]]*$/s.test(written);
  if (written !== "" && written !== "!" && !isOpen) return;
  report.add({
    code: "USAGE",
    message: `Cannot read the pipeline: ${isOpen ? `the list "${written}" has no "]"` : "there is nothing at this place"}`,
    fix: example,
    range,
  });
}

function reportWhen({ text, report }: OneLine, range: Range): void {
  if (text.slice(range.start, range.end) !== "when") return;
  report.add({
    code: "USAGE",
    message: "Cannot read the pipeline: `when` has no condition",
    fix: "write such as [when record.size > 10]",
    range,
  });
}

function isList(text: string, { start, end }: Range): boolean {
  return text[start] === "[" && text[end - 1] === "]" && end > start + 1;
}

function stagesIn(text: string, range: Range): readonly Range[] {
  if (!isList(text, range)) return [range];
  return cutAt(text, { start: range.start + 1, end: range.end - 1 }, comma);
}

/** What stands there, without the quotes around it. */
function writtenIn(text: string, { start, end }: Range): string {
  return text.slice(start, end).replace(/^(["'`])(.*)\1$/s, "$2");
}

/** A word alone, which is no path: the name of an input, or of the result. */
function wordAt(text: string, range: Range): string | undefined {
  const word = /^[A-Za-z_]\w*$/.exec(text.slice(range.start, range.end))?.[0];
  return word === "result" ? undefined : word;
}

/** A file whose ending says nothing is lines of text. */
function sourceOf(text: string, range: Range): Json {
  const input = wordAt(text, range);
  if (input !== undefined) return `\${ inputs.${input} }`;
  const written = writtenIn(text, range);
  const isPath = written !== "-" && !written.includes("${") && !/^[a-z]+:\/\//i.test(written);
  return isPath && written !== "" && !formatOfPath(written) ? { lines: written } : written;
}

function sinkOf(text: string, range: Range): Json {
  const name = wordAt(text, range);
  return name === undefined ? writtenIn(text, range) : { name, result: true };
}

function stagesOf({ text, places }: OneLine, ranges: readonly Range[]): Json {
  const taken = new Set<string>();
  const stages: Json[] = [];
  for (const range of ranges) {
    const stage = stageOf(writtenIn(text, range));
    const name = freeName(stage.usual, taken);
    taken.add(name);
    const target: Target = { name, ...stage.does };
    for (const key of Object.keys(target)) places.set(target, key, { value: range });
    places.set(stages, stages.length, { value: range });
    stages.push(target);
  }
  return stages;
}

interface OneStage {
  readonly usual: string;
  readonly does: Target;
}

function stageOf(written: string): OneStage {
  const condition = /^when\s+(.+)$/s.exec(written)?.[1];
  if (condition !== undefined) return { usual: "filter", does: { when: condition } };
  const line = /^!\s*(.+)$/s.exec(written)?.[1];
  return line === undefined ? commandOf(written) : shellOf(line);
}

function shellOf(line: string): OneStage {
  const [program = ""] = line.split(/\s/);
  return { usual: identifier(program) || "shell", does: { run: line, batch_size: shellBatch } };
}

function commandOf(written: string): OneStage {
  const [first = "", ...rest] = written.split(/(?<=^\S+)\s+/);
  const command = `/${first.replace(/^\//, "")}`;
  return { usual: identifier(command) || "command", does: { command, params: paramsOf(rest.join("")) } };
}

/** A command is told the record where its arguments do not say where. */
function paramsOf(rest: string): string {
  if (/\$\{[^}]*\b(?:record|batch)\b/.test(rest)) return rest;
  return rest === "" ? "${ record }" : `${rest}\n\n\${ record }`;
}
