import { acquire, budgetShelf, enqueue, enter, isAgent, offer, release, setPhase } from "./bookkeeping.ts";
import { charge, hold, presume } from "./budget.ts";
import type { GateCheck } from "./gate-check.ts";
import type { GateRef } from "./effects.ts";
import type { Event } from "./events.ts";
import type { Outcome } from "./outcome.ts";
import { useUp } from "./policies/quota.ts";
import { classify } from "./policies/taxonomy.ts";
import type { NodeState } from "./node.ts";
import type { RunState } from "./state.ts";

export type AttemptEvent = Extract<
  Event,
  {
    type:
      | "attempt.started"
      | "attempt.ended"
      | "attempt.interrupted"
      | "stage.ended"
      | "retry.scheduled"
      | "gate.started"
      | "gate.ended"
      | "result.reused";
  }
>;
type Of<T extends AttemptEvent["type"]> = Extract<AttemptEvent, { type: T }>;

/** What the events of a step's work do to its node. */
export function applyAttempt(state: RunState, node: NodeState, event: AttemptEvent): void {
  switch (event.type) {
    case "attempt.started":
      return attemptStarted(state, node, event);
    case "attempt.ended":
      node.settledAt = event.at;
      return attemptEnded(state, node, event.outcome);
    case "attempt.interrupted":
      return attemptInterrupted(state, node, event);
    case "stage.ended":
      node.stage = event.record.stage;
      return;
    case "retry.scheduled":
      return retryScheduled(state, node, event);
    case "gate.started":
      enter(state, node, event.at);
      acquire(state, node);
      node.gate = { ref: event.gate, check: checkOf(event) };
      setPhase(state, node, event.gate.when === "before" ? "before" : "gates");
      state.active += 1;
      return;
    case "gate.ended":
      return gateEnded(state, node, event);
    case "result.reused":
      return resultReused(state, node);
  }
}

function attemptStarted(state: RunState, node: NodeState, event: Of<"attempt.started">): void {
  enter(state, node, event.at);
  acquire(state, node);
  node.attempt = event.attempt;
  node.attemptAt = event.at;
  node.request = event.request;
  node.resumes = undefined;
  node.outcome = undefined;
  node.stage = undefined;
  setPhase(state, node, "running");
  state.active += 1;
  state.ledger.attempts += 1;
  if (isAgent(node)) hold(state, node);
}

/** Starting an agent again is one more start. */
function attemptInterrupted(state: RunState, node: NodeState, event: Of<"attempt.interrupted">): void {
  node.attemptAt = event.at;
  if (isAgent(node)) presume(state, node, event.then === "rerun");
  if (event.then === "rerun") return;
  settle(state, node, event.then === "ask" ? "asking" : "settling");
  offer(state, [budgetShelf]);
}

function attemptEnded(state: RunState, node: NodeState, outcome: Outcome): void {
  node.outcome = outcome;
  settle(state, node, "settling");
  if (outcome.cached) state.ledger.cached += 1;
  charge(state, node, outcome);
  offer(state, [budgetShelf]);
}

  // What it changed until then is told by nobody.
  node.filesBefore = undefined;
function settle(state: RunState, node: NodeState, phase: "settling" | "asking"): void {
  if (node.phase === "running") state.active -= 1;
  setPhase(state, node, phase);
}

function retryScheduled(state: RunState, node: NodeState, event: Of<"retry.scheduled">): void {
  countRetry(state, node, event);
  node.agent = event.agent ?? node.agent;
  node.filesBefore = knownBefore(node, outcome);
  node.feedback = event.feedback;
  node.resumes = undefined;
  node.dueAt = event.dueAt;
  setPhase(state, node, "retrying");
  release(state, node);
  const failure = event.because === "transient" ? node.outcome?.failure : undefined;
/** A result from the cache, and one of an agent that was not asked, changed nothing. */
function knownBefore(
  { filesBefore: earlier }: NodeState,
  { filesBefore, cached, asked }: Outcome,
): NodeState["filesBefore"] {
  if (cached === true || asked === false) return earlier;
  return earlier && filesBefore && { ...filesBefore, ...earlier };
}

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
      return;
    default:
      node.retries += 1;
  }
}

function checkOf({ check, shell }: Of<"gate.started">): GateCheck {
  return check ?? { kind: "shell", shell: shell ?? { line: "false", values: {} } };
}

function gateEnded(state: RunState, node: NodeState, event: Of<"gate.ended">): void {
  const { gate: ref, attempt, passed, evidence } = event;
  const ran = node.gate !== undefined;
  const asked = node.ask?.gate !== undefined;
  enter(state, node, event.at);
  if (ran) state.active -= 1;
  node.gate = undefined;
  if (asked) {
    node.ask = undefined;
    node.dueAt = undefined;
  }
  node.gateResults.push({ ref, attempt, passed, evidence });
  const goesOn = passed || ref.level === "advisory";
  // It queues for what comes next: the run may have been paused meanwhile, or there is no place.
  if (goesOn && (ref.when === "before" ? ran || asked : asked && hasMore(node, ref))) enqueue(state, node);
  else setPhase(state, node, ref.when === "before" ? "before" : "gates");
}

function hasMore({ plan }: NodeState, ref: GateRef): boolean {
  return ref.index + 1 < plan.step.gates.length;
}

function resultReused(state: RunState, node: NodeState): void {
  const known = state.known.get(node.address);
  if (!known) return;
  node.request = known.request;
  node.outcome = known.outcome;
  node.attempt = known.attempt;
  node.gateResults = [...known.gateResults];
  node.startedAt = known.startedAt;
  node.endedAt = known.endedAt;
  node.downMs = known.downMs;
  node.costUsd = known.costUsd;
  node.costUnknown = known.costUnknown;
  if (!node.reused) state.ledger.reused += 1;
  node.reused = true;
}
