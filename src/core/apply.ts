import { applyAsk, type AskEvent } from "./apply-ask.ts";
import { applyCount } from "./apply-count.ts";
import { applyAttempt, type AttemptEvent } from "./apply-attempt.ts";
import { applyChild, type ChildEvent } from "./apply-child.ts";
import { applyNodeEnd } from "./apply-end.ts";
import { applyPart, openBlock, type PartEvent } from "./apply-part.ts";
import { post, watch } from "./board.ts";
import { enqueue, enter, quotaTimer, setPhase } from "./bookkeeping.ts";
import type { Event, RunStatus } from "./events.ts";
import { LazyMap } from "./lazy-map.ts";
import { assertMove } from "./life.ts";
import type { LimitHit } from "./outcome.ts";
import { planFor } from "./plan.ts";
import { passedKey } from "./policies/limits.ts";
import { applyRestart } from "./restart.ts";
import { newLearning } from "./cases.ts";
import { newBudget } from "./spending.ts";
import { emptyLedger, newLife, nodeAt, type RunState } from "./state.ts";
import { stopBlock } from "./stop-block.ts";
import { applyWritten } from "./unwritten.ts";
import { applyRecall, applyUndo, beginCompensation } from "./undo.ts";
import { isHolder } from "./node.ts";
import { newTrees } from "./workspace.ts";

type Of<T extends Event["type"]> = Extract<Event, { type: T }>;

/** The state of a run whose log begins with this event. */
export function initialState(event: Of<"run.created">): RunState {
  const plan = planFor(event.workflow, { limits: event.overrides.limits, hints: event.plan });
  const { workflow } = plan;
  return {
    runId: event.runId,
    seed: event.seed,
    inputs: event.inputs,
    createdAt: event.at,
    overrides: event.overrides,
    limits: workflow.limits,
    workflow,
    plan,
    status: "initializing",
    reason: undefined,
    at: event.at,
    activeSince: undefined,
    life: 0,
    ...newLife(plan),
    signals: new LazyMap(),
    keepsResults: false,
    forgot: false,
    known: new LazyMap(),
    ledger: emptyLedger(),
    children: new LazyMap(),
    unwritten: new LazyMap(),
    abandoned: [],
    childCount: 0,
    parent: event.parent,
    trees: event.workspace && newTrees(event.workspace),
    budget: newBudget(),
    learning: newLearning(event.plan.decisions),
  };
}

/**
 * The state after all of these events; the first must be `run.created`. Undefined for an empty log. `beforeRestart`: so
 * that a restart can follow that uses all results again, also those of rounds that a long loop has forgotten.
 */
export function fold(
  events: readonly Event[],
  { beforeRestart = false }: { readonly beforeRestart?: boolean } = {},
): RunState | undefined {
  const last = beforeRestart ? events.length : events.findLastIndex(({ type }) => type === "run.restarted");
  let state: RunState | undefined;
  for (const [index, event] of events.entries()) {
    if (state) apply(state, event);
    else if (event.type === "run.created") state = initialState(event);
    if (state && index < last && begins(event)) state.keepsResults = true;
  }
  return state;
}

function begins({ type }: Event): boolean {
  return type === "run.created" || type === "run.restarted";
}

/**
 * The only way a run changes: brings `state` (in place, owned by the caller) to what it is after `event`. Takes time
 * in proportion to what the event touches. Events of nodes that are not there (a damaged log) change nothing.
 */
export function apply(state: RunState, event: Event): void {
  if (event.type === "run.recovered") return applyRecovered(state, event);
  state.at = Math.max(state.at, event.at);
  switch (event.type) {
    case "run.created":
    case "effect.dropped":
      return;
    case "run.stopped":
      state.stopped = true;
      return;
    case "run.status":
      return applyStatus(state, event);
    case "run.restarted":
      return applyRestart(state, event);
    case "run.control":
      return applyControl(state, event);
    case "limit.reached":
      state.limitHit = hitOf(event);
      return;
    case "run.recalled":
      return applyRecall(state, event);
    case "results.taken":
      for (const [address, result] of event.results) state.known.set(address, result);
      for (const [address, kept] of event.ways ?? []) state.learning.taken.set(address, kept);
      return;
    case "run.capped":
      state.limits = { ...state.limits, ...event.limits };
      return;
    case "limit.passed":
      state.budget.told = new Set([...state.budget.told, passedKey(event)]);
      if (event.limit === "dayUsd" && event.used > event.cap) state.budget.dayPassed = hitOf(event);
      return;
    case "undo.started":
      return applyUndo(state, event);
    case "signal.received":
      return applySignal(state, event);
    case "memory.written":
      return applyWritten(state, event.address, event.written);
    case "timer.fired":
      return applyTimer(state, event.timer);
    default:
      return applyToNode(state, event);
  }
}

