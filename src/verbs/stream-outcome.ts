import { type ChildEnd, type ChildStatus, nothingSpent, type Spent } from "../core/child-record.ts";
import type { Outcome } from "../core/outcome.ts";
import type { TuttiError } from "../errors.ts";
import type { StreamEnd } from "../stream/host.ts";
import type { BatchSpending } from "./batch-spending.ts";
import { cancelledBefore } from "./child-outcome.ts";
import type { StreamJob } from "./parts.ts";

interface Ended {
  readonly job: StreamJob;
  readonly spent: Spent;
  readonly spending: BatchSpending;
  /** How many letters that were to go back it has taken up. */
  readonly replayed: number;
}

/** What a stream came to, or that it waits. */
export function outcomeOfEnd(end: StreamEnd, { job, spent, spending, replayed }: Ended): Outcome {
  const child = endOf(job, spent);
  switch (end.status) {
    case "completed": {
      const isChecked =
        !spending.isUnchecked && job.action.stages.every(({ work }) => work?.kind !== "function");
      const verified = isChecked ? ({ verified: true } as const) : {};
      return { ok: true, output: end.output, child: { ...child("completed"), replayed, ...verified } };
    }
    case "paused":
      return { ok: false, child: child("paused") };
    case "held":
      return heldOutcome(end.outcome, child);
    case "failed": {
      const { child: _, ...outcome } = end.outcome;
      return { ...outcome, ok: false, child: child("failed") };
    }
  }
}

type MakeEnd = (status: ChildStatus) => ChildEnd;

/** Nothing that it did is taken back by asking it. */
function endOf({ request }: StreamJob, spent: Spent): MakeEnd {
  return (status) => ({ id: request.child, status, spent, undoable: 0 });
}

/** A cap stopped a batch, that of the run or of a step around, or the run that does it waits. */
function heldOutcome(outcome: Outcome, child: MakeEnd): Outcome {
  const { failure, limit } = outcome;
  if (!limit && failure?.code === "LIMIT_REACHED") return { ok: false, failure, child: child("failed") };
  return limit ? stoppedOutcome(outcome, child) : waitingOutcome(outcome.child, child("waiting"));
}

function stoppedOutcome({ limit, failure, child: batch }: Outcome, child: MakeEnd): Outcome {
  const reason = batch?.reason ?? failure?.message;
  const end = { ...child("failed"), ...(reason === undefined ? {} : { reason }) };
  return {
    ok: false,
    asked: false,
    ...(limit ? { limit } : {}),
    ...(failure ? { failure } : {}),
    child: end,
  };
}

function waitingOutcome(batch: ChildEnd | undefined, child: ChildEnd): Outcome {
  if (!batch) return { ok: false, child };
  const dueAt = batch.dueAt === undefined ? {} : { dueAt: batch.dueAt };
  return { ok: false, child: { ...child, reason: batchText(batch), ...dueAt } };
}

/** Run 7f3.1.label-0_17, which waits for an answer to "ok". */
function batchText({ id, status, reason }: ChildEnd): string {
  return `run ${id}, which ${status === "paused" ? "is paused" : `waits for ${reason ?? "something outside"}`}`;
}

/** Nobody needs it any more. */
export function cancelledStream(job: StreamJob, spent: Spent): Outcome {
  return { ...cancelledBefore, child: endOf(job, spent)("cancelled") };
}

/** It could not be taken up. */
export function unopenedStream(job: StreamJob, { code, message, fix }: TuttiError): Outcome {
  const spent = job.parent.children.get(job.effect.address)?.counted ?? nothingSpent;
  const failure = { code, message, fix, class: "permanent" } as const;
  return { ok: false, failure, child: endOf(job, spent)("failed") };
}
