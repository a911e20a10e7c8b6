import type { Event } from "../../core/events.ts";
import type { NodeEnd } from "../../core/node-result.ts";
import type { RunState } from "../../core/state.ts";
import { holderOf } from "./holder-of.ts";
import { must } from "./same.ts";

type Ended = Extract<Event, { type: "node.ended" }>;

interface Watched {
  /** How each node ended, and the address of the fallback that took over from it. */
  readonly ends: Map<string, { readonly end: NodeEnd; readonly taker: string | undefined }>;
  /** Whose last gate was a maximum one that did not hold: nothing stands in for that. */
  readonly barred: Set<string>;
  readonly stopped: Set<string>;
  /** Blocks that have what they need, or never will. */
  readonly joined: Set<string>;
}

/**
 * Counts by itself and throws BrokenPromise when a failed step's fallback does not take over, when what waits for the step
 * goes on before the fallback has ended, and when a block ends or gives a join up while one could still end well.
 */
export function createFallbackWatch(): (state: RunState, event: Event) => void {
  const watched: Watched = { ends: new Map(), barred: new Set(), stopped: new Set(), joined: new Set() };
  return (state, event) => {
    switch (event.type) {
      case "run.restarted":
        for (const kept of [watched.ends, watched.barred, watched.stopped, watched.joined]) kept.clear();
        return;
      case "gate.ended":
        if (event.passed || event.gate.level !== "maximum") watched.barred.delete(event.address);
        else watched.barred.add(event.address);
        return;
      case "attempt.started":
        return checkNeeds(watched, state, event.address);
      case "join.missed":
        checkMissed(watched, state, event.address);
        watched.joined.add(event.address);
        watched.stopped.add(event.address);
        return;
      case "join.reached":
        watched.joined.add(event.address);
        watched.stopped.add(event.address);
        return;
      case "time.up":
        watched.stopped.add(event.address);
        return;
      case "node.ended":
        return lookAtEnd(watched, state, event);
      default:
    }
  };
}

function lookAtEnd(watched: Watched, state: RunState, event: Ended): void {
  const { address, end, tolerated } = event;
  const node = state.byAddress.get(address);
  if (!node || node.undoes) return;
  if (end === "verified" || end === "claimed") checkInside(watched, address);
  if (end === "cancelled" || (end === "failed" && tolerated === undefined))
    watched.stopped.add(holderOf(address));
  watched.ends.set(address, { end, taker: end === "failed" ? takerOf(watched, state, event) : undefined });
}

/** Address of the fallback of a step that failed. */
function takerOf(watched: Watched, state: RunState, event: Ended): string | undefined {
  const { address, tolerated, failure } = event;
  if (watched.barred.has(address) || failure?.code.startsWith("STORE") === true) return undefined;
  const own = watched.joined.has(holderOf(address)) ? undefined : fallbackIn(state, address);
  must(nameOf(tolerated) === own, `the fallback of ${address} takes over from it`);
  return own === undefined ? undefined : besideOf(address, own);
}

function nameOf(tolerated: Ended["tolerated"]): string | undefined {
  return typeof tolerated === "object" ? tolerated.fallback : undefined;
}

/** What the file says is to run in place of the step. */
function fallbackIn(state: RunState, address: string): string | undefined {
  const { plan, parent } = state.byAddress.get(address) ?? {};
  const said = plan?.step.errorStrategy ?? parent?.plan.block?.chain.errorStrategy;
  return typeof said === "object" && said.fallback !== plan?.step.name ? said.fallback : undefined;
}

function besideOf(address: string, name: string): string {
  return address.slice(0, address.lastIndexOf("/") + 1) + name;
}

/** Those that took over from a node, one from the other. */
function takersOf({ ends }: Pick<Watched, "ends">, address: string): readonly string[] {
  const taker = ends.get(address)?.taker;
  return taker === undefined ? [] : [taker, ...takersOf({ ends }, taker)];
}

function checkNeeds(watched: Watched, state: RunState, address: string): void {
  const { step, dormant } = state.byAddress.get(address)?.plan ?? {};
  for (const need of dormant ? [] : (step?.needs ?? [])) {
    for (const taker of takersOf(watched, besideOf(address, need.step)))
      must(watched.ends.has(taker), `${address} starts after ${taker} has ended`);
  }
}

/** A block that ended well was stopped, or all that took over has ended. */
function checkInside(watched: Watched, address: string): void {
  if (watched.stopped.has(address)) return;
  for (const [inside, { taker }] of watched.ends)
    if (taker !== undefined && holderOf(inside) === address)
      must(watched.ends.has(taker), `${address} ends after ${taker}`);
}

function checkMissed({ ends }: Watched, state: RunState, address: string): void {
  const action = state.byAddress.get(address)?.plan.step.action;
  const join = action?.kind === "chain" ? action.join : undefined;
  const wanted = typeof join === "object" ? join.quorum : 1;
  const inside = [...state.byAddress.values()].filter(({ parent }) => parent?.address === address);
  const takers = new Set([...ends.values()].map(({ taker }) => taker));
  const may = inside.filter(({ address: at, plan }) => {
    const { end } = ends.get(at) ?? {};
    return end === undefined ? !plan.dormant || takers.has(at) : end === "verified" || end === "claimed";
  });
  must(may.length < wanted, `${address} is given up when too few can end well`);
}
