import type { TaskFacts } from "./facts.ts";

/** One reason for points. */
export interface Sign {
  readonly points: number;
  /** In a few words, those of the task quoted as they stand. */
  readonly because: string;
}

export type ThinkingLevel = "instant" | "standard" | "extended";

export interface Score {
  /** 0 (nothing to it) to 10. */
  readonly score: number;
  readonly signs: readonly Sign[];
  readonly thinking: ThinkingLevel;
}

const highest = 10;

/** How complex a task is: the sum of its signs, which docs/auto.md lists, within 0 and 10. */
export function scoreOf(facts: TaskFacts): Score {
  return summed(rules.flatMap((rule) => rule(facts) ?? []));
}

/** The sum of signs, within 0 and 10; those without points say nothing. */
export function summed(all: readonly Sign[]): Score {
  const signs = all.filter(({ points }) => points !== 0);
  const sum = signs.reduce((total, { points }) => total + points, 0);
  const score = Math.max(0, Math.min(highest, sum));
  return { score, signs, thinking: thinkingFor(score) };
}

/** How long an agent should think: below 3 not at all, below 7 as usual, else longer. */
export function thinkingFor(score: number): ThinkingLevel {
  if (score < 3) return "instant";
  return score < 7 ? "standard" : "extended";
}

/** What an agent is told of it. */
export const effortOf = { instant: "low", standard: "medium", extended: "high" } as const;

type Rule = (facts: TaskFacts) => Sign | undefined;

const rules: readonly Rule[] = [
  ({ goals }) =>
    sign(
      Math.min(goals.length, 4),
      `${goals.length === 1 ? "one goal" : `${goals.length} goals`}: ${goals.map(({ verb }) => verb).join(", ")}`,
    ),
  ({ places, isWide }) =>
    isWide
      ? sign(2, "it is about all of the project")
      : sign(step(places.length, [2, 4]), `${places.length} places named: ${list(places)}`),
  ({ parts }) => sign(step(parts.length, [2, 3]), `${parts.length} parts: ${list(parts)}`),
  ({ viewpoints, wantsTeam }) =>
    sign(
      Math.max(step(viewpoints.length, [2, 3]), wantsTeam ? 1 : 0),
      viewpoints.length > 1
        ? `${viewpoints.length} viewpoints: ${list(viewpoints)}`
        : "several viewpoints are wanted",
    ),
  ({ conditions }) =>
    sign(
      Math.min(conditions.length, 2),
      `${conditions.length === 1 ? "a decision" : `${conditions.length} decisions`}: ${list(conditions.map(({ when }) => `if ${when}`))}`,
    ),
  ({ unknowns }) =>
    sign(Math.min(unknowns.length, 2), `something has to be found out first: ${list(unknowns)}`),
  ({ structure }) => sign(structure === undefined ? 0 : 2, `it is about the structure: ${structure ?? ""}`),
  ({ risks }) => sign(Math.min(risks.length, 2), `risky: ${list(risks)}`),
  ({ isIterative }) => sign(isIterative ? 1 : 0, "it is to be repeated until it is good"),
  ({ isStream }) => sign(isStream ? 1 : 0, "it is about many records"),
  ({ wantsQuality }) => sign(wantsQuality ? 1 : 0, "tests, figures or documents are wanted with it"),
  ({ words }) => sign(step(words, [60, 150]), `a long text: ${words} words`),
  ({ smallness }) => sign(-Math.min(smallness.length, 2), `said to be small: ${list(smallness)}`),
];

function sign(points: number, because: string): Sign {
  return { points, because };
}

/** How many of the thresholds a number reaches. */
function step(value: number, thresholds: readonly number[]): number {
  return thresholds.filter((threshold) => value >= threshold).length;
}

/** At most four of them, each cut short. */
function list(items: readonly string[]): string {
  const shown = items.slice(0, 4).map((item) => (item.length > 40 ? `${item.slice(0, 39)}…` : item));
  return items.length > 4 ? `${shown.join(", ")}, …` : shown.join(", ");
}
