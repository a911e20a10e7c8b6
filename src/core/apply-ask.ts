import { enter, setAside, setPhase } from "./bookkeeping.ts";
import type { Event } from "./events.ts";
import type { NodeState } from "./node.ts";
import type { RunState } from "./state.ts";

export type AskEvent = Extract<Event, { type: "ask.started" | "ask.answered" | "ask.escalated" }>;

/** What the events of a node that asks people do to it. */
export function applyAsk(state: RunState, node: NodeState, event: AskEvent): void {
  if (event.type === "ask.started") {
    const { text, at: askedAt, dueAt, gate } = event;
    enter(state, node, askedAt);
    setPhase(state, node, "waiting");
    node.dueAt = dueAt;
    node.ask = { text, askedAt, answers: [], level: 0, ...(gate ? { gate } : {}) };
    if (gate) setAside(state, node, gate.when);
    return;
  }
  if (!node.ask) return;
  if (event.type === "ask.escalated") {
    node.ask = { ...node.ask, level: event.level };
    return;
  }
  const { value, by, reason } = event;
  const answer = { value, ...(by === undefined ? {} : { by }), ...(reason === undefined ? {} : { reason }) };
  node.ask = { ...node.ask, answers: [...node.ask.answers, answer] };
}
