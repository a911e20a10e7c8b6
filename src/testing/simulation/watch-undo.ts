import type { Event } from "../../core/events.ts";
import type { RunState } from "../../core/state.ts";
import { leftBy } from "../../core/undo.ts";
import { must } from "./same.ts";

/** True for what takes back the work of a step. */
export function isUndo(address: string): boolean {
  return address.endsWith("~undo");
}

/**
 * Holds that steps are undone only when the run ends badly, one at a time, each once, the last that ended first, and
 * that nothing else is begun from then on. A run that fails for no cap and was not cancelled has begun to undo all.
 */
export function createUndoWatch(): (state: RunState, event: Event) => void {
  let seen = nothing();
  return (state, event) => {
    if (event.type === "run.restarted") seen = { ...nothing(), done: leftOf(seen, state) };
    else look(seen, state, event);
  };
}

/** What was done on ways that had failed and are not taken again is the run's work still. */
function leftOf({ done }: Seen, { learning }: RunState): Seen["done"] {
  const ways = [...learning.taken].flatMap(([address, { tried }]) =>
    tried.map(({ way }) => `${address}/${way}/`),
  );
  return new Map([...done].filter(([address]) => ways.some((way) => address.startsWith(way))));
}

interface Seen {
  /** Steps that ended well and are still to be undone if it comes to that, with when they ended. */
  readonly done: Map<string, number>;
  readonly cached: Set<string>;
  current: string | undefined;
  began: boolean;
  cancelled: boolean;
}

function nothing(): Seen {
  return { done: new Map(), cached: new Set(), current: undefined, began: false, cancelled: false };
}

function look(seen: Seen, state: RunState, event: Event): void {
  switch (event.type) {
    case "run.control":
      seen.cancelled ||= event.verb === "cancel";
      return;
    case "attempt.started":
      must(!seen.began || isUndo(event.address), `${event.address} is not begun while the run undoes`);
      return;
    case "attempt.ended":
      if (event.outcome.cached) seen.cached.add(event.address);
      return;
    case "node.ended":
      return ended(seen, state, event);
    case "undo.started":
      return started(seen, state, event.address);
    case "run.status":
      if (event.to !== "failed" || seen.cancelled || state.limitHit) return;
      return must(
        seen.done.size === 0,
        `${[...seen.done.keys()].join(", ")} undone before the run has failed`,
      );
    default:
  }
}

function ended(seen: Seen, state: RunState, event: Extract<Event, { type: "node.ended" }>): void {
  const { address, at } = event;
  if (address === "") endedAsWhole(seen, state);
  else if (address === seen.current) seen.current = undefined;
  else if (isToUndo(state, event) && !seen.cached.has(address))
    seen.done.set(address, state.byAddress.get(address)?.endedAt ?? at);
}

/** The workflow's own undo stands for those of its steps when all ended well, and comes after them when not. */
function endedAsWhole({ done }: Seen, { root, workflow }: RunState): void {
  if (!workflow.chain.undo || root.children.length === 0) return;
  if (root.satisfied) done.clear();
  done.set("", Number.NEGATIVE_INFINITY);
}

function started(seen: Seen, { root, recalled }: RunState, address: string): void {
  must(
    recalled || root.end === "failed" || root.end === "cancelled",
    `${address} is undone when all came to a bad end`,
  );
  must(seen.current === undefined, `${address} is undone when ${seen.current ?? ""} is`);
  const last = Math.max(...seen.done.values());
  must(seen.done.get(address) === last, `${address} is the last of those that ended well`);
  seen.done.delete(address);
  seen.current = `${address}~undo`;
  seen.began = true;
}

function isToUndo(state: RunState, { address, end }: Extract<Event, { type: "node.ended" }>): boolean {
  const node = state.byAddress.get(address);
  // a run of its own has something left to take back, however it ended
  if (leftBy(node?.outcome?.child) > 0) return true;
  const undo = node?.plan.step.undo;
  return undo !== undefined && (end === "verified" || end === "claimed");
}
