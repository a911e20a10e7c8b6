import { askOf } from "./asked.ts";
import type { Answer, AskState, NodeState } from "./node.ts";

/** Why an answer to a node that asks people is not taken; undefined when it is. The shape of an answer is not looked at. */
export function refusalOf(node: NodeState, { value, by }: Answer): string | undefined {
  const action = askOf(node);
  if (!action || !node.ask || node.phase !== "waiting") return "nothing is asked there";
  if (action.by.length > 0 && !action.by.includes(by ?? "")) {
    return `${by ?? "nobody"} is not asked; who may answer: ${action.by.join(", ")}`;
  }
  return action.ask === "question"
    ? undefined
    : refusalOfApproval(node.ask, { value, by, quorum: action.quorum });
}

function refusalOfApproval(
  { answers }: AskState,
  { value, by, quorum }: Pick<Answer, "value"> & { readonly by: string | undefined; readonly quorum: number },
): string | undefined {
  if (typeof value !== "boolean") return "an approval is yes or no";
  if (by === undefined && quorum > 1) return "it does not say who answers, and several people have to";
  const again = by !== undefined && answers.some((answer) => answer.by === by);
  return again && value ? `${by} has approved it already` : undefined;
}

/** How an answer that was not taken is called in the log. */
export function answerEffect(address: string, by: string | undefined): string {
  return by === undefined ? `answer ${address}` : `answer ${address} by ${by}`;
}
