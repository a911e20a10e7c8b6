import type { Json } from "../expression/json.ts";
import type { Target } from "./dialects/builder.ts";
import { type Facts, withFacts } from "./dialects/facts.ts";
import type { Report } from "./diagnostics/report.ts";
import { cutAt, cutLine, type LineStage, separatorsIn } from "./one-line-parts.ts";
import { Line, type LineOptions } from "./one-line-steps.ts";
import type { Places } from "./places.ts";
import type { Range } from "./source-text.ts";

const semicolon = /;/y;
const keyword = /(?<![\w./-])(?:if|then|else)(?![\w./-])/iy;

export interface FlowLine extends LineOptions {
  readonly text: string;
  readonly report: Report;
  readonly places: Places;
  readonly facts: Facts;
  readonly commands?: readonly string[] | undefined;
  /** False: the text is that of a flag, and has no places in the source. */
  readonly placed?: boolean;
  readonly adaptive?: boolean | undefined;
}

/** The key of a flow that chooses by what has worked. */
export function adaptiveOf({ adaptive }: { readonly adaptive?: boolean | undefined }): Target {
  return adaptive === true ? { adaptive } : {};
}

/**
 * The conditions of `if COND then A else B`; several sentences are separated by `;`, `else if` goes on. A and B are
 * lines of commands as `tutti chain` has them. Mistakes are reported; then the list is not complete.
 */
export function conditionsOfLine(flow: FlowLine): readonly Target[] {
  const { text } = flow;
  const sentences = cutAt(text, { start: 0, end: text.length }, semicolon);
  const written = sentences.filter(({ start, end }, at) => end > start || at < sentences.length - 1);
  const all = written.length > 0 ? written : [{ start: 0, end: 0 }];
  return all.map((range) => sentence(flow, range)).filter((condition) => condition !== undefined);
}

function sentence(flow: FlowLine, range: Range): Target | undefined {
  const words = separatorsIn(flow.text, range, keyword).map((at) => ({ at, word: wordAt(flow, at) }));
  const [first] = words;
  if (first?.word !== "if" || first.at.start !== range.start)
    return misread(flow, range, "it begins with no `if`");
  const then = words.find(({ word }) => word === "then");
  if (!then) return misread(flow, range, "it has no `then`");
  const otherwise = words.find(({ word, at }) => word === "else" && at.start > then.at.start);
  const condition = trimmed(flow, { start: first.at.end, end: then.at.start });
  if (condition.end === condition.start) return misread(flow, then.at, "there is no condition before `then`");
  const target: Target = {};
  put(flow, target, { key: "if", value: withFacts(flow.facts, textAt(flow, condition)), range: condition });
  const way = trimmed(flow, { start: then.at.end, end: otherwise?.at.start ?? range.end });
  put(flow, target, { key: "then", value: wayOf(flow, way, then.at), range: way });
  if (!otherwise) return target;
  const rest = trimmed(flow, { start: otherwise.at.end, end: range.end });
  put(flow, target, { key: "else", value: elseOf(flow, rest, otherwise.at), range: rest });
  return target;
}

/** What comes after `else`: commands, or the next decision. */
function elseOf(flow: FlowLine, range: Range, word: Range): Json {
  if (!/^if(?![\w./-])/i.test(textAt(flow, range))) return wayOf(flow, range, word);
  const next = sentence(flow, range);
  return next ? [{ flow: { conditions: [next], ...adaptiveOf(flow) } }] : [];
}

function wayOf(flow: FlowLine, range: Range, word: Range): Json {
  const stages = range.end > range.start ? cutLine(flow.text, { commands: flow.commands, range }) : [];
  const [nested] = separatorsIn(flow.text, range, keyword);
  if (nested) {
    misread(flow, nested, "a way holds commands only; put the word into quotes if it belongs to one");
    return [];
  }
  if (stages.length === 0 || stages.some(({ parts }) => parts.length === 0)) {
    misread(flow, emptyAt(stages) ?? word, "there is no command at this place");
    return [];
  }
  const line = new Line(flow.places, flow);
  return stages.flatMap((stage) => line.stage(stage));
}

function emptyAt(stages: readonly LineStage[]): Range | undefined {
  return stages.find(({ parts }) => parts.length === 0)?.range;
}

function misread({ report, placed = true }: FlowLine, range: Range, why: string): undefined {
  report.add({
    code: "USAGE",
    message: `Cannot read the flow: ${why}`,
    fix: 'write it as "if CONDITION then COMMAND else COMMAND", such as "if files > 3 then /swarm else /task"',
    range: placed ? range : { start: 0, end: 0 },
  });
}

interface Member {
  readonly key: string;
  readonly value: Json;
  readonly range: Range;
}

function put({ places }: FlowLine, target: Target, { key, value, range }: Member): void {
  target[key] = value;
  places.set(target, key, { value: range });
}

function wordAt({ text }: FlowLine, { start, end }: Range): string {
  return text.slice(start, end).toLowerCase();
}

function textAt({ text }: FlowLine, { start, end }: Range): string {
  return text.slice(start, end);
}

function trimmed({ text }: FlowLine, { start, end }: Range): Range {
  const part = text.slice(start, end);
  const lead = part.length - part.trimStart().length;
  const from = Math.min(end, start + lead);
  return { start: from, end: Math.max(from, start + part.trimEnd().length) };
}
