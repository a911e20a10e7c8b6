import { enter, setPhase } from "./bookkeeping.ts";
import type { Event } from "./events.ts";
import type { NodeState } from "./node.ts";
import type { RunState } from "./state.ts";

export type AskEvent = Extract<Event, { type: "ask.started" | "ask.answered" | "ask.escalated" }>;

/** What the events of a node that asks people do to it. */
export function applyAsk(state: RunState, node: NodeState, event: AskEvent): void {
  if (event.type === "ask.started") {
    enter(state, node, event.at);
    setPhase(state, node, "waiting");
    node.dueAt = event.dueAt;
    node.ask = { text: event.text, askedAt: event.at, answers: [], level: 0 };
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
