import { emit, type Draft } from "../draft.ts";
import type { Failure, Outcome } from "../outcome.ts";
import { handOver, isShutOut, mayFailOver, nextAgent } from "../policies/failover.ts";
import { retryAfter } from "../policies/retry.ts";
import { basisOf } from "../reads.ts";
import { renderWork } from "../request.ts";
import { isGivenUp, type NodeState } from "../node.ts";
import { asksAboutCall, goOnDecided } from "./calls.ts";
import { attachChild, cancelChild, childWaits } from "./child.ts";
import { endFailed, endWell, mayTryAgain, stepCancelled } from "./end.ts";
import { atDayLimit, overLimit, stopsAt, stopAt, tellPassedBy } from "./at-limit.ts";
import { endAsked, followLastGate, gateTimedOut, type Going, runGates } from "./gates.ts";
import { judgeInterrupted } from "./judging.ts";
import type { NodeKind } from "./node-kind.ts";
import { endRunGates } from "./run-gates.ts";
import { reuse } from "./reuse.ts";
import { tellGates, tellValidation } from "./stages.ts";
import { attempt, passesWhen } from "./when.ts";
import { shellWord } from "../../expression/shell-word.ts";

/** A node that does work: pre-gates, attempts with retries, gates with feedback rounds. */
export const step: NodeKind = {
  start(draft, node) {
    if (node.resumes) return goOnWith(draft, node, runGates(draft, node, node.resumes));
    if (node.attempt > 0 && !node.reused) return beginAttempt(draft, node);
    const begun = node.gateResults.length > 0 && !node.reused;
    if (!begun && !passesWhen(draft, node)) return;
    if (!begun && reuse(draft, node)) return goOnReused(draft, node);
    if (runGates(draft, node, "before") === "passed") beginAttempt(draft, node);
  },
  recover(draft, node) {
    if (isDoneByChild(node) && recoverChild(draft, node)) return;
    if (isGivenUp(node)) return endFailed(draft, node, stepCancelled);
    switch (node.phase) {
      case "running":
        return interrupt(draft, node);
      case "settling":
        return node.outcome
          ? follow(draft, node, node.outcome)
          : endFailed(draft, node, interrupted(draft.state.runId, node.address));
      case "before":
      case "gates":
        // A gate that ran is run again: it is a check, its place is in `pending`. A judge costs: it has to ask anew.
        if (node.gate) judgeInterrupted(draft, node);
        else goOnWith(draft, node, followLastGate(draft, node));
        return;
      case "waiting":
        return node.ask?.call === undefined ? goOnAfterPeople(draft, node) : goOnDecided(draft, node);
      default:
    }
  },
  cancel(draft, node) {
    if (childWaits(node)) return cancelChild(draft, node);
    if (node.phase === "running" || node.gate) return;
    endFailed(draft, node, stepCancelled);
  },
};

/** Of a result of an earlier life only gates may be left to do. */
function goOnReused(draft: Draft, node: NodeState): void {
  if (node.phase !== "ended") goOnWith(draft, node, runGates(draft, node, "after"));
}

function isDoneByChild({ plan }: NodeState): boolean {
  const { kind } = plan.step.action;
  return kind === "workflow" || kind === "pipeline";
}

/** Whatever became of the run that does the step, it is asked; false: that run has nothing to do with it now. */
function recoverChild(draft: Draft, node: NodeState): boolean {
  if (childWaits(node)) attachChild(draft, node);
  return node.phase === "running";
}

function interrupt(draft: Draft, node: NodeState): void {
  const { address, attempt } = node;
  const { onInterrupt } = node.plan.step;
  const hit = onInterrupt === "rerun" ? stopsAt(draft, node, { again: true }) : undefined;
  const then = hit ? "fail" : onInterrupt;
  emit(draft, { type: "attempt.interrupted", address, attempt, then });
  if (hit) {
    stopAt(draft, hit);
    return endFailed(draft, node, overLimit(node, hit));
  }
  if (then === "fail") endFailed(draft, node, interrupted(draft.state.runId, address));
}

/** The gates before the attempt, or those after it, have come so far. */
function goOnWith(draft: Draft, node: NodeState, going: Going): void {
  if (going !== "passed") return;
  if (node.phase === "before") beginAttempt(draft, node);
  else finish(draft, node);
}

/** Ends the gate that asks people when their answers decide it, and what follows from that. */
export function goOnAfterPeople(draft: Draft, node: NodeState): void {
  if (endAsked(draft, node) === "passed") finish(draft, node);
}

/** The same when nobody answered in time, and nothing was declared for that. */
export function goOnUnanswered(draft: Draft, node: NodeState): void {
  if (gateTimedOut(draft, node) === "passed") finish(draft, node);
}

function interrupted(runId: string, address: string): Failure {
  return {
    code: "INTERRUPTED",
    message: "Cannot go on with the step: it was interrupted, and its on_interrupt is not to run it again",
    fix: `look at what it did, then run it again with: tutti resume ${runId} --from ${shellWord(address)}`,
    class: "interrupted",
  };
}

