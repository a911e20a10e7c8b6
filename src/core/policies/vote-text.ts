import type { Json } from "../../expression/json.ts";
import type { VoteRule } from "../../language/voting.ts";

/** Longest value that is told whole. */
const longest = 60;

/** A value as a sentence has it. */
export function quoted(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}

/** "a", "b" and "c". */
export function listed(values: readonly Json[]): string {
  const texts = values.map(quoted);
  const last = texts.pop() ?? "none";
  return texts.length === 0 ? last : `${texts.join(", ")} and ${last}`;
}

export function counted(count: number, one: string): string {
  return `${count} ${count === 1 ? one : `${one}s`}`;
}

/** How votes are counted, in few words. */
export function ruleText(rule: VoteRule): string {
  switch (rule.kind) {
    case "majority":
      return "a majority";
    case "weighted":
      return "a majority by weight";
    case "quorum":
      return counted(rule.votes, "vote");
    case "unanimous":
      return "all";
    case "veto":
      return `a majority without a veto by ${listed(rule.by)}`;
    case "priority":
      return `the first vote among ${listed(rule.order)}`;
    case "ranked":
      return "a run-off";
  }
}
