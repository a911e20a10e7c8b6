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

/**
 * True when what comes at this time comes too late for what the node waits for, whether or not its deadline was seen
 * to pass by then.
 */
export function isTooLate({ phase, dueAt }: NodeState, at: number): boolean {
  return phase === "waiting" && dueAt !== undefined && at >= dueAt;
}

/** Why what came too late is not taken. */
export function lateText(node: NodeState): string {
  return `its deadline has passed, and ${whatStands(node)}`;
}

/** What is declared for the case that nobody answers in time. */
export function whatStands(node: NodeState): string {
  const { ask, otherwise } = askOf(node) ?? {};
  if (otherwise === undefined) return node.ask?.gate ? "the gate does not hold" : "it fails with TIMEOUT";
  if (ask === "question") return `${JSON.stringify(otherwise)} stands for an answer`;
  return otherwise === true ? "that stands for a yes" : "that stands for a no";
}

/** How an answer that was not taken is called in the log. */
export function answerEffect(address: string, by: string | undefined): string {
  return by === undefined ? `answer ${address}` : `answer ${address} by ${by}`;
}
