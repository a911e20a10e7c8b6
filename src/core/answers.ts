import type { Answer, NodeState } from "./state.ts";

/** Why an answer to a node that asks people is not taken; undefined when it is. The shape of an answer is not looked at. */
export function refusalOf(node: NodeState, { value, by }: Answer): string | undefined {
  const { action } = node.plan.step;
  if (action.kind !== "ask" || !node.ask || node.phase !== "waiting") return "nothing is asked there";
  if (action.by.length > 0 && !action.by.includes(by ?? "")) {
    return `${by ?? "nobody"} is not asked; who may answer: ${action.by.join(", ")}`;
  }
  if (action.ask === "question") return undefined;
  if (typeof value !== "boolean") return "an approval is yes or no";
  if (by === undefined && action.quorum > 1) return "it does not say who answers, and several people have to";
  const again = by !== undefined && node.ask.answers.some((answer) => answer.by === by);
  return again && value ? `${by} has approved it already` : undefined;
}
