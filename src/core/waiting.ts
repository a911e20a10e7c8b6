import type { ChildLink } from "./child-record.ts";
import { nextTryOf, troubleOf } from "./next-try.ts";
import { isHolder, type NodeState } from "./node.ts";
import { type RunState } from "./state.ts";
import { shellWord } from "../expression/shell-word.ts";

/** True when nothing runs because of a short pause between attempts. */
export function isBetweenAttempts(state: RunState): boolean {
  if (state.retrying === 0 || state.parkedUntil > state.at) return false;
  return [...state.quotas.values()].every(({ until }) => until <= state.at);
}

/**
 * Why nothing runs, when that is not just a short pause between attempts. What a person has to do comes first, and a
 * short pause beside something longer last; of several such nodes the first as the workflow has them.
 */
export function waitingFor(state: RunState): string | undefined {
  if (isBetweenAttempts(state)) return undefined;
  const idle = [...state.byAddress.values()].filter((node) => state.live.has(node) && !isHolder(node));
  const asking = state.asking > 0 ? idle.filter(({ phase }) => phase === "asking") : idle.filter(isAsked);
  const [first = idle.find(isHeldUp) ?? idle[0]] = asking;
  if (!first) return undefined;
  return ofChild(first) ?? reasonOf(state, first) + besides(state, asking.length - 1);
}

function isAsked({ phase, ask }: NodeState): boolean {
  return phase === "waiting" && ask !== undefined;
}

/** Something outside keeps it from going on: more than a pause between two attempts. */
function isHeldUp(node: NodeState): boolean {
  return node.phase === "waiting" || (node.phase === "retrying" && refusalOf(node) !== undefined);
}

const ofBreaker = "the circuit breaker of";

/** What helps where this is waited for, when it is a circuit breaker. */
export function fixOfBreaker(waitsFor: string): string | undefined {
  return waitsFor.includes(`${ofBreaker} "`) ? "tutti doctor --reset-breakers" : undefined;
}

/** What its next attempt waits for, when that is more than a pause. */
function refusalOf(node: NodeState): string | undefined {
  const trouble = troubleOf(node);
  if (trouble?.breaker !== undefined) return `${ofBreaker} "${trouble.breaker}"`;
  return trouble?.class === "quota" ? "the provider's quota" : undefined;
}

function besides({ runId }: RunState, more: number): string {
  return more > 0 ? `, and ${more} more: tutti asks ${runId}` : "";
}

function ofChild(node: NodeState): string | undefined {
  const { phase, child } = node;
  return phase === "waiting" && child?.status ? childText(node, child) : undefined;
}

function reasonOf(state: RunState, node: NodeState): string {
  if (node.phase === "asking") {
    return `"${node.address}" was interrupted: tutti answer ${state.runId} ${shellWord(node.address)} rerun|fail`;
  }
  if (node.phase === "retrying") return refusalOf(node) ?? nextTryOf(node, state.at);
  if (node.ask) return `an answer to "${node.address}"`;
  return node.signal === undefined ? `"${node.address}"` : `signal "${node.signal}"`;
}

/** True for a step whose work is a stream of records. */
export function isPipeline({ plan }: Pick<NodeState, "plan">): boolean {
  return plan.step.action.kind === "pipeline";
}

/** Run 7f3.1, which waits for an answer to "ok". */
export function childText(node: NodeState, child: ChildLink): string {
  if (isPipeline(node)) return pipelineText(node, child);
  const { id, status, reason } = child;
  if (status === "completed" || status === "degraded")
    return `run ${id}, which is ${status}; it is taken up when this one goes on`;
  if (status === "failed") return `run ${id}, which goes on with this one: ${reason ?? "it reached a cap"}`;
  const why = status === "paused" ? "is paused" : `waits for ${reason ?? "something outside"}`;
  return `run ${id}, which ${why}`;
}

/** The pipeline "load", which waits for run 7f3.1.label-4, which waits for an answer to "ok". */
function pipelineText({ address }: NodeState, { status, reason }: Omit<ChildLink, "id">): string {
  const what = `the pipeline "${address}"`;
  if (status === "failed") return `${what}, which goes on with this run: ${reason ?? "it reached a cap"}`;
  return `${what}, which ${status === "paused" ? "is paused" : `waits for ${reason ?? "something outside"}`}`;
}
