import { type ChildEnd, type ChildStatus, spentOf, type StoppedBy } from "../core/child-record.ts";
import type { Request } from "../core/effects.ts";
import { isLeftOver } from "../core/child-caps.ts";
import type { Failure, LimitHit, Outcome } from "../core/outcome.ts";
import { roomFor, thenUpdate } from "../core/policies/limit-advice.ts";
import { type Forbidden, limitName, limitText } from "../core/policies/limits.ts";
import { passedIn } from "../core/passed.ts";
import { pending } from "../core/pending.ts";
import { runOutput } from "../core/scope.ts";
import { isFinal, type RunState } from "../core/state.ts";
import { boundsWork } from "../core/time-cap.ts";
import { listNotUndone } from "../core/undo.ts";
import { waitingFor } from "../core/waiting.ts";
import type { TuttiError } from "../errors.ts";
import type { WorkEffect } from "../ports/performer.ts";
import { shapeProblems } from "../shape/shape.ts";

/** What a run that does a step comes to, or that it waits. */
export function outcomeOfChild(state: RunState): Outcome {
  return { ...endOfWork(state), ...treePart(state) };
}

/** What it did lies in the tree of the step that it does. */
function treePart({ runId, status, trees }: RunState): Pick<Outcome, "checkpoint"> {
  const tip = trees?.tips.get("");
  if (!trees || !tip || !isFinal(status) || trees.origin.place.runId === runId) return {};
  return tip.commit === trees.origin.base ? {} : { checkpoint: tip };
}

function endOfWork(state: RunState): Outcome {
  const child = endOf(state);
  const details = { run: child.id, status: child.status };
  switch (child.status) {
    case "completed":
      return { ok: true, output: runOutput(state), child, details };
    case "degraded":
      return { ok: true, output: runOutput(state), reported: "partial", child, details };
    case "failed":
      return { ok: false, output: runOutput(state), failure: failureOf(state), child, details };
    case "cancelled":
      return { ok: false, failure: cancelledFailure(state), child, details };
    default:
      return { ok: false, child, details };
  }
}

function endOf(state: RunState): ChildEnd {
  const status = childStatus(state);
  const reason = (status === "waiting" ? waitingFor(state) : undefined) ?? state.reason;
  const dueAt = status === "waiting" ? nextTime(state) : undefined;
  return {
    id: state.runId,
    status,
    spent: spentOf(state.ledger),
    activeMs: state.ledger.activeMs,
    ...(reason === undefined ? {} : { reason }),
    ...stoppedPart(state),
    ...(dueAt === undefined ? {} : { dueAt }),
    ...passedPart(state),
    ...undoablePart(state),
    ...(status === "completed" && state.root.end === "verified" ? { verified: true } : {}),
  };
}

function passedPart(state: RunState): Pick<ChildEnd, "passed"> {
  const passed = isFinal(state.status) ? passedIn(state) : undefined;
  return passed === undefined ? {} : { passed };
}

/** What it undid, or tried to, when it failed or was cancelled is its own matter. */
function undoablePart({ status, undoable, compensation }: RunState): Pick<ChildEnd, "undoable"> {
  return isFinal(status) ? { undoable: compensation ? 0 : undoable.size } : {};
}

/** What comes of a run that is to take back what it did, or that it waits. */
export function outcomeOfRecall(state: RunState): Outcome {
  return { ...endOfRecall(state), ...treePart(state) };
}

function endOfRecall(state: RunState): Outcome {
  const { undoable: _, limit: __, ...child } = endOf(state);
  const details = { run: child.id, status: child.status };
  const left = listNotUndone(state);
  if (!isFinal(state.status)) return { ok: false, child, details };
  if (left.length === 0 && (state.compensation || state.undoable.size === 0))
    return { ok: true, child, details };
  const message = `Run ${child.id} did not take back all that it did: ${left.join(", ") || "it was not begun"}`;
  const fix = `see: tutti show ${child.id}`;
  return { ok: false, child, details, failure: { code: "CHILD_FAILED", message, fix, class: "permanent" } };
}

function stoppedPart(state: RunState): Pick<ChildEnd, "limit"> {
  const { status, limitHit, root } = state;
  const isStopped = status === "failed" || (status === "degraded" && !root.satisfied);
  return isStopped && limitHit ? { limit: stoppedBy(state, limitHit) } : {};
}

