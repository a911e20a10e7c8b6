import type { Event } from "../../core/events.ts";
import { isFinal, type RunState } from "../../core/state.ts";
import { holderOf } from "./holder-of.ts";
import { must } from "./same.ts";
import { createFallbackWatch } from "./watch-fallbacks.ts";
import { createPartsWatch } from "./watch-parts.ts";
import { createUndoWatch, isUndo } from "./watch-undo.ts";

interface Watched {
  /** What each running attempt or gate holds, by address. */
  readonly running: Map<string, readonly string[]>;
  /** Runs of their own that had waited: they, and what follows from them, need not wait for a place. */
  readonly attached: Set<string>;
  readonly started: Set<string>;
  readonly ended: Set<string>;
  /** Blocks in which something failed that nobody tolerates. */
  readonly stopped: Set<string>;
  /** When the next attempt or the end of a wait is due, by address. */
  readonly dueAt: Map<string, number>;
  /** Until when the agents may not be asked, and the agent of the last attempt, by address. */
  readonly quotaUntil: Map<string, number>;
  readonly agentOf: Map<string, string>;
}

/**
 * Counts by itself, from the events alone, and throws BrokenPromise when something starts twice, before what it needs
 * has ended, before its time, past a limit, or inside a block that has stopped.
 */
export function createWatch(): (state: RunState, events: readonly Event[]) => void {
  const watched: Watched = {
    running: new Map(),
    attached: new Set(),
    started: new Set(),
    ended: new Set(),
    stopped: new Set(),
    dueAt: new Map(),
    quotaUntil: new Map(),
    agentOf: new Map(),
  };
  const lookAtParts = createPartsWatch();
  const lookAtUndo = createUndoWatch();
  const lookAtFallbacks = createFallbackWatch();
  return (state, events) => {
    for (const event of events) {
      look(watched, state, event);
      lookAtChild(watched, event);
      lookAtParts(state, event);
      lookAtUndo(state, event);
      lookAtFallbacks(state, event);
      lookAtBlocks(watched, event);
    }
    checkLimits(watched, state);
    checkCaps(state);
    const isKept = !isFinal(state.status) || state.unwritten.size === 0;
    must(isKept, "what was learned is kept before the run is over");
  };
}

function look(watched: Watched, state: RunState, event: Event): void {
  const { running, started, ended, stopped, dueAt, quotaUntil } = watched;
  switch (event.type) {
    case "run.restarted":
      for (const kept of [running, watched.attached, started, ended, stopped, dueAt, quotaUntil])
        kept.clear();
      return;
    case "retry.scheduled":
      dueAt.set(event.address, event.dueAt);
      return refuse(watched, event);
    case "wait.started":
      if (event.signal === undefined) dueAt.set(event.address, event.dueAt ?? 0);
      return;
    case "attempt.started":
      checkStart(watched, state, event);
      checkTime(watched, event);
      started.add(`${event.address}@${event.attempt}`);
      running.set(event.address, usesOf(state, event.address));
      return;
    case "gate.queued":
      if (event.again) running.delete(event.address);
      if (event.dueAt !== undefined) dueAt.set(event.address, event.dueAt);
      return refuseJudge(watched, event);
    case "gate.started":
      must(!running.has(event.address), `${event.address} does one thing at a time`);
      checkJudge(watched, event);
      running.set(event.address, usesOf(state, event.address));
      return;
    case "attempt.interrupted":
      if (event.then !== "rerun") running.delete(event.address);
      return;
    case "attempt.ended":
    case "gate.ended":
      running.delete(event.address);
      return;
    case "node.ended":
      must(!ended.has(event.address), `${event.address} ends once`);
      if (event.end === "verified")
        must(event.at >= (dueAt.get(event.address) ?? 0), `${event.address} is over in time`);
      running.delete(event.address);
      ended.add(event.address);
      return;
    default:
  }
}

function lookAtChild({ running, attached }: Watched, event: Event): void {
  switch (event.type) {
    case "child.attached":
      running.set(event.address, []);
      attached.add(event.address);
      return;
    case "child.waits":
      running.delete(event.address);
      attached.delete(event.address);
      return;
    case "attempt.started":
    case "node.ended":
      attached.delete(event.address);
      return;
    default:
  }
}

function lookAtBlocks({ stopped }: Watched, event: Event): void {
  if ("address" in event && isUndo(event.address)) return;
  switch (event.type) {
    case "block.opened":
    case "branch.decided":
    case "items.listed":
    case "wait.started":
    case "attempt.started":
      for (let block = event.address; block !== "";) {
        block = holderOf(block);
        must(!stopped.has(block), `${event.address} starts in no block that has stopped`);
      }
      return goOn(stopped, event);
    case "part.opened":
      // the holder itself is one of those around the part
      for (let block = `${event.address}${event.part}`; block !== "";) {
        block = holderOf(block);
        must(!stopped.has(block), `${event.address} opens no part in a block that has stopped`);
      }
      return;
    case "join.reached":
    case "join.missed":
    case "time.up":
      stopped.add(event.address);
      return;
    case "node.ended":
      if (event.tolerated === undefined && (event.end === "failed" || event.end === "cancelled"))
        stopped.add(holderOf(event.address));
      return;
    default:
  }
}

