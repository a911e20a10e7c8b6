import type { AskAction } from "../../language/asking.ts";
import type { Json } from "../../expression/json.ts";
import { emit, type Draft } from "../draft.ts";
import type { Failure } from "../outcome.ts";
import { isGivenUp, type NodeState } from "../node.ts";
import { askPeople, decisionOf, noText, voices } from "./asking.ts";
import { endFailed, endWell } from "./end.ts";
import type { NodeKind } from "./node-kind.ts";
import { reuse } from "./reuse.ts";
import { passesWhen } from "./when.ts";

/** Waits for people to approve something or to answer a question, holding nothing. */
export const ask: NodeKind = {
  start(draft, node) {
    if (!passesWhen(draft, node) || reuse(draft, node)) return;
    const failure = askPeople(draft, node, actionOf(node));
    if (failure) endFailed(draft, node, failure);
  },
  recover(draft, node) {
    if (isGivenUp(node)) return ask.cancel(draft, node);
    // The process may have ended between an answer and what follows from it.
    if (node.phase === "settling") endWell(draft, node, { end: "verified" });
    else concludeAsk(draft, node);
  },
  cancel(draft, node) {
    endFailed(draft, node, { code: "CANCELLED", message: "It was cancelled", class: "cancelled" });
  },
};

function actionOf({ plan }: NodeState): Pick<AskAction, "ask" | "deadlineMs"> {
  const { ask: kind, deadlineMs } = plan.step.action as AskAction;
  return { ask: kind, ...(deadlineMs === undefined ? {} : { deadlineMs }) };
}

/** Ends the node when its answers decide it. */
export function concludeAsk(draft: Draft, node: NodeState): void {
  if (actionOf(node).ask === "question") {
    const last = node.ask?.answers.at(-1);
    return last && finish(draft, node, last.value);
  }
  const decision = decisionOf(node);
  if (!decision) return;
  if (decision.yes) finish(draft, node, { approved: true, ...voices(decision.answers) });
  else
    endFailed(
      draft,
      node,
      again(draft, { code: "REJECTED", why: `It was rejected: ${noText(decision.no)}` }),
    );
}

/** The deadline has come, and nothing was declared for it. */
export function askTimedOut(draft: Draft, node: NodeState): void {
  const why = "Cannot go on: nobody answered before the deadline";
  endFailed(draft, node, again(draft, { code: "TIMEOUT", why }));
}

function finish(draft: Draft, node: NodeState, output: Json): void {
  emit(draft, { type: "attempt.ended", address: node.address, attempt: 0, outcome: { ok: true, output } });
  endWell(draft, node, { end: "verified" });
}

function again(
  { state }: Draft,
  { code, why }: { readonly code: "REJECTED" | "TIMEOUT"; readonly why: string },
): Failure {
  const fix = `to ask again: tutti resume ${state.runId}`;
  return { code, message: why, fix, class: "permanent" };
}
