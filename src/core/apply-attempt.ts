import { applyGate, type GateEvent } from "./apply-gate.ts";
import { acquire, budgetShelf, enter, isAgent, offer, release, setPhase } from "./bookkeeping.ts";
import { endChild, startChild } from "./apply-child.ts";
import { noteSeen } from "./board.ts";
import { charge, hold, presume, see } from "./budget.ts";
import type { Event } from "./events.ts";
import type { Outcome, StageRecord } from "./outcome.ts";
import { beginInTree, interruptInTree, noteCheckpoint, resumeInTree, retryInTree } from "./trees.ts";
import { useUp } from "./policies/quota.ts";
import { classify } from "./policies/taxonomy.ts";
import type { NodeState } from "./node.ts";
import type { KnownResult } from "./node-result.ts";
import type { RunState } from "./state.ts";

export type AttemptEvent =
  | Extract<
      Event,
      {
        type:
          | "attempt.started"
          | "attempt.ended"
          | "attempt.interrupted"
          | "stage.ended"
          | "retry.scheduled"
          | "result.reused";
      }
    >
  | GateEvent;
type Of<T extends AttemptEvent["type"]> = Extract<AttemptEvent, { type: T }>;

/** What the events of a step's work do to its node. */
export function applyAttempt(state: RunState, node: NodeState, event: AttemptEvent): void {
  switch (event.type) {
    case "attempt.started":
      return attemptStarted(state, node, event);
    case "attempt.ended":
      // one that only makes a value starts with this
      if (node.plan.kind === "value") enter(state, node, event.at);
      node.settledAt = event.at;
      return attemptEnded(state, node, event.outcome);
    case "attempt.interrupted":
      return attemptInterrupted(state, node, event);
    case "stage.ended":
      return stageEnded(node, event.record);
    case "retry.scheduled":
      return retryScheduled(state, node, event);
    case "gate.queued":
    case "gate.started":
    case "gate.ended":
      return applyGate(state, node, event);
    case "result.reused":
      return resultReused(state, node, event.at);
  }
}

function attemptStarted(state: RunState, node: NodeState, event: Of<"attempt.started">): void {
  enter(state, node, event.at);
  acquire(state, node);
  node.attempt = event.attempt;
  node.attemptAt = event.at;
  node.request = event.request;
  node.basis = event.basis;
  noteSeen(node);
  startChild(state, node, event.request);
  goesAnew(node);
  node.outcome = undefined;
  node.filesAtStart = undefined;
  node.stage = undefined;
  node.queued = undefined;
  setPhase(state, node, "running");
  state.active += 1;
  state.ledger.attempts += 1;
  if (isAgent(node)) hold(state, node);
  beginInTree(state, node);
}

/** An attempt is next, or begins: nothing is left of the gates of the one before. */
function goesAnew(node: NodeState): void {
  node.resumes = undefined;
  node.vain = undefined;
}

/** Starting an agent again is one more start. */
function attemptInterrupted(state: RunState, node: NodeState, event: Of<"attempt.interrupted">): void {
  node.attemptAt = event.at;
  // What it changed until then is told by nobody, unless it is begun again with what lay there at its start.
  if (event.then !== "rerun" || node.filesAtStart === undefined) node.filesBefore = undefined;
  if (isAgent(node)) presume(state, node, event.then === "rerun");
  interruptInTree(state, node);
  if (event.then === "rerun") return;
  settle(state, node, event.then === "ask" ? "asking" : "settling");
  offer(state, [budgetShelf]);
}

function attemptEnded(state: RunState, node: NodeState, outcome: Outcome): void {
  node.outcome = withChangedBefore(outcome, node);
  endChild(state, node, outcome);
  node.filesBefore = knownBefore(node, outcome);
  noteCheckpoint(state, node, outcome);
  settle(state, node, "settling");
  if (outcome.cached) state.ledger.cached += 1;
  charge(state, node, outcome);
  if (outcome.failure?.class !== "cancelled") see(state, node, outcome);
  offer(state, [budgetShelf]);
}