/** A branch whose way has failed goes on with another. */
function goOn(stopped: Set<string>, event: Event): void {
  if (event.type === "branch.decided" && event.way !== null) stopped.delete(event.address);
}

function checkStart(
  { running, started, ended }: Watched,
  state: RunState,
  { address, attempt }: { readonly address: string; readonly attempt: number },
): void {
  must(!running.has(address), `${address} does one thing at a time`);
  must(!started.has(`${address}@${attempt}`), `attempt ${attempt} of ${address} starts once`);
  must(!ended.has(address), `${address} does not start after its end`);
  const plan = state.byAddress.get(address)?.plan;
  const block = address.slice(0, address.lastIndexOf("/") + 1);
  for (const need of plan?.dormant ? [] : (plan?.step.needs ?? [])) {
    must(ended.has(block + need.step), `${address} starts after ${need.step} has ended`);
  }
}

function checkTime(
  { dueAt, quotaUntil, agentOf }: Watched,
  { address, at, request }: Extract<Event, { type: "attempt.started" }>,
): void {
  must(at >= (dueAt.get(address) ?? 0), `${address} is not tried again before its time`);
  if (!("agent" in request)) return;
  const agent = `${request.agent} ${request.model ?? ""}`;
  agentOf.set(address, agent);
  must(at >= (quotaUntil.get(agent) ?? 0), `${address} does not ask ${agent} before its quota is reset`);
}

function refuse(
  { quotaUntil, agentOf }: Watched,
  { address, because, dueAt }: Extract<Event, { type: "retry.scheduled" }>,
): void {
  const agent = agentOf.get(address);
  if (because !== "quota" || agent === undefined) return;
  quotaUntil.set(agent, Math.max(quotaUntil.get(agent) ?? 0, dueAt));
}

function checkJudge(
  { dueAt, quotaUntil, agentOf }: Watched,
  { address, at, check }: Extract<Event, { type: "gate.started" }>,
): void {
  if (check?.kind !== "judge") return;
  must(at >= (dueAt.get(address) ?? 0), `${address} is not judged before its time`);
  const agent = `${check.agent} ${check.model ?? ""}`;
  agentOf.set(`${address}!`, agent);
  must(at >= (quotaUntil.get(agent) ?? 0), `${address} is not judged by ${agent} before its quota is reset`);
}

function refuseJudge(
  { quotaUntil, agentOf }: Watched,
  { address, again, dueAt = 0 }: Extract<Event, { type: "gate.queued" }>,
): void {
  const agent = agentOf.get(`${address}!`);
  if (again?.because !== "quota" || agent === undefined) return;
  quotaUntil.set(agent, Math.max(quotaUntil.get(agent) ?? 0, again.until ?? dueAt));
}

function checkLimits({ running, attached }: Watched, state: RunState): void {
  must(running.size === state.active, "the run knows how many run");
  const placed = [...running.keys()].filter((address) => !attached.has(address));
  must(placed.length <= state.limits.parallel, `at most ${state.limits.parallel} run at once`);
  for (const [name, holders] of Map.groupBy([...running.values()].flat(), (held) => held)) {
    const capacity = state.workflow.resources[name] ?? 1;
    must(holders.length <= capacity, `at most ${capacity} hold ${name}`);
  }
}

/** Attempts of agents are counted as they begin, so that these caps are never passed, whatever was predicted. */
function checkCaps(state: RunState): void {
  const { ledger, limits, budget, byAddress } = state;
  if ((state.overrides.limitMode ?? state.workflow.limitRules?.mode) === "audit") return;
  must(ledger.agents <= limits.agents, `at most ${limits.agents} attempts of agents begin`);
  for (const [address, { agents }] of budget.used) {
    const cap = byAddress.get(address)?.plan.step.limits?.agents ?? agents;
    must(agents <= cap, `at most ${cap} attempts of agents begin in ${address}`);
  }
  const asking = [...state.live].filter(
    ({ phase, gate }) => phase === "running" || gate?.check.kind === "judge",
  );
  const running = asking.map(({ address }) => address);
  for (const address of budget.underWay.keys())
    must(running.includes(address), `what is held for ${address} is held for somebody`);
}

function usesOf(state: RunState, address: string): readonly string[] {
  const node = state.byAddress.get(address);
  return node ? [...node.plan.step.uses, ...(node.contended ? ["one at a time"] : [])] : [];
}