function hitOf({ limit, used, cap, predicted, outer }: LimitHit): LimitHit {
  return { limit, used, cap, ...(predicted === undefined ? {} : { predicted }), ...(outer ? { outer } : {}) };
}

type NodeEvent =
  | AttemptEvent
  | PartEvent
  | AskEvent
  | ChildEvent
  | Of<"block.opened">
  | Of<"wait.started">
  | Of<"board.posted">
  | Of<"votes.counted">
  | Of<"time.up">
  | Of<"node.ended">;

function applyToNode(state: RunState, event: NodeEvent): void {
  const node = nodeAt(state, event.address);
  if (!node) return;
  switch (event.type) {
    case "block.opened":
      node.inputs = event.inputs;
      return openBlock(state, node, event.at);
    case "wait.started":
      enter(state, node, event.at);
      setPhase(state, node, "waiting");
      node.dueAt = event.dueAt;
      node.signal = event.signal;
      if (event.board !== undefined) watch(state, node);
      return;
    case "board.posted":
      return post(node, event);
    case "votes.counted":
      return applyCount(state, node, event);
    case "time.up":
      node.timeUp = { usedMs: event.usedMs, capMs: event.capMs };
      if (isHolder(node)) stopBlock(node);
      return;
    case "node.ended":
      return applyNodeEnd(state, node, event);
    case "ask.started":
    case "ask.answered":
    case "ask.escalated":
    case "ask.told":
      return applyAsk(state, node, event);
    case "child.waits":
    case "child.attached":
    case "child.spent":
    case "letters.replayed":
      return applyChild(state, node, event);
    case "branch.decided":
    case "items.listed":
    case "part.opened":
    case "round.judged":
    case "join.reached":
    case "join.missed":
      return applyPart(state, node, event);
    default:
      return applyAttempt(state, node, event);
  }
}

/** Time in which no process drove the run is none of the time that it, or any node of it, executed. */
function applyRecovered(state: RunState, { at, aliveAt = state.at }: Of<"run.recovered">): void {
  const droveUntil = Math.min(at, Math.max(state.at, aliveAt));
  countTime(state, droveUntil);
  state.stopped = false;
  state.at = Math.max(state.at, at);
  for (const node of state.live) {
    node.downMs += at - droveUntil;
    node.queued = undefined;
  }
  if (state.activeSince !== undefined) state.activeSince = state.at;
}

function countTime(state: RunState, until: number): void {
  if (state.activeSince !== undefined) state.ledger.activeMs += Math.max(0, until - state.activeSince);
}

function applySignal(state: RunState, { name, payload }: Of<"signal.received">): void {
  const payloads = state.signals.get(name);
  if (payloads) payloads.push(payload);
  else state.signals.set(name, [payload]);
}

/** In these its time counts. */
const counted: ReadonlySet<RunStatus> = new Set(["executing", "recovering", "compensating", "completing"]);

function applyStatus(state: RunState, event: Of<"run.status">): void {
  assertMove(state.status, event.to);
  const counts = counted.has(event.to);
  countTime(state, event.at);
  state.activeSince = counts ? event.at : undefined;
  if (event.to === "compensating") beginCompensation(state, event.reason);
  state.status = event.to;
  state.reason = event.reason;
}

function applyControl(state: RunState, event: Of<"run.control">): void {
  if (event.verb === "cancel") {
    state.cancelling = true;
    state.undoAsked = event.undo === true;
    // Else what undoes would wait for somebody to resume the run.
    if (state.undoAsked) state.paused = false;
  } else state.paused = event.verb === "pause";
  if (event.verb === "pause") state.pauseReason = event.reason;
  state.reason = event.reason;
}

function resetQuota(state: RunState, name: string): void {
  for (const node of state.quotas.get(name)?.waiting ?? []) state.ready.push(node);
  state.quotas.delete(name);
}

/** Retry and wait timers name their node; a node whose time has come is ready again, or its wait is over. */
function applyTimer(state: RunState, timer: string): void {
  if (timer.startsWith(quotaTimer)) return resetQuota(state, timer.slice(quotaTimer.length));
  const node = nodeAt(state, timer.slice(timer.indexOf(":") + 1));
  if (node?.phase !== "retrying") return;
  node.dueAt = undefined;
  enqueue(state, node);
}
