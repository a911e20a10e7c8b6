import type { Decision, OptionCount } from "../../core/policies/vote.ts";
import { isObject, type Json } from "../../expression/json.ts";
import { countText, oneLine } from "./words.ts";

/** What a tally gave; undefined for any other output. */
export function decisionIn(output: Json | undefined): Decision | undefined {
  const isCounted = isObject(output) && Array.isArray(output["counts"]) && "decided_by" in output;
  return isCounted ? (output as unknown as Decision) : undefined;
}

const deciders = {
  count: "by the count",
  default: "which is taken where it is open",
  judge: "by the judge",
  human: "by a person",
} as const;

/** What was decided, who was for what and why, and whose votes did not count. */
export function decisionLines(decision: Decision): readonly string[] {
  const { abstained, absent, invalid, counts } = decision;
  return [
    `  decision: ${decisionText(decision)}`,
    ...counts.flatMap(countLines),
    ...namesLine("abstained", abstained),
    ...namesLine("absent", absent),
    ...invalid.map(({ voter, why }) => `  not counted: ${oneLine(voter)}: ${oneLine(why)}`),
  ];
}

function decisionText({ decision, decided_by: by, reason }: Decision): string {
  const what = decision === null || by === null ? "none" : `${shown(decision)}, ${deciders[by]}`;
  return `${what} (${oneLine(reason)})`;
}

function countLines({ option, voters, reasons, ...count }: OptionCount): readonly string[] {
  return [
    `  ${shown(option)}: ${votesText(count)}${voters.length > 0 ? `: ${oneLine(voters.join(", "))}` : ""}`,
    ...reasons.map(({ voter, reason }) => `    ${oneLine(voter)}: ${oneLine(reason)}`),
  ];
}

function votesText({ votes, weight, barred }: Pick<OptionCount, "votes" | "weight" | "barred">): string {
  const weighs = weight === votes ? "" : `, weight ${weight}`;
  return `${countText(votes, "vote")}${weighs}${barred ? ", barred" : ""}`;
}

function namesLine(what: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`  ${what}: ${oneLine(names.join(", "))}`];
}

function shown(option: Json): string {
  return oneLine(typeof option === "string" ? option : JSON.stringify(option));
}

/** How the votes stand, on one line. */
export function countsText({ counts, abstained, absent, invalid }: Decision): string {
  const options = counts.map(({ option, ...count }) => `${shown(option)}: ${votesText(count)}`);
  const others = [
    ...(abstained.length > 0 ? [`${abstained.length} abstained`] : []),
    ...(absent.length > 0 ? [`${absent.length} absent`] : []),
    ...(invalid.length > 0 ? [`${invalid.length} not counted`] : []),
  ];
  return [...options, ...others].join("; ") || "nobody voted";
}
