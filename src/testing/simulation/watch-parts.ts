import type { Event } from "../../core/events.ts";
import { stepView } from "../../core/scope.ts";
import type { NodeEnd } from "../../core/node-result.ts";
import { placeOf } from "../../core/place.ts";
import { nodeAt, type RunState } from "../../core/state.ts";
import { type NodeState } from "../../core/node.ts";
import type { BranchAction } from "../../language/workflow.ts";
import { asText, isObject } from "../../expression/json.ts";
import { holderOf } from "./holder-of.ts";
import { must, same } from "./same.ts";

type Of<T extends Event["type"]> = Extract<Event, { type: T }>;

interface Watched {
  /** The ways that were taken in this life, one after another, by address of the branch. */
  readonly ways: Map<string, readonly (string | null)[]>;
  /** How each part has ended. */
  readonly ends: Map<string, NodeEnd>;
  readonly items: Map<string, readonly string[]>;
  /** Parts that were opened, and those of them that have not ended, by address of their holder. */
  readonly opened: Map<string, string[]>;
  readonly open: Map<string, Set<string>>;
  /** Nodes that opened their block and have not ended. */
  readonly begun: Set<string>;
  readonly judged: Map<string, number>;
  readonly joined: Set<string>;
  readonly timeUp: Set<string>;
}

/**
 * Counts from the events alone, and throws BrokenPromise when a decision is made twice, a part opens that was not
 * decided, rounds overlap, too many items are open at once, or a slot is missing.
 */
export function createPartsWatch(): (state: RunState, event: Event) => void {
  const watched: Watched = {
    ways: new Map(),
    ends: new Map(),
    items: new Map(),
    opened: new Map(),
    open: new Map(),
    begun: new Set(),
    judged: new Map(),
    joined: new Set(),
    timeUp: new Set(),
  };
  return (state, event) => look(watched, state, event);
}

function look(watched: Watched, state: RunState, event: Event): void {
  const { items, judged, joined } = watched;
  switch (event.type) {
    case "run.restarted":
      for (const kept of Object.values(watched)) kept.clear();
      return;
    case "branch.decided":
      return lookAtWay(watched, state, event);
    case "items.listed":
      must(!items.has(event.address), `${event.address} lists its items once`);
      items.set(
        event.address,
        event.items.map(({ key }) => `[${key}]`),
      );
      return;
    case "block.opened":
      watched.begun.add(event.address);
      return;
    case "part.opened":
      return lookAtPart(watched, state, event);
    case "round.judged":
      must(event.round === (judged.get(event.address) ?? 0) + 1, `${event.address} judges each round once`);
      must(!watched.open.get(event.address)?.size, `${event.address} judges a round that has ended`);
      judged.set(event.address, event.round);
      return;
    case "join.reached":
    case "join.missed":
      must(!joined.has(event.address), `${event.address} joins once`);
      joined.add(event.address);
      return;
    case "time.up":
      must(event.usedMs >= event.capMs, `${event.address} has the time that it may have`);
      must(!joined.has(event.address), `${event.address} is not stopped when it has what it needs`);
      must(!watched.timeUp.has(event.address), `the time of ${event.address} is over once`);
      watched.timeUp.add(event.address);
      return;
    case "node.ended":
      watched.begun.delete(event.address);
      watched.open.get(holderOf(event.address))?.delete(event.address);
      watched.ends.set(event.address, event.end);
      return lookAtEnd(watched, state, event);
    default:
  }
}

/** A way is opened, and its block, by the decision; another only when that has failed. */
function lookAtWay(watched: Watched, state: RunState, event: Of<"branch.decided">): void {
  const { ways, opened, open, begun } = watched;
  const { address, way } = event;
  const before = ways.get(address) ?? [];
  lookAtTurn(watched, { event, before });
  ways.set(address, [...before, way]);
  const action = nodeAt(state, address)?.plan.step.action;
  if (action?.kind !== "branch") return;
  must(before.length === 0 || action.onFailure === "next", `${address} may take another way`);
  must(before.length < (action.maxTries ?? Infinity), `${address} takes no more ways than it may`);
  if (way === null) return;
  opened.set(address, [`/${way}`]);
  open.set(address, new Set([`${address}/${way}`]));
  begun.add(`${address}/${way}`);
  const place = placeOf(`${address}/${way}`);
  const on = [...open.values()].flatMap((parts) => [...parts]).filter((part) => placeOf(part) === place);
  must(on.length <= roomOn(action, way), `${place} has no more on it than may be`);
}

function roomOn({ ways }: BranchAction, way: string): number {
  return ways.find(({ name }) => name === way)?.atOnce ?? Infinity;
}

interface Turn {
  readonly event: Of<"branch.decided">;
  /** The ways that were taken before. */
  readonly before: readonly (string | null)[];
}

function lookAtTurn({ ends, open, timeUp }: Watched, { event, before }: Turn): void {
  const { address, way, after } = event;
  const last = before.at(-1);
  must(!open.get(address)?.size, `${address} has one way under way`);
  must(!timeUp.has(address), `${address} takes no way when its time is over`);
  must(way === null || !before.includes(way), `${address} takes each way once`);
  if (last === undefined) return;
  must(ends.get(`${address}/${last}`) === "failed", `${address} decides again when its way has failed`);
  must(after?.way === last, `${address} says which has failed`);
}

function lookAtPart(watched: Watched, state: RunState, { address, part, place }: Of<"part.opened">): void {
  const node = nodeAt(state, address);
  const opened = watched.opened.get(address) ?? [];
  const open = watched.open.get(address) ?? new Set();
  watched.opened.set(address, [...opened, part]);
  watched.open.set(address, open.add(address + part));
  must(opened.length === place, `${address} opens its parts in order`);
  switch (node?.plan.kind) {
    case "loop":
      must(part === `#${opened.length + 1}` && open.size === 1, `${address} makes one round after another`);
      return must(
        (watched.judged.get(address) ?? 0) === opened.length,
        `${address} judges before it goes on`,
      );
    default:
      must(part === watched.items.get(address)?.[opened.length], `${address} takes its items in order`);
      return must(open.size <= roomOf(state, node), `${address} has no more items open than it may`);
  }
}

function roomOf({ limits }: RunState, node: NodeState | undefined): number {
  const action = node?.plan.step.action;
  return (action?.kind === "each" ? action.concurrency : undefined) ?? limits.parallel;
}

/** What holds of the parts when their holder has ended. */
function lookAtEnd(watched: Watched, state: RunState, { address, end }: Of<"node.ended">): void {
  // a part that had not begun when its block stopped is left as it is
  const left = [...(watched.open.get(address) ?? [])].filter((part) => watched.begun.has(part));
  must(left.length === 0, `${address} ends after its parts`);
  const items = watched.items.get(address);
  const node = nodeAt(state, address);
  if (!items || node?.plan.kind !== "each" || node.standIn) return;
  const done = watched.opened.get(address)?.length ?? 0;
  const well = end === "verified" || end === "claimed";
  must(!well || done === items.length, `${address} has done all of its items`);
  same(slotsOf(state, node), items, `${address} has a slot for every item, in order`);
}

function slotsOf(state: RunState, node: NodeState): readonly string[] {
  const view = stepView(state, node);
  const slots = isObject(view) && Array.isArray(view["output"]) ? view["output"] : [];
  return slots.map((slot) => (isObject(slot) ? `[${asText(slot["key"] ?? null)}]` : ""));
}