function stoppedBy(state: RunState, hit: LimitHit): StoppedBy {
  const { limit, predicted, used, cap } = hit;
  const own = isLeftOver(state, hit) ? {} : ({ own: true } as const);
  const day = limit === "dayUsd" ? { day: { used, cap } } : {};
  return { limit, ...(predicted === undefined ? {} : { predicted }), ...own, ...day };
}

function childStatus({ status }: RunState): ChildStatus {
  switch (status) {
    case "completed":
    case "degraded":
    case "failed":
    case "cancelled":
    case "paused":
      return status;
    default:
      return "waiting";
  }
}

/** When it has something to do by itself; nothing is worked on while it waits. */
function nextTime(state: RunState): number | undefined {
  const times = pending(state).flatMap((effect) =>
    effect.type === "timer" && !boundsWork(effect.id) ? [effect.dueAt] : [],
  );
  return times.length === 0 ? undefined : Math.min(...times);
}

function failureOf(state: RunState): Failure {
  const { runId, reason, limitHit, workflow } = state;
  const why = reason ?? "it did not say why";
  const message = `Run ${runId}, which does this step, failed: ${why}`;
  if (limitHit) {
    const whose = isLeftOver(state, limitHit) ? "around this step" : `of the workflow "${workflow.name}"`;
    const fix = `raise "${limitName(limitHit.limit)}" in the \`limits\` ${whose}${thenUpdate}`;
    return { code: "LIMIT_REACHED", message, fix, class: "permanent" };
  }
  return { code: "CHILD_FAILED", message, fix: `see: tutti show ${runId}`, class: "failure" };
}

/** A cap around it left it no room: whether it calls that degraded itself is a matter of its own caps. */
export function stoppedAround(outcome: Outcome, { id }: ChildEnd, hit: Forbidden): Outcome {
  const { reported: _, ...rest } = outcome;
  const message = `Run ${id}, which does this step, was stopped: ${limitText(hit)}`;
  const failure = { code: "LIMIT_REACHED", message, fix: roomFor(hit), class: "permanent" } as const;
  const capOf = hit.of === undefined ? {} : { capOf: hit.of };
  return { ...rest, ok: false, failure: { ...failure, ...capOf } };
}

function cancelledFailure({ runId, reason }: RunState): Failure {
  const why = reason === undefined ? "" : `: ${reason}`;
  return {
    code: "CANCELLED",
    message: `Run ${runId}, which does this step, was cancelled${why}`,
    class: "cancelled",
  };
}

/** It was not begun when it was not needed any more. */
export const cancelledBefore: Outcome = {
  ok: false,
  asked: false,
  failure: { code: "CANCELLED", message: "The step was cancelled", class: "cancelled" },
};

/** It has ended, and was not taken up for what the step asks now: it may have come to something else before. */
export function leftAsItWas(state: RunState): Outcome {
  const outcome = outcomeOfChild(state);
  return outcome.ok ? { ...cancelledBefore, child: endOf(state) } : outcome;
}

/** How soon to look again at a run that another process drives; that process tells when it is done, unless it is killed. */
const lookAgainMs = 2000;

/** Another process drives it: it is waited for. */
export function ofAnotherProcess(state: RunState | undefined, now: number): Outcome {
  if (!state) return cancelledBefore;
  const reason = "another process, which drives it";
  const child: ChildEnd = { ...endOf(state), status: "waiting", reason, dueAt: now + lookAgainMs };
  return { ok: false, child };
}

/** It could not be begun, or not be taken up. */
export function failedToRun(
  { child, workflow }: Extract<Request, { readonly kind: "workflow" }>,
  { code, message, fix }: TuttiError,
): Outcome {
  const why = `Cannot run "${workflow}" as run ${child}: ${message}`;
  return { ok: false, failure: { code, message: why, fix, class: "permanent" } };
}

/** The output as the step declares it; other outputs are checked by those who make them. */
export function shapedOutcome(outcome: Outcome, { policy, address }: WorkEffect): Outcome {
  if (!outcome.ok || policy.schema === undefined) return outcome;
  const problems = shapeProblems(policy.schema, outcome.output ?? null, {
    root: "output",
    what: "the schema of the output",
    fix: "correct `output:` of the step",
  });
  if (problems.length === 0) return { ...outcome, shaped: true };
  return {
    ...outcome,
    ok: false,
    shaped: false,
    failure: {
      code: "OUTPUT_SHAPE",
      message: `Cannot accept the output of "${address}": it does not have the declared shape:\n${problems.join("\n")}`,
      fix: "change what the workflow gives, or the step's `output:` schema",
      class: "failure",
    },
  };
}
