import type { Candidate, Choice } from "../../core/policies/adaptive.ts";
import { countText, numberText, moneyText } from "./words.ts";

type ChoiceView = Omit<Choice, "way">;

/** Why a way was chosen by what has worked, on one line. */
export function choiceText({ because, candidates }: ChoiceView): string {
  switch (because) {
    case "before":
      return "as before, in an earlier life of the run";
    case "only":
      return candidates.length === 1
        ? "no other may be taken"
        : `no other has room (${loadsText(candidates)})`;
    case "load":
      return `what has worked and what there is to do (${loadsText(candidates)})`;
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

/** `ann 1 of 2 at work, 3 of 4 good; bob 0 at work`. */
function loadsText(candidates: ChoiceView["candidates"]): string {
  return candidates.map((one) => `${one.way} ${loadText(one)}${pastText(one)}`).join("; ");
}

function loadText({ load = 0, atOnce }: Candidate): string {
  return `${numberText(load)}${atOnce === undefined ? "" : ` of ${numberText(atOnce)}`} at work`;
}

function pastText({ good, bad }: Candidate): string {
  return good + bad === 0 ? "" : `, ${goodOf(good, bad)} good`;
}

function candidateText(one: Candidate): string {
  const { good, bad, meanCostUsd, draw, load } = one;
  const cost = meanCostUsd === null ? "" : `, ${moneyText(meanCostUsd)} each`;
  const known =
    good + bad === 0 ? "never taken" : `${countText(good + bad, "case")}, ${goodOf(good, bad)} good`;
  const now = load === undefined ? "" : `; ${loadText(one)}`;
  return `${known}${cost}; drew ${draw.toFixed(2)}${now}`;
}

function goodOf(good: number, bad: number): string {
  return `${numberText(good)} of ${numberText(good + bad)}`;
}
