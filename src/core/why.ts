import { answerLines } from "./answer-lines.ts";
import { askOf } from "./asked.ts";
import { judgeOf, isTaken, usesOf } from "./bookkeeping.ts";
import { raisedLimit } from "./policies/limit-advice.ts";
import { limitText, mustWait } from "./policies/limits.ts";
import { quotaOf, usedUpFor } from "./policies/quota.ts";
import { type AskState, failedItself, isGivenUp, sibling, type NodeState } from "./node.ts";
import { wantedOf } from "./nodes/group.ts";
import { isFinal, type RunState } from "./state.ts";
import { childText } from "./waiting.ts";
import { progressText, waitingInside } from "./why-parts.ts";
import { shellWord } from "../expression/shell-word.ts";

/** What one unfinished node waits for. */
export interface Reason {
  readonly address: string;
  readonly waitsFor: string;
  /** What a person can do about it, when there is something. */
  readonly fix?: string;
}

/** Explains every node that has not ended, and the run itself (address ""). Nothing for a completed run. */
export function explain(state: RunState): readonly Reason[] {
  const reasons: Reason[] = [];
  const ofRun = reasonOfRun(state);
  if (ofRun) reasons.push(ofRun);
  for (const node of state.byAddress.values()) {
    const reason = isSettledAround(node) ? undefined : reasonOf(state, node);
    if (reason) reasons.push({ address: node.address, ...reason });
  }
  return reasons;
}

function reasonOfRun(state: RunState): Reason | undefined {
  const resume = `tutti resume ${state.runId}`;
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
        waitsFor: `nothing: it is ${state.status}${state.reason ? ` (${state.reason})` : ""}`,
        fix: isInVain(state) ? `tutti show ${state.runId}` : resume,
      };
    default:
      return undefined;
  }
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

type Why = Omit<Reason, "address">;

/** A block around it has ended with what it needs, whatever became of this node. */
function isSettledAround(node: NodeState): boolean {
  for (let at = node.parent; at; at = at.parent) {
    if (at.satisfied && (at.joined || wantedOf(at) !== undefined)) return true;
  }
  return false;
}

function reasonOf(state: RunState, node: NodeState): Why | undefined {
  switch (node.phase) {
    case "ended":
      return reasonOfEnd(node);
    case "pending":
      return node.plan.dormant ? undefined : waitingForSteps(state, node);
    case "ready":
      return waitingToStart(state, node);
    case "running":
    case "settling":
      return { waitsFor: attemptText(node) };
    case "open":
      return waitingInOpen(state, node);
    case "before":
    case "gates":
      return node.gate
        ? { waitsFor: `gate "${node.gate.ref.name}"${queuedText(node)}` }
        : waitingToStart(state, node);
    case "retrying":
      return { waitsFor: `${nextTry(node)} at ${timeOf(node.dueAt)}: ${lastTrouble(node)}` };
    case "waiting":
      return waitingOutside(state, node);
    case "asking":
      return {
        waitsFor: "an answer: it was interrupted",
        fix: `tutti answer ${state.runId} ${shellWord(node.address)} rerun|fail`,
      };
  }
}

function attemptText(node: NodeState): string {
  const stage = node.stage ? `, after stage ${node.stage}` : "";
  const run = node.child ? `its run ${node.child.id}, ` : "";
  const attempt = `${run}its attempt ${node.attempt}${stage}${queuedText(node)}`;
  return isGivenUp(node) ? `${attempt}, to be stopped: ${whyGivenUp(node)}` : attempt;
}

function whyGivenUp(node: NodeState): string {
  for (let at: NodeState | undefined = node; at; at = at.parent)
    if (at.timeUp) return `the time of "${at.address}" is over`;
  return "its block does not need it any more";
}

function queuedText({ queued }: NodeState): string {
  return queued === undefined ? "" : `, which waits for ${queued}`;
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
  return { waitsFor: `nothing: ${node.failure?.message ?? node.reason ?? node.end}` };
}

function lastTrouble(node: NodeState): string {
  return (node.vain ?? node.outcome)?.failure?.message ?? "a gate did not hold";
}

function nextTry(node: NodeState): string {
  const judge = judgeOf(node);
  return judge ? `its gate "${judge.name}" to be judged` : "its next attempt";
}

function waitingForSteps(state: RunState, node: NodeState): Why {
  if (node.parent?.stopping || isFinal(state.status)) return { waitsFor: "nothing: its block has stopped" };
  const needs = node.plan.needs.flatMap((index) => sibling(node, index) ?? []);
  const open = needs
    .filter((need) => need.phase !== "ended")
    .map((need) => need.address + progressText(state, need));
  const standIns = needs.flatMap((need) => (need.phase === "ended" ? (need.fallback ?? []) : []));
  const names = [...new Set([...open, ...standIns])];
  return { waitsFor: `${names.length === 1 ? "step" : "steps"} ${names.join(", ")}` };
}

function waitingToStart(state: RunState, node: NodeState): Why {
  if (node.parent?.stopping || isFinal(state.status)) return { waitsFor: "nothing: its block has stopped" };
  if (state.paused) return { waitsFor: "the run, which is paused", fix: `tutti resume ${state.runId}` };
  const taken = node.holding ? [] : usesOf(node).filter((name) => isTaken(state, name));
  if (taken.length > 0) return { waitsFor: `resource ${taken.join(", ")}, held by ${holders(state, taken)}` };
  const usedUp = usedUpFor(state, node, state.at);
  if (usedUp) return { waitsFor: `the quota of ${quotaOf(state, node)}, until ${timeOf(usedUp.until)}` };
  if (mustWait(state, node))
    return { waitsFor: "money, tokens or asks that are held for the agents under way, which may need them" };
  return { waitsFor: `a free place: ${state.active} of ${state.limits.parallel} are taken` };
}

function holders(state: RunState, names: readonly string[]): string {
  const found = [...state.live].filter(
    (node) => node.holding && usesOf(node).some((name) => names.includes(name)),
  );
  return found.map((node) => node.address).join(", ");
}

function waitingOutside(state: RunState, node: NodeState): Why {
  if (node.child?.status) return { waitsFor: childText(node.child), fix: `tutti why ${node.child.id}` };
  if (node.ask) return waitingForPeople(state, node, node.ask);
  const until = node.dueAt === undefined ? "" : ` until ${timeOf(node.dueAt)}`;
  if (node.signal === undefined) return { waitsFor: `the time${until}` };
  return {
    waitsFor: `signal "${node.signal}"${until}`,
    fix: `tutti signal ${state.runId} ${shellWord(node.signal)}`,
  };
}

function waitingForPeople(state: RunState, node: NodeState, { text, answers, gate }: AskState): Why {
  const { by = [], quorum = 1, ask } = askOf(node) ?? {};
  const who = by.length > 0 ? ` by ${listText(by)}` : "";
  const many = quorum > 1 ? ` (${answers.length} of ${quorum} so far)` : "";
  const until = node.dueAt === undefined ? "" : ` until ${timeOf(node.dueAt)}`;
  const [fix = ""] = answerLines(node, state.runId);
  const what = ask === "question" ? "an answer" : "approval";
  const where = gate ? ` for its gate "${gate.name}"` : "";
  return { waitsFor: `${what}${where}${who}${many}${until}: ${text}`, fix };
}

function listText(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1) ?? ""}`;
}

/** ms since the epoch; whoever prints it for people may turn it into a local time. */
function timeOf(at: number | undefined): string {
  return at === undefined ? "an unknown time" : `{time:${at}}`;
}
