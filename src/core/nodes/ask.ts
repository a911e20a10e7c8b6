import type { AskAction, Escalation } from "../../language/asking.ts";
import { asText, type Json } from "../../expression/json.ts";
import { refusalOf } from "../answers.ts";
import { compiledStep } from "../compiled.ts";
import { emit, type Draft } from "../draft.ts";
import { nextEscalation } from "../escalation.ts";
import type { Failure } from "../outcome.ts";
import { scopeOf } from "../scope.ts";
import { type Answer, isGivenUp, type NodeState } from "../node.ts";
import { endFailed, endWell } from "./end.ts";
import type { NodeKind } from "./node-kind.ts";
import { reuse } from "./reuse.ts";
import { attempt, passesWhen } from "./when.ts";

/** Waits for people to approve something or to answer a question, holding nothing. */
export const ask: NodeKind = {
  start(draft, node) {
    if (!passesWhen(draft, node) || reuse(draft, node)) return;
    const { address } = node;
    const { deadlineMs } = actionOf(node);
    const { text } = compiledStep(node.plan.step);
    const rendered = attempt(() => text?.renderText(scopeOf(draft.state, node)) ?? "");
    if ("failure" in rendered) return endFailed(draft, node, rendered.failure);
    const dueAt = deadlineMs === undefined ? {} : { dueAt: draft.at + deadlineMs };
    emit(draft, { type: "ask.started", address, text: rendered.value, ...dueAt });
  },
  recover(draft, node) {
    if (isGivenUp(node)) return ask.cancel(draft, node);
    // The process may have ended between an answer and what follows from it.
    if (node.phase === "settling") endWell(draft, node, { end: "verified" });
    else conclude(draft, node);
  },
  cancel(draft, node) {
    endFailed(draft, node, { code: "CANCELLED", message: "It was cancelled", class: "cancelled" });
  },
};

function actionOf({ plan }: NodeState): AskAction {
  return plan.step.action as AskAction;
}

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
  const { otherwise } = actionOf(node);
  if (otherwise === undefined) return endFailed(draft, node, unanswered(draft, node));
  emit(draft, { type: "ask.answered", address: node.address, value: otherwise });
  conclude(draft, node);
}

/** Goes one level up: it is written down here, and told by whoever drives the run. */
export function escalate(draft: Draft, node: NodeState): void {
  const next = nextEscalation(node);
  if (!next) return;
  const { address } = node;
  const { level } = next;
  const told = attempt(() => renderedNotify(draft, node, level));
  if ("value" in told) return emit(draft, { type: "ask.escalated", address, level, notify: told.value });
  emit(draft, { type: "ask.escalated", address, level, trouble: told.failure.message });
}

function renderedNotify(draft: Draft, node: NodeState, level: number): Escalation["notify"] {
  const { escalate: levels } = actionOf(node);
  const url = compiledStep(node.plan.step).webhooks[level - 1];
  if (url) return { webhook: asText(url.render(scopeOf(draft.state, node))) };
  return levels[level - 1]?.notify ?? "terminal";
}

/** Ends the node when its answers decide it. */
function conclude(draft: Draft, node: NodeState): void {
  const { ask: kind, quorum } = actionOf(node);
  const { answers = [] } = node.ask ?? {};
  const last = answers.at(-1);
  if (!last) return;
  if (kind === "question") return finish(draft, node, last.value);
  const no = answers.find(({ value }) => value === false);
  if (no) return endFailed(draft, node, rejected(draft, { node, no }));
  if (answers.length >= quorum || last.by === undefined) finish(draft, node, approval(answers));
}

function finish(draft: Draft, node: NodeState, output: Json): void {
  emit(draft, { type: "attempt.ended", address: node.address, attempt: 0, outcome: { ok: true, output } });
  endWell(draft, node, { end: "verified" });
}

function approval(answers: readonly Answer[]): Json {
  const by = answers.flatMap((answer) => answer.by ?? []);
  const reasons = answers.flatMap(({ reason }) => reason ?? []);
  return { approved: true, by, ...(reasons.length > 0 ? { reason: reasons.join("; ") } : {}) };
}

function rejected(draft: Draft, { node, no }: { readonly node: NodeState; readonly no: Answer }): Failure {
  const who = no.by === undefined ? "nobody approved it before the deadline" : `${no.by} said no`;
  return {
    code: "REJECTED",
    message: `It was rejected: ${who}${no.reason === undefined ? "" : `: ${no.reason}`}`,
    fix: `to ask again: tutti resume ${draft.state.runId} --from ${node.address}`,
    class: "permanent",
  };
}

function unanswered(draft: Draft, node: NodeState): Failure {
  return {
    code: "TIMEOUT",
    message: "Cannot go on: nobody answered before the deadline",
    fix: `to ask again: tutti resume ${draft.state.runId} --from ${node.address}`,
    class: "permanent",
  };
}
