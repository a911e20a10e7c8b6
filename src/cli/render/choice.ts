import type { Candidate, Choice } from "../../core/policies/adaptive.ts";
import { countText, numberText, moneyText } from "./words.ts";

type ChoiceView = Omit<Choice, "way">;

/** Why a way was chosen by what has worked, on one line. */
export function choiceText({ because, candidates }: ChoiceView): string {
  switch (because) {
    case "before":
      return "as before, in an earlier life of the run";
    case "only":
      return "no other may be taken";
    case "declared":
      return `nothing is known yet of ${candidates.map(({ way }) => way).join(", ")}`;
    default: {
      const known = candidates.map(({ way, good, bad }) => `${way} ${goodOf(good, bad)}`).join(", ");
      return `${because === "cost" ? "it works as well and costs less" : "what has worked"} (${known})`;
    }
  }
}

/** What was known of each way that could be taken, one a line. */
export function candidateLines({ candidates }: ChoiceView): readonly string[] {
  return candidates.map((one) => `${one.way}: ${candidateText(one)}`);
}

function candidateText({ good, bad, meanCostUsd, draw }: Candidate): string {
  const cost = meanCostUsd === null ? "" : `, ${moneyText(meanCostUsd)} each`;
  const known =
    good + bad === 0 ? "never taken" : `${countText(good + bad, "case")}, ${goodOf(good, bad)} good`;
  return `${known}${cost}; drew ${draw.toFixed(2)}`;
}

function goodOf(good: number, bad: number): string {
  return `${numberText(good)} of ${numberText(good + bad)}`;
}