/** Starts the next attempt, unless its request cannot be rendered or a cap forbids it. */
export function beginAttempt(draft: Draft, node: NodeState): void {
  const { kind } = node.plan.step.action;
  if (kind === "gates") return endRunGates(draft, node);
  // nothing is to be done for it before it could not land
  if (kind === "land" && node.feedback === undefined)
    return goOnWith(draft, node, runGates(draft, node, "after"));
  const rendered = attempt(() => renderWork(draft.state, node));
  if ("failure" in rendered) return endFailed(draft, node, rendered.failure);
  const hit = stopsAt(draft, node);
  if (hit) return hit.of === undefined ? stopAt(draft, hit) : endFailed(draft, node, overLimit(node, hit));
  const basis = basisOf(draft.state, node);
  emit(draft, {
    type: "attempt.started",
    address: node.address,
    attempt: node.attempt + 1,
    ...rendered.value,
    ...(basis === undefined ? {} : { basis }),
  });
}

/** An attempt came back. */
export function endAttempt(draft: Draft, node: NodeState, outcome: Outcome): void {
  emit(draft, { type: "attempt.ended", address: node.address, attempt: node.attempt, outcome });
  if (outcome.usage) tellPassedBy(draft, node);
  follow(draft, node, outcome);
}

/** What follows from an attempt's outcome. */
function follow(draft: Draft, node: NodeState, outcome: Outcome): void {
  if (outcome.limit && atDayLimit(draft, outcome.limit, outcome)) {
    return endFailed(draft, node, outcome.failure ?? unexplained());
  }
  if (asksAboutCall(draft, node, outcome)) return;
  tellValidation(draft, node, outcome);
  if (!outcome.ok) return afterFailure(draft, node, outcome.failure ?? unexplained());
  if (runGates(draft, node, "after") === "passed") finish(draft, node);
}

function unexplained(): Failure {
  return { code: "INTERNAL", message: "The step failed and did not say why", class: "failure" };
}

function afterFailure(draft: Draft, node: NodeState, failure: Failure): void {
  const { state, at } = draft;
  const retry = retryAfter({
    failure,
    policy: node.plan.step.retry,
    retries: node.retries,
    attempt: node.attempt,
    at,
    seed: `${state.seed}:${node.address}`,
  });
  if (!mayTryAgain(state, node)) return endFailed(draft, node, failure);
  const backup = !retry || isShutOut(failure) ? backupFor(draft, node, failure) : undefined;
  if (backup) return emit(draft, backup);
  if (!retry) return endFailed(draft, node, failure);
  const feedback = feedbackAfter(node, failure);
  emit(draft, {
    type: "retry.scheduled",
    address: node.address,
    attempt: node.attempt,
    ...retry,
    ...(feedback === undefined ? {} : { feedback }),
  });
}

/** An agent that answered in a wrong shape is told what was wrong with it, as after a gate. */
function feedbackAfter({ plan, feedback }: NodeState, { code, message }: Failure): string | undefined {
  const { kind } = plan.step.action;
  return code === "OUTPUT_SHAPE" && (kind === "agent" || kind === "command") ? message : feedback;
}

/** The next agent takes over at once, with the same request and word of what happened; undefined: there is none. */
function backupFor({ state, at }: Draft, node: NodeState, failure: Failure) {
  const { request, address, attempt } = node;
  const agent = mayFailOver(failure) ? nextAgent(state, node) : undefined;
  if (agent === undefined || !request || !("agent" in request)) return undefined;
  const feedback = handOver(node, { from: request.agent, failure });
  return {
    type: "retry.scheduled",
    address,
    attempt,
    dueAt: at,
    because: "failover",
    agent,
    feedback,
  } as const;
}

/** All gates held: `verified` when anything checked the result, else only `claimed`. */
export function finish(draft: Draft, node: NodeState): void {
  tellGates(draft, node, true);
  if (node.outcome?.reported === "partial") return endInPart(draft, node);
  const { child } = node.outcome ?? {};
  const reason =
    child?.passed === undefined ? {} : { reason: `run ${child.id}, which does it: ${child.passed}` };
  endWell(draft, node, { end: isChecked(node) ? "verified" : "claimed", ...reason });
}

function isChecked({ plan, gateResults, outcome }: NodeState): boolean {
  const { action, gates } = plan.step;
  const gated = gateResults.some(
    ({ ref, passed, evidence }) =>
      ref.when === "after" &&
      passed &&
      evidence["self_reported"] !== true &&
      // that it fits with what others did says nothing of what it is
      gates[ref.index]?.kind !== "landing",
  );
  // The exit status and the HTTP status are checks by themselves, and to have landed is all there is to a landing.
  const checksItself = action.kind === "run" || action.kind === "http" || action.kind === "land";
  return gated || checksItself || outcome?.child?.verified === true || outcome?.shaped === true;
}

/** The agent says itself that only a part is done: what there is may be used, but the run is degraded. */
function endInPart(draft: Draft, node: NodeState): void {
  const { child } = node.outcome ?? {};
  const reason = child
    ? `run ${child.id}, which does it, is degraded: ${child.reason ?? "it does not say why"}`
    : "the agent reports that it is done only in part";
  emit(draft, { type: "node.ended", address: node.address, end: "claimed", reason, tolerated: "continue" });
}
