import type { Event, Seen } from "../../core/events.ts";
import type { NodeView } from "../../core/view.ts";
import type { Json, JsonObject } from "../../expression/json.ts";
import { choiceText } from "./choice.ts";
import { countText, type Glyphs, numberText, unicodeGlyphs } from "./words.ts";

/** True for a node that holds others and does nothing itself. */
export function isHolder({ kind }: Pick<NodeView, "kind">): boolean {
  return kind === "group" || kind === "branch" || kind === "loop" || kind === "each";
}

/** It failed, and nothing in it says more about it. */
export function failedItself({ status, failedWithin }: NodeView): boolean {
  return status === "failed" && failedWithin !== true;
}

/** What is shown of the undo that takes back the whole: no step that it stands below names it. */
export const undoOfWorkflow = "undo of the workflow";

/** Steps of a run that has ended whose work is still there though it was to be undone. */
export function leftUndone(nodes: readonly NodeView[]): readonly NodeView[] {
  return nodes.filter(({ undo }) => undo === "undo-failed" || undo === "not-undone");
}

/** How a node with parts stands, on one line; undefined for another, or before it began. */
export function partsText(node: NodeView, glyphs: Glyphs = unicodeGlyphs): string | undefined {
  const { decision, rounds, items, join } = node;
  if (decision) return decisionText(decision, glyphs);
  if (rounds) return roundsText(rounds);
  if (items) return itemsText(items);
  return join ? joinText(join) : undefined;
}

type Of<K extends keyof NodeView> = NonNullable<NodeView[K]>;

/**
 * `→ then: score.output > 3 is true (score.output = 5)`; of a condition that would fill the line, among which ways and what was
 * read: `→ ann (of ann, bob): subtask.agent = "ann"`.
 */
export function decisionText(
  { way, saw, unsaid = 0, choice, ...told }: Of<"decision"> & Pick<Decided, "after">,
  glyphs: Glyphs = unicodeGlyphs,
): string {
  const name = way === null ? "no way" : way;
  const [among, why] = choice && isChosen(choice) ? ["", choiceText(choice)] : sawText({ way, saw, unsaid });
  return `${glyphs.arrow} ${name}${among}${triedText(told)}${why === "" ? "" : `: ${why}`}`;
}

/** Among which ways it was, where the condition does not tell it, and why it was this one. */
function sawText({
  way,
  saw,
  unsaid,
}: Required<Pick<Of<"decision">, "way" | "saw" | "unsaid">>): readonly [among: string, why: string] {
  const taken = saw.find((seen) => seen.way === way);
  const asked = (taken ? [taken] : saw).filter((one) => !isPlain(one));
  const isLong = asked.some(({ condition }) => condition.length > mostOfCondition);
  if (isLong) return [amongText(saw, unsaid), readText(asked)];
  return ["", asked.map((one) => seenText(one)).join("; ")];
}

/** Longest condition that is told where a way was taken; all that is known of a node has more of it. */
const mostOfCondition = 100;

/** It always holds, so that there is nothing to tell of it. */
function isPlain({ condition, value, trouble }: Seen): boolean {
  return condition === "true" && value === true && trouble === undefined;
}

function amongText(saw: readonly Seen[], unsaid: number): string {
  const more = unsaid === 0 ? "" : ` and ${numberText(unsaid)} more`;
  return saw.length + unsaid < 2 ? "" : ` (of ${saw.map(({ way }) => way).join(", ")}${more})`;
}

/** What there was of what conditions read, and why one came to nothing; what failed before is told by its name. */
function readText(asked: readonly Seen[]): string {
  const read = Object.assign({}, ...asked.map((one) => one.read)) as JsonObject;
  const told = Object.entries(read).filter(([name, value]) => isThere(value) && !name.endsWith(".tried"));
  const troubles = asked.flatMap(({ trouble }) => trouble ?? []);
  return [...(told.length === 0 ? [] : [valuesText(told)]), ...new Set(troubles)].join("; ");
}

function isThere(value: Json | undefined): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}

function valuesText(values: readonly (readonly [string, Json | undefined])[]): string {
  return values.map(([name, found]) => `${name} = ${valueText(found ?? null)}`).join(", ");
}

/** There was more than one that it might have been. */
function isChosen({ because, candidates }: NonNullable<Of<"decision">["choice"]>): boolean {
  return because !== "only" || candidates.length > 1;
}

type Decided = Extract<Event, { type: "branch.decided" }>;

/** `, after quick failed`. */
function triedText({ tried = [], after }: Pick<Of<"decision">, "tried"> & Pick<Decided, "after">): string {
  const names = after && tried.length === 0 ? [after.way] : tried.map(({ way }) => way);
  return names.length === 0 ? "" : `, after ${listText(names)} failed`;
}

function listText(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}

/** A condition, what it came to, and the values it saw. */
export function seenText({ condition, value, read, trouble }: Seen): string {
  const values = Object.entries(read).filter(([name]) => name !== condition);
  const because = valuesText(values);
  if (trouble !== undefined) return `${condition} has no answer: ${trouble}`;
  return `${condition} is ${valueText(value)}${because === "" ? "" : ` (${because})`}`;
}

function roundsText({ round, max, until, best }: Of<"rounds">): string {
  const most = until === undefined ? numberText(max) : `at most ${numberText(max)}`;
  return `round ${numberText(round)} of ${most}${best === undefined ? "" : `, best ${best}`}`;
}

function itemsText({ total, good, failed, working }: Of<"items">): string {
  const done = good + failed;
  const parts = [
    done === total ? countText(total, "item") : `${numberText(done)} of ${countText(total, "item")}`,
    ...(failed > 0 ? [`${numberText(failed)} failed`] : []),
    ...(working > 0 ? [`${numberText(working)} at work`] : []),
  ];
  return parts.join(", ");
}

function joinText({ wanted, of, good }: Of<"join">): string {
  const needs = `${numberText(wanted)} ${wanted === 1 ? "is" : "are"} ${good < wanted ? "needed" : "enough"}`;
  return `${numberText(good)} of ${countText(of, "step")} ended well, ${needs}`;
}

/** So many of the last values are shown. */
const mostValues = 10;

/** What a loop found after its rounds: its condition and its measure, round by round. */
export function judgedLines({ rounds }: NodeView): readonly string[] {
  if (!rounds || rounds.judged.length === 0) return [];
  const { judged, until, plateau, best, stale } = rounds;
  const lines: string[] = [];
  if (until !== undefined) {
    lines.push(`until ${until}: ${lastValues(judged.map((one) => valueText(one.until ?? null)))}`);
  }
  if (plateau) {
    const flat = stale === 0 ? "" : `, ${countText(stale, "round")} without a better one`;
    const measures = lastValues(judged.map(({ measure }) => String(measure ?? "none")));
    lines.push(`measure ${plateau.of}: ${measures} (best ${best ?? "none"}${flat})`);
  }
  return lines;
}

function lastValues(values: readonly string[]): string {
  const rest = values.length - mostValues;
  return `${rest > 0 ? `… ${numberText(rest)} before, ` : ""}${values.slice(-mostValues).join(", ")}`;
}

function valueText(value: Json): string {
  // A long value was kept as the beginning of its text.
  const text = typeof value === "string" && value.endsWith("…") ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
