import { apply } from "./apply.ts";
import type { Event } from "./events.ts";
import type { NodeState } from "./node.ts";
import type { RunState } from "./state.ts";

/**
 * A decision in the making. A cascade (this ended, so that starts) needs the state after each of its events, so
 * `emit` applies at once. Folding `events` over the old state gives the same state: that is a law test.
 */
export interface Draft {
  readonly state: RunState;
  /** When the input that is being decided happened; ms since the epoch. */
  readonly at: number;
  readonly events: Event[];
}

type Bare<T> = T extends Event ? Omit<T, "at"> : never;

/** Adds an event to the decision and applies it. */
export function emit(draft: Draft, event: Bare<Event>): void {
  const stamped = { ...event, at: draft.at } as Event;
  draft.events.push(stamped);
  apply(draft.state, stamped);
}

/** Tells the log that something came in that changes nothing. */
export function drop(draft: Draft, effect: string, reason: string): void {
  emit(draft, { type: "effect.dropped", effect, reason });
}

/** A landing may be tried again in the same attempt, when a person has made it ready. */
function landedBefore({ gate, gateResults, attempt }: NodeState): string {
  if (gate?.check.kind !== "landing") return "";
  const tries = gateResults.filter(({ ref, attempt: of }) => of === attempt && ref.index === gate.ref.index);
  return tries.length === 0 ? "" : `.${tries.length}`;
}

/** Identity of the effect a node owes now: never used again, not by a later life of the run either. */
export function effectId(state: RunState, node: NodeState): string {
  const { gate, vain } = node;
  const again = vain ? `.${vain.times}` : landedBefore(node);
  const suffix = gate ? `!${gate.ref.when}${gate.ref.index}${again}` : "";
  return `${node.address}@${state.life}.${node.attempt}${suffix}`;
}
