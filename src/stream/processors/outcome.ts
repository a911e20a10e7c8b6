import type { ChildEnd } from "../../core/child-record.ts";
import type { Failure, Outcome } from "../../core/outcome.ts";
import type { Stage } from "../../language/pipeline.ts";
import type { HostWork } from "../host.ts";
import type { Batch, Processed } from "../processor.ts";
import { givenOf, recordsGiven } from "./given.ts";

/** What the work on a batch may print or give: as much is in memory at once. */
export const mostOutputBytes = 64 * 1024 * 1024;

/** The work on a batch, for who does it. */
export function hostWork(
  { name, timeoutMs }: Pick<Stage, "name" | "timeoutMs">,
  { batch: { id, attempt }, signal }: { readonly batch: Batch; readonly signal: AbortSignal },
): HostWork {
  const time = timeoutMs === undefined ? {} : { timeoutMs };
  return { id, stage: name, attempt, ...time, outputBytes: mostOutputBytes, signal };
}

/** What came of a batch: its output is what the stage gives. */
export function processedOf(
  outcome: Outcome,
  { batch, into }: { readonly batch: Batch; readonly into?: string | undefined },
): Processed {
  if (!outcome.ok) return failedBy(outcome);
  if (outcome.artifacts?.["output"] !== undefined) return { ok: false, failure: tooLarge };
  return recordsGiven(batch.records, { given: givenOf(outcome.output), into });
}

export function failedBy(outcome: Outcome): Processed {
  const { failure, child } = outcome;
  const retryAt = failure?.resetAt ?? (isWaiting(child) ? child.dueAt : undefined);
  return {
    ok: false,
    failure: failure ?? withoutReason(child),
    ...(retryAt === undefined ? {} : { retryAt }),
    ...heldBy(outcome),
  };
}

/** A cap, or somebody who has to answer, holds the pipeline: the batch goes on when that is over. */
function heldBy(outcome: Outcome): { readonly held?: Pick<Outcome, "limit" | "child"> } {
  const { limit, child } = outcome;
  if (!isWaiting(child) && !isCapped(outcome)) return {};
  return { held: { ...(limit && { limit }), ...(child && { child }) } };
}

/** It met a cap of what is around it; one of a step inside it is its own matter. */
function isCapped({ limit, child, failure }: Outcome): boolean {
  return limit !== undefined || child?.limit !== undefined || failure?.capOf !== undefined;
}

function isWaiting(child: Outcome["child"]): child is ChildEnd {
  return child?.status === "waiting" || child?.status === "paused";
}

function withoutReason(child: Outcome["child"]): Failure {
  if (!child) return { code: "INTERNAL", message: "The work failed and did not say why", class: "failure" };
  const { id, status, reason = "something outside" } = child;
  const message = isWaiting(child)
    ? `Run ${id}, which does this batch, waits for ${reason}`
    : `Run ${id}, which does this batch, ended as ${status}`;
  return { code: "CHILD_FAILED", message, fix: `see: tutti why ${id}`, class: "interrupted" };
}

// what is left of it is a text that was cut in the middle
const tooLarge: Failure = {
  code: "OUTPUT_TOO_LARGE",
  message: `Cannot take what was given for the batch: it is larger than ${mostOutputBytes} bytes`,
  fix: "take a smaller `batch_size`, or give back less",
  class: "failure",
};
