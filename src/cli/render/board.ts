import type { BoardConflict, BoardShown } from "../../core/board-shown.ts";
import { isObject, type Json } from "../../expression/json.ts";
import { shortText } from "./request.ts";
import { decisionIn, decisionLines } from "./votes.ts";
import { countText, oneLine } from "./words.ts";

/** So many entries are told one by one, the last ones. */
const mostEntries = 50;
const mostOfValue = 80;

/** What is on the blackboard of a group: who wrote what of what, and where agents disagree. */
export function boardLines({ entries, conflicts, refused = [] }: BoardShown): readonly string[] {
  const left = entries.length - mostEntries;
  return [
    ...conflicts.map(conflictLine),
    entries.length === 0
      ? "  blackboard: nothing is on it"
      : `  blackboard: ${countText(entries.length, "entry", "entries")}`,
    ...(left > 0 ? [`    … ${countText(left, "entry", "entries")} before: see --json`] : []),
    ...entries.slice(-mostEntries).map(entryLine),
    ...refusedLines(refused),
  ];
}

function refusedLines(refused: NonNullable<BoardShown["refused"]>): readonly string[] {
  if (refused.length === 0) return [];
  const left = refused.length - mostEntries;
  return [
    `  not taken onto it: ${countText(refused.length, "entry", "entries")}`,
    ...(left > 0 ? [`    … ${countText(left, "entry", "entries")} before: see --json`] : []),
    ...refused.slice(-mostEntries).map(({ by, why }) => `    ${oneLine(by)}: ${oneLine(why)}`),
  ];
}

function entryLine({ by, topic, key, value, note }: BoardShown["entries"][number]): string {
  const about = key === undefined ? "" : ` ${oneLine(key)}`;
  const remark = note === undefined ? "" : ` (${shortText(note, mostOfValue)})`;
  return `    ${oneLine(by)}: ${oneLine(topic)}${about}: ${valueText(value)}${remark}`;
}

function conflictLine({ topic, key, values, resolved, value, rule }: BoardConflict): string {
  const said = values.map((one) => `${oneLine(one.by)} ${valueText(one.value)}`).join("; ");
  const holds = resolved ? `${valueText(value)} holds` : "none holds";
  return `  disagreed on ${oneLine(topic)} ${oneLine(key)}: ${said} → ${holds} (${rule})`;
}

function valueText(value: Json): string {
  const text = isObject(value) && Object.keys(value).length === 1 ? Object.values(value)[0] : value;
  return shortText(typeof text === "string" ? text : JSON.stringify(text ?? null), mostOfValue);
}

/** What a swarm gave, without what its blackboard tells; undefined for any other output. */
export function swarmLines(
  { topology }: BoardShown,
  output: Json | undefined,
): readonly string[] | undefined {
  if (!topology || !isObject(output) || !("contributions" in output)) return undefined;
  const { answer = null, decision, contributions, failed } = output;
  const counted = decisionIn(decision);
  return [
    ...(counted ? decisionLines(counted) : []),
    ...doneLines(contributions),
    ...(Array.isArray(failed) && failed.length > 0 ? [`  missing: ${failed.map(text).join(", ")}`] : []),
    "  answer:",
    ...(typeof answer === "string" ? answer : JSON.stringify(answer, undefined, 2))
      .split("\n")
      .map((line) => `    ${line}`),
  ];
}

/** `done by: security (input, names); speed (loop)`. */
function doneLines(contributions: Json | undefined): readonly string[] {
  const parts = Array.isArray(contributions) ? contributions.filter(isObject) : [];
  const done = new Map<string, string[]>();
  for (const { by, key } of parts) {
    const who = text(by);
    const own = done.get(who) ?? [];
    done.set(who, own);
    if (typeof key === "string" && key !== who && !own.includes(key)) own.push(key);
  }
  const said = [...done].map(([by, keys]) => (keys.length > 0 ? `${by} (${keys.map(text).join(", ")})` : by));
  return said.length > 0 ? [`  done by: ${said.join("; ")}`] : [];
}

function text(value: Json | undefined): string {
  return oneLine(typeof value === "string" ? value : JSON.stringify(value ?? null));
}
