import { answerEffect, isTooLate, lateText } from "./answers.ts";
import { initialState } from "./apply.ts";
import { quotaTimer } from "./bookkeeping.ts";
import { ofStopped } from "./budget.ts";
import type { Spent } from "./child-record.ts";
import { drop, effectId, emit, type Draft } from "./draft.ts";
import { nextEscalation } from "./escalation.ts";
import type { Event, Input } from "./events.ts";
import { escalate, takeTold } from "./nodes/asking.ts";
import { tellPassed } from "./nodes/at-limit.ts";
import {
  attachChild,
  childWaits,
  parkAtLimit,
  parkWithChild,
  resumePaused,
  takeChild,
  takeReplay,
  takeSpent,
} from "./nodes/child.ts";
import { endFailed } from "./nodes/end.ts";
import { endOutside } from "./nodes/gates.ts";
import { kindOf } from "./nodes/kind.ts";
import { askIsOver, takeAsked } from "./nodes/people.ts";
import { endAttempt, finish } from "./nodes/step.ts";
import { troubleOf } from "./next-try.ts";
import { takeSignal, waitIsOver } from "./nodes/wait.ts";
import { isAudit } from "./policies/limits.ts";
import { moveTo, settle } from "./settle.ts";
import { isFinal, nodeAt, type RunState } from "./state.ts";
import { executedMs } from "./run-time.ts";
import { boundsWork } from "./time-cap.ts";
import { takeUp } from "./take-up.ts";
import { takeCapTimer } from "./time-up.ts";
import { notUsedAgain } from "./undone.ts";
import { type NodeState } from "./node.ts";

type Of<T extends Input["type"]> = Extract<Input, { type: T }>;

/** Begins a run: its state and the first events. */
export function create(input: Of<"create">): { readonly state: RunState; readonly events: readonly Event[] } {
  const { take, ...given } = input;
  const created = { ...given, type: "run.created" } as const;
  const draft: Draft = { state: initialState(created), at: input.at, events: [created] };
  if (take) emit(draft, { type: "results.taken", ...take });
  emit(draft, { type: "run.status", from: "initializing", to: "executing" });
  settle(draft);
  return { state: draft.state, events: draft.events };
}

/**
 * What follows from an input: the events, already applied to `state` (in place). No clock, no chance, no I/O: the
 * same state and input give the same events. An input that fits nothing gives an `effect.dropped`.
 */
export function advance(state: RunState, input: Input): readonly Event[] {
  const draft: Draft = { state, at: Math.max(state.at, input.at), events: [] };
  handle(draft, input);
  settle(draft);
  return draft.events;
}

function handle(draft: Draft, input: Input): void {
  switch (input.type) {
    case "create":
      return drop(draft, "create", "the run exists");
    case "outcome":
      return takeOutcome(draft, input);
    case "spent":
      return takeSpending(draft, input);
    case "child":
      return takeChild(draft, input.child);
    case "replay":
      return takeReplay(draft, input);
    case "cap":
      return emit(draft, { type: "run.capped", limits: input.limits });
    case "stage":
      return takeStage(draft, input);
    case "timer":
      return takeTimer(draft, input.timer);
    case "reset":
      return takeReset(draft);
    case "recover":
      return recover(draft, input);
    case "stop":
      return isFinal(draft.state.status)
        ? undefined
        : emit(draft, { type: "run.stopped", reason: input.reason });
    case "pause":
    case "resume":
      return pauseOrResume(draft, input);
    case "cancel":
      return cancel(draft, input);
    case "signal":
      return takeTheSignal(draft, input);
    case "answer":
      return takeAnswer(draft, input);
    case "told":
      return takeTold(draft, input);
    case "remembered":
      return takeRemembered(draft, input);
    case "restart":
      return restart(draft, input);
    case "recall":
      return recall(draft, input);
  }
}

function takeOutcome(draft: Draft, { effect, outcome: told }: Of<"outcome">): void {
  const node = owner(draft.state, effect);
  if (!node) return drop(draft, effect, "nothing waits for this result");
  const outcome = ofStopped(draft.state, node, told);
  const { child } = outcome;
  if (child) takeSpent(draft, node, child);
  if (child && (parkWithChild(draft, node, child) || parkAtLimit(draft, node, outcome))) return;
  if (!node.gate) return endAttempt(draft, node, outcome);
  if (endOutside(draft, node, { ref: node.gate.ref, outcome }) === "passed") finish(draft, node);
}

