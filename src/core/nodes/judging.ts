import type { RetryPolicy } from "../../language/workflow.ts";
import { gateAt } from "../asked.ts";
import { emit, type Draft } from "../draft.ts";
import type { GateRef } from "../effects.ts";
import type { Event } from "../events.ts";
import type { NodeState } from "../node.ts";
import type { Failure, Outcome } from "../outcome.ts";
import { isShutOut, nextJudge } from "../policies/failover.ts";
import type { Forbidden } from "../policies/limits.ts";
import { retryAfter } from "../policies/retry.ts";
import { atDayLimit, stopAt } from "./at-limit.ts";
import { mayTryAgain } from "./end.ts";

/** How often a judge is asked again that could not be asked; the step's own policy is about its work. */
const judgeRetry: RetryPolicy = {
  max: 3,
  on: ["transient", "quota", "timeout"],
  backoff: "exponential",
  baseMs: 1000,
};

/**
 * An agent that was to judge could not, for a reason that passes or that another need not have: it, or the next one, is
 * asked again, and the step that it judges keeps what it has. False: what came is the gate's verdict.
 */
export function askedInVain(
  draft: Draft,
  node: NodeState,
  { ref, outcome }: { readonly ref: GateRef; readonly outcome: Outcome },
): boolean {
  const { failure, usage, asked } = outcome;
  const check = node.gate?.check;
  if (check?.kind !== "judge" || !failure || !mayTryAgain(draft.state, node)) return false;
  const next = nextAsk(draft, node, { ref, failure, asked: check.agent });
  if (!next) return false;
  const { dueAt, ...how } = next;
  const used = { ...(usage ? { usage } : {}), ...(asked === undefined ? {} : { asked }) };
  const { address, attempt } = node;
  const due = dueAt === undefined ? {} : { dueAt };
  const again = { ...how, failure, ...used };
  emit(draft, { type: "gate.queued", address, attempt, gate: ref, ...due, again });
  return true;
}

/**
 * A cap of the run leaves no room for a judge: the run stops, and the step keeps what it has and waits for its judge. An
 * advisory gate is not waited for.
 */
export function stopsRunAt(draft: Draft, hit: Forbidden, { level }: GateRef): boolean {
  if (hit.of !== undefined || level === "advisory") return false;
  stopAt(draft, hit);
  return true;
}

/** The same of the cap of the day, or one of a run around this one: they are known outside. */
export function stopsRun(
  draft: Draft,
  node: NodeState,
  { ref, outcome }: { readonly ref: GateRef; readonly outcome: Outcome },
): boolean {
  const { limit, failure, asked } = outcome;
  if (node.gate?.check.kind !== "judge" || !limit) return false;
  const waits = ref.level !== "advisory" && mayTryAgain(draft.state, node);
  if (asked === false && !waits) return false;
  if (!atDayLimit(draft, limit, outcome)) return false;
  const { address, attempt } = node;
  const again = { because: "failure", asked: false, ...(failure ? { failure } : {}) } as const;
  emit(draft, { type: "gate.queued", address, attempt, gate: ref, again });
  return true;
}

interface Refused {
  readonly ref: GateRef;
  readonly failure: Failure;
  /** The agent that could not judge. */
  readonly asked: string;
}

type Again = NonNullable<Extract<Event, { type: "gate.queued" }>["again"]>;
type NextAsk = Pick<Again, "because" | "agent" | "until"> & { readonly dueAt?: number };

/** Who is asked next, and when; undefined: nobody. */
function nextAsk(draft: Draft, node: NodeState, refused: Refused): NextAsk | undefined {
  const { failure, ref } = refused;
  const { retries, refusals } = node.vain ?? { retries: 0, refusals: 0 };
  const retry = retryAfter({
    failure,
    policy: judgeRetry,
    retries,
    attempt: retries + refusals + 1,
    at: draft.at,
    seed: `${draft.state.seed}:${node.address}!${ref.when}${ref.index}`,
  });
  const mayWait = retry && failure.class !== "quota" && !isShutOut(failure);
  const agent = mayWait ? undefined : backupFor(draft, node, refused);
  if (agent === undefined) return retry;
  return retry ? { because: retry.because, agent, until: retry.dueAt } : { because: "failure", agent };
}

function backupFor({ state }: Draft, node: NodeState, { ref, ...refused }: Refused): string | undefined {
  const gate = gateAt(node, ref)?.gate;
  return gate?.kind === "judge" ? nextJudge(state, gate, refused) : undefined;
}

/** The process ended while an agent judged: it is asked again, in its turn, and what it has used is not known. */
export function judgeInterrupted(draft: Draft, node: NodeState): void {
  if (node.gate?.check.kind !== "judge") return;
  const { address, attempt, gate } = node;
  emit(draft, { type: "gate.queued", address, attempt, gate: gate.ref, again: { because: "interrupted" } });
}
