import { askOfCalls } from "../call-asks.ts";
import { effectId, emit, type Draft } from "../draft.ts";
import type { DeferredCall, Failure, Outcome } from "../outcome.ts";
import type { NodeState } from "../node.ts";
import type { DecidedCall } from "../../ports/agent.ts";
import type { RunState } from "../state.ts";
import { type Decision, decisionOf, noText, voices } from "./asking.ts";
import { endFailed, mayTryAgain } from "./end.ts";

/** Most of a call's input that people are shown. */
const inputCharacters = 2000;

/** The agent stopped before a call that nothing allows, and people are asked about it; false: nobody is to be. */
export function asksAboutCall(draft: Draft, node: NodeState, { ok, deferred }: Outcome): boolean {
  const asking = askOfCalls(node.plan.step);
  if (ok || !deferred || !asking || !mayTryAgain(draft.state, node)) return false;
  const { address, attempt } = node;
  const dueAt = asking.deadlineMs === undefined ? {} : { dueAt: draft.at + asking.deadlineMs };
  const text = textOf(node, deferred);
  emit(draft, { type: "ask.started", address, text, ...dueAt, attempt, call: deferred.id });
  return true;
}

function textOf({ request }: NodeState, { tool, input }: DeferredCall): string {
  const who = request && "agent" in request ? `the agent "${request.agent}"` : "the agent";
  const given = JSON.stringify(input);
  const shown = given.length > inputCharacters ? `${given.slice(0, inputCharacters)} …` : given;
  return `May ${who} use ${tool} with ${shown}?`;
}

/** People may have decided about the call: then the agent goes on, with it or without it. */
export function goOnDecided(draft: Draft, node: NodeState): void {
  const decision = decisionOf(node);
  const call = node.outcome?.deferred;
  if (!decision || !call) return;
  const { address, attempt, feedback } = node;
  emit(draft, {
    type: "retry.scheduled",
    address,
    attempt,
    dueAt: draft.at,
    because: "decided",
    ...(feedback === undefined ? {} : { feedback }),
    decided: { ...decided(call, decision), effect: sessionOf(draft.state, node) },
  });
}

function decided({ id, kept }: DeferredCall, decision: Decision): DecidedCall {
  const note = decision.yes ? voices(decision.answers).reason : noText(decision.no);
  return {
    id,
    allow: decision.yes,
    ...(note === undefined ? {} : { note }),
    ...(kept === undefined ? {} : { kept }),
  };
}

/** The attempt that began the session: others may have gone on with it since. */
function sessionOf(state: RunState, node: NodeState): string {
  const { request } = node;
  const before = request && "decided" in request ? request.decided : undefined;
  return before?.effect ?? effectId(state, node);
}

/** The deadline has come, and nothing was declared for it. */
export function callTimedOut(draft: Draft, node: NodeState): void {
  const failure: Failure = {
    code: "TIMEOUT",
    message: "Cannot go on: nobody said before the deadline whether the agent may make the call",
    fix: `to run the step again: tutti resume ${draft.state.runId}`,
    class: "permanent",
  };
  endFailed(draft, node, failure);
}
