import type { Escalation } from "../../language/asking.ts";
import { asText, type Json } from "../../expression/json.ts";
import { askOf, askTexts } from "../asked.ts";
import type { CompiledAsk } from "../compiled-ask.ts";
import { emit, type Draft } from "../draft.ts";
import type { GateRef } from "../effects.ts";
import { nextEscalation } from "../escalation.ts";
import type { Input } from "../events.ts";
import type { Failure } from "../outcome.ts";
import { scopeOf } from "../scope.ts";
import { nodeAt } from "../state.ts";
import type { Answer, NodeState } from "../node.ts";
import { attempt } from "./when.ts";

export interface Asking {
  readonly deadlineMs?: number;
  /** The gate that asks; absent: the node itself does. */
  readonly gate?: GateRef;
  /** What is said besides what is written. */
  readonly more?: string;
}

/** Asks people; gives why they cannot be asked, if so, and then nothing has changed. */
export function askPeople(
  draft: Draft,
  node: NodeState,
  { deadlineMs, gate, more }: Asking,
): Failure | undefined {
  const { address } = node;
  const rendered = attempt(() => rendering(draft, askTexts(node, gate), node));
  if ("failure" in rendered) return rendered.failure;
  const { said, choices } = rendered.value;
  if (choices !== undefined && !isList(choices)) return noChoices(choices);
  const dueAt = deadlineMs === undefined ? {} : { dueAt: draft.at + deadlineMs };
  const ofGate = gate ? { gate, attempt: node.attempt } : {};
  const text = more === undefined ? said : `${said} ${more}`;
  emit(draft, {
    type: "ask.started",
    address,
    text,
    ...dueAt,
    ...ofGate,
    ...(choices === undefined ? {} : { choices }),
  });
  return undefined;
}

function rendering({ state }: Draft, texts: CompiledAsk | undefined, node: NodeState) {
  const scope = scopeOf(state, node);
  return { said: texts?.text.renderText(scope) ?? "", choices: texts?.answers?.render(scope) };
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value) && value.length > 0;
}

function noChoices(value: Json): Failure {
  return {
    code: "EXPRESSION_FAILED",
    message: `Cannot ask: ${JSON.stringify(value).slice(0, 200)} is no list of answers`,
    fix: "give `answer` a list with at least one answer",
    class: "permanent",
  };
}

/** What the answers come to; `no`: the one that says so. Undefined: not enough have answered. */
export type Decision =
  | { readonly yes: true; readonly last: Answer; readonly answers: readonly Answer[] }
  | { readonly yes: false; readonly no: Answer; readonly answers: readonly Answer[] };

/** Whether an approval is decided: by one no, by enough of yes, or by what stands for an answer at the deadline. */
export function decisionOf(node: NodeState): Decision | undefined {
  const { quorum = 1 } = askOf(node) ?? {};
  const { answers = [] } = node.ask ?? {};
  const last = answers.at(-1);
  if (!last) return undefined;
  const no = answers.find(({ value }) => value === false);
  if (no) return { yes: false, no, answers };
  return answers.length >= quorum || last.by === undefined ? { yes: true, last, answers } : undefined;
}

/** Who said no, and why, in words. */
export function noText({ by, reason }: Answer): string {
  const who = by === undefined ? "nobody approved it before the deadline" : `${by} said no`;
  return reason === undefined ? who : `${who}: ${reason}`;
}

/** Those who answered, and the reasons that they gave. */
export function voices(answers: readonly Answer[]): {
  readonly by: readonly string[];
  readonly reason?: string;
} {
  const by = answers.flatMap((answer) => answer.by ?? []);
  const reasons = answers.flatMap(({ reason }) => reason ?? []);
  return { by, ...(reasons.length > 0 ? { reason: reasons.join("; ") } : {}) };
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

/** What has been answered meanwhile, or is asked again, needs no mark. */
export function takeTold(draft: Draft, { address, askedAt, level }: Told): void {
  const { ask, phase } = nodeAt(draft.state, address) ?? {};
  const isOwed = ask?.askedAt === askedAt && ask.untold?.some((one) => one.level === level);
  if (phase === "waiting" && isOwed) emit(draft, { type: "ask.told", address, level });
}

type Told = Pick<Extract<Input, { type: "told" }>, "address" | "askedAt" | "level">;

function renderedNotify(draft: Draft, node: NodeState, level: number): Escalation["notify"] {
  const { escalate: levels = [] } = askOf(node) ?? {};
  const url = askTexts(node, node.ask?.gate)?.webhooks[level - 1];
  if (url) return { webhook: asText(url.render(scopeOf(draft.state, node))) };
  return levels[level - 1]?.notify ?? "terminal";
}
