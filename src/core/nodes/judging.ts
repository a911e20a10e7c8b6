import type { RetryPolicy } from "../../language/workflow.ts";
import { emit, type Draft } from "../draft.ts";
import type { GateRef } from "../effects.ts";
import type { NodeState } from "../node.ts";
import type { Outcome } from "../outcome.ts";
import { retryAfter } from "../policies/retry.ts";
import { mayTryAgain } from "./end.ts";

/** How often a judge is asked again that could not be asked; the step's own policy is about its work. */
const judgeRetry: RetryPolicy = {
  max: 3,
  on: ["transient", "quota", "timeout"],
  backoff: "exponential",
  baseMs: 1000,
};

/**
 * An agent that was to judge could not, for a reason that passes: it is asked again, and the step that it judges keeps what
 * it has. False: what came is the gate's verdict.
 */
export function askedInVain(
  draft: Draft,
  node: NodeState,
  { ref, outcome }: { readonly ref: GateRef; readonly outcome: Outcome },
): boolean {
  const { failure, usage, asked } = outcome;
  if (node.gate?.check.kind !== "judge" || !failure || !mayTryAgain(draft.state, node)) return false;
  const { retries, refusals } = node.vain ?? { retries: 0, refusals: 0 };
  const retry = retryAfter({
    failure,
    policy: judgeRetry,
    retries,
    attempt: retries + refusals + 1,
    at: draft.at,
    seed: `${draft.state.seed}:${node.address}!${ref.when}${ref.index}`,
  });
  if (!retry) return false;
  const used = { ...(usage ? { usage } : {}), ...(asked === undefined ? {} : { asked }) };
  const { dueAt, because } = retry;
  const again = { because, failure, ...used };
  emit(draft, { type: "gate.queued", address: node.address, attempt: node.attempt, gate: ref, dueAt, again });
  return true;
}

/** The process ended while an agent judged: it is asked again, in its turn, and what it has used is not known. */
export function judgeInterrupted(draft: Draft, node: NodeState): void {
  if (node.gate?.check.kind !== "judge") return;
  const { address, attempt, gate } = node;
  emit(draft, { type: "gate.queued", address, attempt, gate: gate.ref, again: { because: "interrupted" } });
}
