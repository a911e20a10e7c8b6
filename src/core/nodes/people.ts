import { refusalOf } from "../answers.ts";
import { askOf } from "../asked.ts";
import { emit, type Draft } from "../draft.ts";
import type { Answer, NodeState } from "../node.ts";
import { askTimedOut, concludeAsk } from "./ask.ts";
import { callTimedOut, goOnDecided } from "./calls.ts";
import { goOnAfterPeople, goOnUnanswered } from "./step.ts";

/** Takes the answer of a person; gives why it is not taken, if so, and then nothing has changed. */
export function takeAsked(draft: Draft, node: NodeState, answer: Answer): string | undefined {
  const refused = refusalOf(node, answer);
  if (refused !== undefined) return refused;
  emit(draft, { type: "ask.answered", address: node.address, ...answer, by: answer.by ?? "somebody" });
  conclude(draft, node);
  return undefined;
}

/** The deadline has come: what was declared for it stands for an answer, or the node has failed. */
export function askIsOver(draft: Draft, node: NodeState): void {
  const { otherwise } = askOf(node) ?? {};
  if (otherwise === undefined) return unanswered(draft, node);
  emit(draft, { type: "ask.answered", address: node.address, value: otherwise });
  conclude(draft, node);
}

function unanswered(draft: Draft, node: NodeState): void {
  if (node.ask?.call !== undefined) return callTimedOut(draft, node);
  (node.ask?.gate ? goOnUnanswered : askTimedOut)(draft, node);
}

/** What was asked by the node itself ends it, what was asked by a gate of it is that gate's verdict; an agent goes on. */
function conclude(draft: Draft, node: NodeState): void {
  if (node.ask?.call !== undefined) return goOnDecided(draft, node);
  (node.ask?.gate ? goOnAfterPeople : concludeAsk)(draft, node);
}
