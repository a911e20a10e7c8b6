import { messageOf } from "../errors.ts";
import { apply, initialState } from "./apply.ts";
import type { Event } from "./events.ts";
import { mayMove } from "./life.ts";
import { brokenAsk } from "./sound-ask.ts";
import { brokenPart } from "./sound-parts.ts";
import { nodeAt, type RunState } from "./state.ts";
import { sibling, type NodeState } from "./node.ts";
import { nextToUndo } from "./undo.ts";
import type { Broken, Unsoundness } from "./unsoundness.ts";

/** Every place where a log breaks an invariant; none for a log that tutti wrote. */
export function findUnsound(events: readonly Event[]): readonly Unsoundness[] {
  const found: Unsoundness[] = [];
  const [first] = events;
  if (first?.type !== "run.created") {
    return [
      {
        index: 0,
        at: first?.at ?? 0,
        rule: "begins with run.created",
        message: "the log begins in the middle",
      },
    ];
  }
  const state = initialState(first);
  events.forEach((event, index) => {
    if (index === 0) return;
    const broken = brokenRule(state, event);
    if (broken) found.push({ index, at: event.at, ...broken });
    try {
      apply(state, event);
    } catch (error) {
      found.push({ index, at: event.at, rule: "status moves are legal", message: messageOf(error) });
    }
  });
  return found;
}

function brokenRule(state: RunState, event: Event): Broken | undefined {
  if (event.at < state.at) {
    return {
      rule: "times do not go back",
      message: `${event.type} at ${event.at}, after something at ${state.at}`,
    };
  }
  if (event.type === "run.status") return brokenMove(state, event);
  if (event.type === "memory.written") return brokenMemory(state, event.address);
  return "address" in event ? brokenAtNode(state, event) : undefined;
}

function brokenMove(state: RunState, event: Extract<Event, { type: "run.status" }>): Broken | undefined {
  if (event.from === state.status && mayMove(event.from, event.to)) return undefined;
  return {
    rule: "status moves are legal",
    message: `${state.status} to ${event.to} (says from ${event.from})`,
  };
}

/** The step may be one of a round that is forgotten. */
function brokenMemory({ unwritten }: RunState, address: string): Broken | undefined {
  if (unwritten.has(address)) return undefined;
  return { rule: "what is kept was learned, and is kept once", message: `by "${address}"` };
}

function brokenAtNode(state: RunState, event: Extract<Event, { address: string }>): Broken | undefined {
  if (event.type === "undo.started") return brokenUndo(state, event.address);
  const node = nodeAt(state, event.address);
  if (!node) return { rule: "events name nodes that exist", message: `${event.type} at "${event.address}"` };
  // a run that did a step can go on without this one
  if (event.type === "child.spent") return undefined;
  if (node.phase === "ended")
    return { rule: "a node ends once", message: `${event.type} at "${event.address}", which has ended` };
  if (event.type === "attempt.started") return brokenStart(node);
  if (event.type === "attempt.ended" && node.phase !== "running" && node.plan.kind === "step") {
    return {
      rule: "an attempt ends once, after it started",
      message: `"${event.address}" was ${node.phase}`,
    };
  }
  return brokenPart(state, node, event) ?? brokenAsk(node, event);
}

function brokenUndo(state: RunState, address: string): Broken | undefined {
  const { compensation } = state;
  const free = compensation?.current === undefined || compensation.current.phase === "ended";
  if (free && nextToUndo(state)?.address === address) return undefined;
  return { rule: "steps are undone one after another, the last that ended first", message: `"${address}"` };
}

function brokenStart(node: NodeState): Broken | undefined {
  if (node.plan.dormant) return undefined;
  const open = node.plan.needs
    .flatMap((index) => sibling(node, index) ?? [])
    .filter((need) => need.phase !== "ended");
  if (open.length === 0) return undefined;
  const names = open.map((need) => need.address).join(", ");
  return {
    rule: "a step starts after its needs",
    message: `"${node.address}" started before ${names} had ended`,
  };
}
