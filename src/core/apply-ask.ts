import { enter, release, setAside, setPhase } from "./bookkeeping.ts";
import type { Event } from "./events.ts";
import type { AskState, NodeState } from "./node.ts";
import type { RunState } from "./state.ts";

export type AskEvent = Extract<
  Event,
  { type: "ask.started" | "ask.answered" | "ask.escalated" | "ask.told" }
>;

/** What the events of a node that asks people do to it. */
export function applyAsk(state: RunState, node: NodeState, event: AskEvent): void {
  if (event.type === "ask.started") {
    const { text, at: askedAt, dueAt, gate, call, choices } = event;
    enter(state, node, askedAt);
    setPhase(state, node, "waiting");
    node.dueAt = dueAt;
    node.ask = {
      text,
      askedAt,
      answers: [],
      level: 0,
      ...(gate ? { gate } : {}),
      ...(call === undefined ? {} : { call }),
      ...(choices ? { choices } : {}),
    };
    if (gate) setAside(state, node, gate.when);
    if (call !== undefined) release(state, node);
    return;
  }
  if (node.ask) node.ask = changed(node.ask, event);
}

function changed(ask: AskState, event: Exclude<AskEvent, { type: "ask.started" }>): AskState {
  const { untold = [] } = ask;
  switch (event.type) {
    case "ask.escalated":
      return { ...ask, level: event.level, untold: [...untold, event] };
    case "ask.told":
      return { ...ask, untold: untold.filter(({ level }) => level !== event.level) };
    case "ask.answered": {
      const { value, by, reason } = event;
      const answer = {
        value,
        ...(by === undefined ? {} : { by }),
        ...(reason === undefined ? {} : { reason }),
      };
      return { ...ask, answers: [...ask.answers, answer] };
    }
  }
}