/** One piece of work that people were asked about in its middle has changed what all of its attempts did. */
function withChangedBefore(outcome: Outcome, { changedBefore = [] }: NodeState): Outcome {
  const { changedFiles } = outcome;
  if (!changedFiles || changedBefore.length === 0) return outcome;
  return { ...outcome, changedFiles: [...new Set([...changedBefore, ...changedFiles])].toSorted() };
}

function stageEnded(node: NodeState, { stage, filesAtStart, waits, memory }: StageRecord): void {
  if (waits !== undefined) node.queued = waits ?? undefined;
  // another try is told the same
  else if (memory) node.memory = node.memory?.artifact === undefined ? memory : node.memory;
  else if (filesAtStart === undefined) node.stage = stage;
  // An attempt that is begun again has the same start.
  else node.filesAtStart ??= filesAtStart;
}

/** A result from the cache, and one of an agent that was not asked, changed nothing. */
function knownBefore(
  { filesBefore: earlier }: NodeState,
  { filesBefore, cached, asked }: Outcome,
): NodeState["filesBefore"] {
  if (cached === true || asked === false) return earlier;
  return earlier && filesBefore && { ...filesBefore, ...earlier };
}

function settle(state: RunState, node: NodeState, phase: "settling" | "asking"): void {
  if (node.phase === "running") state.active -= 1;
  setPhase(state, node, phase);
}

function retryScheduled(state: RunState, node: NodeState, event: Of<"retry.scheduled">): void {
  countRetry(state, node, event);
  node.agent = event.agent ?? node.agent;
  node.feedback = event.feedback;
  node.callDecided = event.decided;
  node.changedBefore = event.decided && node.outcome?.changedFiles;
  // what people were asked about a call is answered
  if (node.ask?.call !== undefined) node.ask = undefined;
  retryInTree(node, event);
  goesAnew(node);
  node.dueAt = event.dueAt;
  setPhase(state, node, "retrying");
  release(state, node);
  const failure = event.because === "transient" ? node.outcome?.failure : undefined;
  if (failure && classify(failure) === "coordination.contention") node.contended = true;
}

function countRetry(state: RunState, node: NodeState, { because, dueAt }: Of<"retry.scheduled">): void {
  switch (because) {
    case "gate":
      node.rounds += 1;
      return;
    case "quota":
      useUp(state, node, dueAt);
      return;
    case "breaker":
      state.parkedUntil = Math.max(state.parkedUntil, dueAt);
      return;
    case "failover":
      node.retries = 0;
      return;
    case "answer":
    case "decided":
      return;
    default:
      node.retries += 1;
  }
}

function resultReused(state: RunState, node: NodeState, at: number): void {
  const known = state.known.get(node.address);
  if (!known) return;
  node.request = known.request;
  node.basis = known.basis;
  node.outcome = known.outcome;
  node.attempt = known.attempt;
  node.gateResults = known.gateResults;
  node.startedAt = known.startedAt;
  node.downMs = known.downMs;
  node.costUsd = known.costUsd;
  node.costUnknown = known.costUnknown;
  if (!node.reused) state.ledger.reused += 1;
  if (known.end === undefined) return goesOnWithGates(state, node, { known, at });
  node.endedAt = known.endedAt;
  if (!node.reused) state.reused += 1;
  node.reused = true;
}

/** It is as it was when its work had ended: the gates after it are next. */
function goesOnWithGates(
  state: RunState,
  node: NodeState,
  { known, at }: { readonly known: KnownResult; readonly at: number },
): void {
  const { endedAt: settledAt = at } = known;
  node.attemptAt = known.attemptAt;
  node.filesBefore = known.filesBefore;
  resumeInTree(state, node, known);
  node.settledAt = settledAt;
  node.downMs += at - settledAt;
  state.known.delete(node.address);
  enter(state, node, at);
  setPhase(state, node, "settling");
}
