import type { Json } from "../expression/json.ts";
import type { EachAction, LoopAction } from "../language/workflow.ts";
import type { Seen } from "./events.ts";
import { wantedOf } from "./nodes/group.ts";
import type { Block, PlanNode } from "./plan.ts";
import { failedItself, type NodeState } from "./node.ts";
import type { Choice } from "./policies/adaptive.ts";
import { isFinal, type RunState } from "./state.ts";
import { countAwake } from "./strategy.ts";
import { type FailedWay, failedWays, isPassedOver } from "./tried.ts";

/** What there is to say of a node that holds others, or is a part of one. */
export interface PartsView {
  /** Of a branch: which way was taken (null: none), and the conditions with the values they saw. */
  readonly decision?: DecisionView;
  /** Of a loop that has begun. */
  readonly rounds?: RoundsView;
  /** Of an each whose items are listed. */
  readonly items?: ItemsView;
  /** Of a block that needs only some of its steps. */
  readonly join?: JoinView;
  /** What a part of an each is for. */
  readonly item?: Json;
  /** It failed because something in it did, which says more. */
  readonly failedWithin?: true;
  /** It did not end well and lies in a way that failed, and in whose place another was taken. */
  readonly passedOver?: true;
}

export interface DecisionView {
  readonly way: string | null;
  readonly saw: readonly Seen[];
  /** How many conditions were looked at besides. */
  readonly unsaid?: number;
  /** Where what has worked decided: among which ways, and on what grounds. */
  readonly choice?: Omit<Choice, "way">;
  /** Ways that were taken before it and failed, also in an earlier life of the run. */
  readonly tried?: readonly FailedWay[];
}

export interface RoundsView {
  /** The one that was begun last, from 1. */
  readonly round: number;
  readonly max: number;
  readonly until?: string;
  readonly plateau?: { readonly of: string; readonly rounds: number };
  /** The best measure so far, and how many rounds since brought none better. */
  readonly best?: number;
  readonly stale: number;
  /** Rounds of a very long loop of which only the log tells. */
  readonly forgotten: number;
  /** What was found after each of the others. */
  readonly judged: readonly JudgedView[];
}

export interface JudgedView {
  readonly round: number;
  readonly done: boolean;
  readonly until?: Json;
  readonly measure?: number | null;
}

export interface ItemsView {
  readonly total: number;
  readonly begun: number;
  /** Begun and not ended. */
  readonly working: number;
  readonly good: number;
  readonly failed: number;
  /** Most items at once. */
  readonly atOnce: number;
}

export interface JoinView {
  /** How many of the steps have to end well. */
  readonly wanted: number;
  readonly of: number;
  readonly good: number;
  readonly reached: boolean;
}

/** How a node with parts stands; time linear in its parts. */
export function partsView(state: RunState, node: NodeState): PartsView {
  return {
    ...ownParts(state, node),
    ...(node.parent?.plan.kind === "each" ? { item: node.item ?? null } : {}),
    ...(node.end === "failed" && !failedItself(node) ? { failedWithin: true } : {}),
    ...(!node.satisfied && isPassedOver(node) ? { passedOver: true } : {}),
  };
}

function ownParts(state: RunState, node: NodeState): PartsView {
  switch (node.plan.kind) {
    case "branch": {
      if (node.decided?.type !== "branch.decided") return {};
      const { way, saw, unsaid, choice } = node.decided;
      const among = { saw, ...(unsaid === undefined ? {} : { unsaid }), ...(choice ? { choice } : {}) };
      return { decision: { way, ...among, ...triedPart(node, way) } };
    }
    case "loop":
      return node.children.length === 0 ? {} : { rounds: roundsView(node) };
    case "each":
      return node.items ? { items: itemsView(state, node) } : {};
    case "group":
      return joinPart(node);
    default:
      return {};
  }
}

function triedPart(node: NodeState, way: string | null): Pick<DecisionView, "tried"> {
  const tried = failedWays(node).filter((one) => one.way !== way);
  return tried.length === 0 ? {} : { tried: tried.map(({ way: name, error }) => ({ way: name, error })) };
}

function roundsView(node: NodeState): RoundsView {
  const { max, until, plateau } = node.plan.step.action as LoopAction;
  return {
    round: roundOf(node),
    max,
    ...(until === undefined ? {} : { until }),
    ...(plateau === undefined ? {} : { plateau }),
    ...(node.best === undefined ? {} : { best: node.best }),
    stale: node.stale,
    forgotten: node.children[0]?.place ?? 0,
    judged: node.children.flatMap(({ decided }) => {
      if (decided?.type !== "round.judged") return [];
      const { type: _, at: __, address: ___, ...view } = decided;
      return [view];
    }),
  };
}

/** The round of a loop that was begun last, from 1; 0 before the first. */
export function roundOf({ children }: NodeState): number {
  return (children.at(-1)?.place ?? -1) + 1;
}

/** How the items of an each stand. */
export function itemsView(state: RunState, node: NodeState): ItemsView {
  const { items = [], children, remaining } = node;
  const atOnce = (node.plan.step.action as EachAction).concurrency ?? state.limits.parallel;
  const good = children.filter(({ satisfied }) => satisfied).length;
  const failed = children.filter(({ end }) => end === "failed").length;
  const working = isFinal(state.status) ? 0 : remaining;
  return { total: items.length, begun: children.length, working, good, failed, atOnce };
}

function joinPart(node: NodeState): PartsView {
  const wanted = wantedOf(node);
  if (wanted === undefined) return {};
  return {
    join: {
      wanted,
      of: countAwake(node.plan.block),
      good: node.good,
      reached: node.joined && node.good >= wanted,
    },
  };
}

const sizes = new WeakMap<Block, number>();

/** How many steps and waits the items of an each have that were not begun. */
export function stepsToBegin({ plan, items = [], children }: NodeState): number {
  const [body] = plan.bodies;
  return body ? (items.length - children.length) * stepsIn(body) : 0;
}

/** Steps and waits of a node if all goes well: one way of a branch, one round, one item. */
function stepsIn({ kind, block, bodies }: PlanNode): number {
  if (block) return stepsOf(block);
  const holds = kind === "branch" || kind === "loop" || kind === "each";
  return holds ? Math.max(0, ...bodies.map(stepsIn)) : 1;
}

function stepsOf(block: Block): number {
  let size = sizes.get(block);
  if (size === undefined) {
    size = block.nodes.reduce((sum, node) => sum + (node.dormant ? 0 : stepsIn(node)), 0);
    sizes.set(block, size);
  }
  return size;
}
