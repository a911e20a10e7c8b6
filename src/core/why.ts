import { isLeftOver } from "./child-caps.ts";
import { isTaken, usesOf } from "./bookkeeping.ts";
import { isRaisedInFile, raisedLimit } from "./policies/limit-advice.ts";
import { limitText, mustWait } from "./policies/limits.ts";
import type { Failure } from "./outcome.ts";
import { quotaOf, usedUpFor } from "./policies/quota.ts";
import { nextTry } from "./next-try.ts";
import { failedItself, sibling, type NodeState } from "./node.ts";
import { wantedOf } from "./nodes/group.ts";
import { isFinal, type RunState } from "./state.ts";
import { takersOf } from "./strategy.ts";
import { triesNext } from "./tried.ts";
import { waitsToLand } from "./trees.ts";
import { waitingOutside } from "./why-outside.ts";
import { crowdText, progressText, waitingInside } from "./why-parts.ts";
import { type Reason, timeOf, type Why } from "./why-text.ts";
import { gateWork, workOf } from "./why-work.ts";
import { shellWord } from "../expression/shell-word.ts";

/**
 * Explains every node that has not ended, and the run itself (address ""). Nothing for a completed run. `now`: what was
 * due by then waits for a process only.
 */
export function explain(state: RunState, now = state.at): readonly Reason[] {
  const reasons: Reason[] = [];
  const ofRun = reasonOfRun(state);
  if (ofRun) reasons.push(ofRun);
  for (const node of state.byAddress.values()) {
    const reason = isSettledAround(node) ? undefined : reasonOf(state, node, now);
    if (reason) reasons.push({ address: node.address, ...reason });
  }
  return reasons;
}

function reasonOfRun(state: RunState): Reason | undefined {
  const resume = `tutti resume ${state.runId}`;
  if (state.limitHit && state.parent && isLeftOver(state, state.limitHit)) {
    const waitsFor = `room under the caps around it: ${limitText(state.limitHit)}`;
    return { address: "", waitsFor, fix: `tutti why ${state.parent.runId}` };
  }
  if (state.limitHit) {
    const fix = `${resume} ${raisedLimit(state.limitHit, state)}`;
    return { address: "", waitsFor: `a higher cap: ${limitText(state.limitHit)}`, fix };
  }

  switch (state.status) {
    case "paused":
      return {
        address: "",
        waitsFor: `somebody to resume it${state.reason ? ` (paused: ${state.reason})` : ""}`,
        fix: resume,
      };
    case "compensating":
      return { address: "", waitsFor: undoingText(state) };
    case "failed":
    case "cancelled":
    case "degraded":
      return {
        address: "",
        waitsFor: `nothing: it is ${state.status}${becauseText(state)}`,
        fix: fixOfEnd(state, resume),
      };
    default:
      return undefined;
  }
}

/** What a step that failed said is told with that step. */
function becauseText(state: RunState): string {
  const { reason = "" } = state;
  const told = failedFor(state);
  if (told) return ` ("${told.address}" failed)`;
  return reason === "" ? "" : ` (${reason})`;
}

/** The failure of the node for which the run failed, where it is one. */
export function failureInside(state: RunState): Failure | undefined {
  return failedFor(state)?.failure;
}

function failedFor({ reason, byAddress }: RunState): NodeState | undefined {
  return [...byAddress.values()].find(
    (node) => failedItself(node) && reason === `"${node.address}" failed: ${node.failure?.message}`,
  );
}

function fixOfEnd(state: RunState, resume: string): string {
  if (isInVain(state)) return `tutti show ${state.runId}`;
  const failed = [...state.byAddress.values()].filter(failedItself);
  const inFile = failed.length > 0 && failed.every(({ failure }) => failure && isRaisedInFile(failure));
  return inFile ? `${resume} --update` : resume;
}

/** Rounds of a loop that did not come to its end are taken as they are when the run is resumed. */
function isInVain({ root, byAddress, compensation }: RunState): boolean {
  if (root.failure?.code !== "LOOP_NOT_DONE" || compensation) return false;
  const failed = [...byAddress.values()].filter(({ end, stopping }) => end === "failed" && !stopping);
  return failed.every(({ failure }) => failure?.code === "LOOP_NOT_DONE");
}

function undoingText({ undoable, compensation }: RunState): string {
  const left = (compensation?.queue.length ?? 0) + (compensation?.current?.phase === "ended" ? 0 : 1);
  const reason = compensation?.reason === undefined ? "" : ` (${compensation.reason})`;
  return `${left} of ${undoable.size} steps to be undone, the last that ended first${reason}`;
}