function takeSpending(draft: Draft, { effect, spent }: Of<"spent">): void {
  const node = owner(draft.state, effect);
  if (node?.child) takeSpent(draft, node, { id: node.child.id, spent });
}

/** The live node that owes exactly this effect. */
function owner(state: RunState, effect: string): NodeState | undefined {
  const node = nodeAt(state, effect.slice(0, effect.lastIndexOf("@")));
  const owes = node !== undefined && (node.phase === "running" || node.gate !== undefined);
  return owes && effectId(state, node) === effect ? node : undefined;
}

function takeStage(draft: Draft, { effect, record }: Of<"stage">): void {
  const node = owner(draft.state, effect);
  if (!node) return;
  emit(draft, { type: "stage.ended", address: node.address, attempt: node.attempt, record });
}

/** Two processes may have seen to it. */
function takeRemembered(draft: Draft, { address, written }: Of<"remembered">): void {
  if (draft.state.unwritten.has(address)) emit(draft, { type: "memory.written", address, written });
}

function takeTimer(draft: Draft, timer: string): void {
  if (boundsWork(timer)) return takeBound(draft, timer);
  if (timer.startsWith("escalate:")) return takeEscalation(draft, timer);
  if (timer.startsWith(quotaTimer)) return takeQuotaTimer(draft, timer);
  const node = nodeOf(draft.state, timer);
  // A timer that was set for an earlier time or an earlier life: the right one is still to come.
  if (node?.dueAt === undefined || node.dueAt > draft.at) return;
  emit(draft, { type: "timer.fired", timer });
  if (childWaits(node)) return attachChild(draft, node);
  if (node.phase === "waiting") passTime(draft, node);
}

/** Runs inside that wait for a time may wait for a circuit breaker, too: they are looked at again. */
function takeReset(draft: Draft): void {
  const waiting = [...draft.state.live].filter(({ dueAt }) => dueAt !== undefined);
  for (const node of waiting) {
    if (node.phase === "retrying" && troubleOf(node)?.breaker !== undefined)
      emit(draft, { type: "timer.fired", timer: `retrying:${node.address}` });
    else if (childWaits(node)) attachChild(draft, node);
  }
}

/** The time until which a node waits has come. */
function passTime(draft: Draft, node: NodeState): void {
  (node.ask ? askIsOver : waitIsOver)(draft, node);
}

function takeBound(draft: Draft, timer: string): void {
  if (timer === "deadline") takeDeadline(draft);
  else takeCapTimer(draft, nodeOf(draft.state, timer));
}

function takeQuotaTimer(draft: Draft, timer: string): void {
  const usedUp = draft.state.quotas.get(timer.slice(quotaTimer.length));
  if (usedUp && usedUp.until <= draft.at) emit(draft, { type: "timer.fired", timer });
}

/** The node that a timer was set for. */
function nodeOf(state: RunState, timer: string): NodeState | undefined {
  return nodeAt(state, timer.slice(timer.indexOf(":") + 1));
}

function takeEscalation(draft: Draft, timer: string): void {
  const node = nodeOf(draft.state, timer);
  const next = node && nextEscalation(node);
  if (!next || next.dueAt > draft.at) return;
  emit(draft, { type: "timer.fired", timer });
  escalate(draft, node);
}

function takeDeadline(draft: Draft): void {
  const { state, at } = draft;
  const used = executedMs(state, at);
  if (used < state.limits.timeMs || state.limitHit || isFinal(state.status)) return;
  const hit = { limit: "timeMs", used, cap: state.limits.timeMs } as const;
  if (isAudit(state)) return tellPassed(draft, hit);
  emit(draft, { type: "limit.reached", ...hit });
  cancelLive(draft);
}

function recover(draft: Draft, { aliveAt, spent = {} }: Of<"recover">): void {
  const { status, stopped } = draft.state;
  if (isFinal(status)) return countInside(draft, spent);
  emit(draft, { type: "run.recovered", ...(aliveAt === undefined ? {} : { aliveAt }) });
  countInside(draft, spent);
  const idle = status === "waiting" || status === "paused" || stopped;
  goOn(draft, idle ? "taken up again" : "the process that drove it ended");
}

function goOn(draft: Draft, reason: string): void {
  const { state } = draft;
  moveTo(draft, "recovering", reason);
  for (const node of state.live) kindOf(node).recover(draft, node);
  if (state.cancelling || state.limitHit?.limit === "timeMs") cancelLive(draft);
}

