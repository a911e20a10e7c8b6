import { isObject, type Json, type JsonObject } from "../../expression/json.ts";
import { decidedIn } from "./decided.ts";
import type { Span } from "./lines.ts";
import type { Shown } from "./out.ts";
import { shortText } from "./request.ts";
import { numberText } from "./words.ts";

/** A gate of a step, or of one attempt of it, as it came out. */
interface Result {
  readonly name: string;
  readonly passed: boolean;
  readonly evidence: JsonObject;
}

/** At most so many reasons, files and the like are listed; `--json` has all. */
const mostListed = 10;

/** How a gate came out and, unless a program or an expression found that it holds, its evidence. */
export function resultLines(
  { name, passed, evidence }: Result,
  { indent, about }: { readonly indent: string; readonly about: string },
): Shown[] {
  const result: Span = passed ? { text: "held", tone: "good" } : { text: "did not hold", tone: "bad" };
  const said = saidText(evidence);
  const head: Shown = [`${indent}gate `, { text: name, bold: true }, " ", result, about, said && `: ${said}`];
  const { files = [] } = decidedIn(evidence) ?? {};
  if (passed && !isOpinion(evidence))
    return [head, ...listLines("decided", { list: files, indent: `${indent}  ` })];
  return [head, ...factLines(evidence, `${indent}  `), ...outputLines(evidence, `${indent}  `)];
}

/** Somebody said so: who, and why, is to be seen whatever they said. */
function isOpinion(evidence: JsonObject): boolean {
  return "judge" in evidence || "approved" in evidence;
}

function saidText({ summary, approved, by, reason }: JsonObject): string {
  if (typeof summary === "string") return shortText(summary);
  if (approved !== true) return "";
  const names = Array.isArray(by) ? by.map(String) : [];
  if (names.length === 0) return "nobody answered before the deadline, and its `otherwise` stands";
  const why = typeof reason === "string" ? `: ${reason}` : "";
  return shortText(`${names.join(" and ")} said yes${why}`);
}

/** What is in the first line, or lies in the others. */
const toldElsewhere = new Set(["summary", "output", "approved", "by", "reason", "pass", "score"]);

function factLines(evidence: JsonObject, indent: string): Shown[] {
  const left = Object.entries(evidence).filter(([key]) => !isOpinion(evidence) || !toldElsewhere.has(key));
  return left.flatMap(([key, value = null]) => {
    if (key === "summary" || key === "output") return [];
    return Array.isArray(value)
      ? listLines(key, { list: value, indent })
      : [fact(`${key}: ${text(value)}`, indent)];
  });
}

function listLines(
  key: string,
  { list, indent }: { readonly list: readonly Json[]; readonly indent: string },
): Shown[] {
  if (list.length === 0) return [];
  const [only] = list;
  if (list.length === 1 && only !== undefined) return [fact(`${key}: ${text(only)}`, indent)];
  const rest = list.length - mostListed;
  return [
    fact(`${key}:`, indent),
    ...list.slice(0, mostListed).map((one) => fact(`  ${text(one)}`, indent)),
    ...(rest > 0 ? [fact(`  … and ${numberText(rest)} more`, indent)] : []),
  ];
}

/** A value on one line; of a file that was looked at its path and hash. */
function text(value: Json): string {
  if (typeof value === "string") return shortText(value);
  const { file, hash = "", ...more } = isObject(value) ? value : {};
  const isFile = typeof file === "string" && typeof hash === "string" && Object.keys(more).length === 0;
  return shortText(isFile ? `${file} ${hash}`.trim() : JSON.stringify(value));
}

function fact(line: string, indent: string): Shown {
  return [indent, { text: line, dim: true }];
}

/** What the reasons of an opinion are sent back as is told by these already. */
function outputLines(evidence: JsonObject, indent: string): Shown[] {
  const { output } = evidence;
  if (isOpinion(evidence) || typeof output !== "string" || output === "") return [];
  return [`${indent}output:`, ...output.split("\n").map((line) => fact(`  ${line}`, indent))];
}