/** A block around it has ended with what it needs, whatever became of this node. */
function isSettledAround(node: NodeState): boolean {
  for (let at = node.parent; at; at = at.parent) {
    if (at.satisfied && (triesNext(at) || at.joined || wantedOf(at) !== undefined)) return true;
  }
  return false;
}

function reasonOf(state: RunState, node: NodeState, now: number): Why | undefined {
  switch (node.phase) {
    case "ended":
      return reasonOfEnd(node);
    case "pending":
      return node.plan.dormant ? undefined : waitingForSteps(state, node);
    case "ready":
      return waitingToStart(state, node);
    case "running":
    case "settling":
      return workOf(node);
    case "open":
      return waitingInOpen(state, node);
    case "before":
    case "gates":
      return node.gate ? gateWork(node, node.gate.ref.name) : waitingToStart(state, node);
    case "retrying":
      return { waitsFor: nextTry(node, now) };
    case "waiting":
      return waitingOutside(state, node, now);
    case "asking":
      return {
        waitsFor: "an answer: it was interrupted",
        fix: `tutti answer ${state.runId} ${shellWord(node.address)} rerun|fail`,
      };
  }
}

function waitingInOpen(state: RunState, node: NodeState): Why | undefined {
  const { kind } = node.plan;
  const between = (kind === "loop" || kind === "each") && node.inFlight === 0;
  if (between && state.paused) return waitingToStart(state, node);
  const waitsFor = waitingInside(state, node);
  return waitsFor === undefined ? undefined : { waitsFor };
}

function reasonOfEnd(node: NodeState): Why | undefined {
  if (node.end !== "failed" && node.end !== "blocked") return undefined;
  // What failed in it says more.
  if (node.end === "failed" && !failedItself(node)) return undefined;
  const { message = node.reason ?? node.end, fix } = node.failure ?? {};
  return { waitsFor: `nothing: ${message}`, ...(fix === undefined ? {} : { fix }) };
}

function waitingForSteps(state: RunState, node: NodeState): Why {
  if (node.parent?.stopping || isFinal(state.status)) return { waitsFor: "nothing: its block has stopped" };
  const needs = node.plan.needs.flatMap((index) => sibling(node, index) ?? []);
  const open = needs
    .filter((need) => need.phase !== "ended")
    .map((need) => need.address + progressText(state, need));
  const standIns = needs
    .flatMap((need) => takersOf(need))
    .filter(({ phase }) => phase !== "ended")
    .map(({ address }) => address);
  const names = [...new Set([...open, ...standIns])];
  return { waitsFor: `${names.length === 1 ? "step" : "steps"} ${names.join(", ")}` };
}

function waitingToStart(state: RunState, node: NodeState): Why {
  const first = isFinal(state.status) ? undefined : waitsToLand(node);
  if (first) return { waitsFor: `"${first.address}" to land before it` };
  if (node.parent?.stopping || isFinal(state.status)) return { waitsFor: "nothing: its block has stopped" };
  if (state.paused) return { waitsFor: "the run, which is paused", fix: `tutti resume ${state.runId}` };
  const taken = node.holding ? [] : usesOf(node).filter((name) => isTaken(state, name));
  if (taken.length > 0) return { waitsFor: `resource ${taken.join(", ")}, held by ${holders(state, taken)}` };
  const usedUp = usedUpFor(state, node, state.at);
  if (usedUp) return { waitsFor: `the quota of ${quotaOf(state, node)}, until ${timeOf(usedUp.until)}` };
  return waitingForRoom(state, node);
}

/** All that it needs is there, and the run has no room for it now. */
function waitingForRoom(state: RunState, node: NodeState): Why {
  if (state.limitHit) return { waitsFor: "a higher cap of the run" };
  const crowded = crowdText(state, node);
  if (crowded !== undefined) return { waitsFor: crowded };
  if (mustWait(state, node))
    return { waitsFor: "room under a cap: what is left is held for the agents under way, which may need it" };
  if (state.active < state.limits.parallel) return { waitsFor: "its turn" };
  return { waitsFor: `a free place: ${state.active} of ${state.limits.parallel} are taken` };
}

function holders(state: RunState, names: readonly string[]): string {
  const found = [...state.live].filter(
    (node) => node.holding && usesOf(node).some((name) => names.includes(name)),
  );
  return found.map((node) => node.address).join(", ");
}