/** What runs inside it used while nobody drove this one. */
function countInside(draft: Draft, spent: Readonly<Record<string, Spent>>): void {
  for (const [address, { id }] of draft.state.children) {
    const node = nodeAt(draft.state, address);
    const now = spent[id];
    if (node && now) takeSpent(draft, node, { id, spent: now });
  }
}

function pauseOrResume(draft: Draft, input: Of<"pause"> | Of<"resume">): void {
  if (isFinal(draft.state.status)) return drop(draft, input.type, `the run is ${draft.state.status}`);
  const { type: verb, at: _, ...details } = input;
  emit(draft, { type: "run.control", verb, ...details });
  if (verb === "resume") resumePaused(draft);
}

function recall(draft: Draft, { reason, parent }: Of<"recall">): void {
  const { status } = draft.state;
  if (!isFinal(status)) return drop(draft, "recall", `the run is ${status}`);
  moveTo(draft, "recovering", "what it did is taken back");
  emit(draft, { type: "run.recalled", ...(parent ? { parent } : {}) });
  cancel(draft, { ...(reason ? { reason } : {}), undo: true });
}

function cancel(draft: Draft, { reason, by, undo }: Pick<Of<"cancel">, "reason" | "by" | "undo">): void {
  if (isFinal(draft.state.status)) return drop(draft, "cancel", `the run is ${draft.state.status}`);
  if (undo) takeUp(draft);
  const told = { ...(reason ? { reason } : {}), ...(by ? { by } : {}), ...(undo ? { undo } : {}) };
  emit(draft, { type: "run.control", verb: "cancel", ...told });
  cancelLive(draft);
}

function cancelLive(draft: Draft): void {
  for (const node of draft.state.live) kindOf(node).cancel(draft, node);
}

function takeTheSignal(draft: Draft, { name, payload, by, at }: Of<"signal">): void {
  if (isFinal(draft.state.status)) return drop(draft, `signal ${name}`, `the run is ${draft.state.status}`);
  const waiting = [...draft.state.live].filter((node) => node.signal === name && node.phase === "waiting");
  // First those whose deadline came before it: a process that ends in between has decided that already.
  for (const node of waiting) if (isTooLate(node, at)) passTime(draft, node);
  emit(draft, { type: "signal.received", name, payload, ...(by ? { by } : {}) });
  for (const node of waiting) if (node.phase === "waiting") takeSignal(draft, node);
}

function takeAnswer(draft: Draft, { type: _, at, address, ...answer }: Of<"answer">): void {
  const node = nodeAt(draft.state, address);
  if (!node?.ask || node.phase !== "waiting") return answerInterrupted(draft, node, { address, ...answer });
  // when it was given decides, not whether it or the deadline is seen first
  if (isTooLate(node, at)) {
    const late = lateText(node);
    passTime(draft, node);
    return drop(draft, answerEffect(address, answer.by), late);
  }
  const refused = takeAsked(draft, node, answer);
  if (refused !== undefined) drop(draft, answerEffect(address, answer.by), refused);
}

function answerInterrupted(
  draft: Draft,
  node: NodeState | undefined,
  { address, value, by }: Pick<Of<"answer">, "address" | "value" | "by">,
): void {
  if (node?.phase !== "asking" || (value !== "rerun" && value !== "fail")) {
    const why = "no node there asks, or the answer is neither rerun nor fail";
    return drop(draft, answerEffect(address, by), why);
  }
  if (value === "rerun") {
    const { attempt, feedback } = node;
    const kept = feedback === undefined ? {} : { feedback };
    return emit(draft, {
      type: "retry.scheduled",
      address,
      attempt,
      dueAt: draft.at,
      because: "answer",
      ...kept,
    });
  }
  endFailed(draft, node, {
    code: "INTERRUPTED",
    message: "It was interrupted and answered with fail",
    class: "interrupted",
  });
}

function restart(draft: Draft, input: Of<"restart">): void {
  const { state } = draft;
  const { type: _, at: __, from, drop: dropped, again, take, ...rest } = input;
  const notUsed = notUsedAgain(state, { from, drop: dropped, again });
  if (!notUsed) return drop(draft, "restart", `there is no node "${from ?? ""}"`);
  moveTo(draft, "recovering", "restarted");
  const reason = from === undefined ? "resume" : `from ${from}`;
  emit(draft, { type: "run.restarted", reason, ...notUsed, ...rest });
  if (take) emit(draft, { type: "results.taken", ...take });
}
