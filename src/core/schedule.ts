import { TuttiError } from "../errors.ts";
import type { Chain, Step } from "../language/workflow.ts";
import { Heap } from "./heap.ts";

/**
 * Least predicted gain for which independent steps run together by themselves. Held against the time of those steps
 * that have another one beside them: a long step that everything waits for must not make their gain look small.
 */
const leastGain = 0.2;

/** How the nodes of a block are ordered. Times are predictions in ms. */
export interface Schedule {
  /** `sequence`: one after another, because it was not asked otherwise or the gain is too small. */
  readonly strategy: "sequence" | "fork-join" | "barrier" | "pipeline" | "event-driven";
  readonly why: string;
  /** One node after another. */
  readonly sequentialMs: number;
  /** As scheduled. */
  readonly makespanMs: number;
  /** The longest path: no number of workers is faster. */
  readonly criticalMs: number;
  /** Share of the sequential time that running together saves, 0 to 1. */
  readonly gain: number;
  /** Names on the longest path. */
  readonly criticalPath: readonly string[];
  /** Nodes that may run together, by the earliest level at which they can start. */
  readonly levels: readonly (readonly string[])[];
}

/** A node as far as its order goes; positions are those in its block. */
export interface DraftNode {
  readonly step: Step;
  readonly index: number;
  /** Predicted duration of the node itself. */
  readonly expectedMs: number;
  /** Runs only when another step fails. */
  readonly dormant: boolean;
  /** It waits for a person, a time, a signal or another run, or something in it does: nobody knows how long. */
  readonly outside: boolean;
  needs: number[];
  dependents: number[];
  pathMs: number;
}

/** Orders a block: sets `needs`, `dependents` and `pathMs` of its nodes and says what was chosen. */
export function scheduleBlock(
  nodes: readonly DraftNode[],
  { chain, parallel }: { readonly chain: Chain; readonly parallel: number },
): Schedule {
  const only = loneNode(nodes);
  if (only) return scheduleOne(only, chain);
  const order = topologicalOrder(nodes);
  setPaths(nodes, order);
  const awake = nodes.filter((node) => !node.dormant);
  const sequentialMs = awake.reduce((sum, node) => sum + node.expectedMs, 0);
  const parallelMs = listSchedule(nodes, parallel);
  const saved = saving(sequentialMs, parallelMs);
  const aloneMs = timeAlone(order);
  const gain = saving(sequentialMs - aloneMs, parallelMs - aloneMs);
  const together = chain.parallelAlways ?? (chain.parallelWherePossible && gain >= leastGain);
  const chosen = together
    ? shapeOf(nodes, levelsOf(nodes, order))
    : inSequence(nodes, { order, chain, gain });
  return {
    ...chosen,
    sequentialMs,
    makespanMs: together ? parallelMs : listSchedule(nodes, parallel),
    criticalMs: awake.reduce((longest, node) => Math.max(longest, node.pathMs), 0),
    gain: together ? saved : 0,
    criticalPath: criticalPath(nodes),
    levels: levelsOf(nodes, order),
  };
}

/**
 * Orders the nodes one after another. Where they may run together and only the time it would save is too small, this
 * leaves out those of which nobody knows how long they take, and what needs them: nothing independent waits for them.
 */
function inSequence(
  nodes: readonly DraftNode[],
  {
    order,
    chain,
    gain,
  }: { readonly order: readonly DraftNode[]; readonly chain: Chain; readonly gain: number },
): Pick<Schedule, "strategy" | "why"> {
  const awake = order.filter((node) => !node.dormant);
  const free = chain.parallelWherePossible ? behindOutside(awake) : new Set<DraftNode>();
  const isFreed = awake.some((node, at) => {
    const previous = awake[at - 1];
    return previous && !node.needs.includes(previous.index) && (free.has(node) || free.has(previous));
  });
  lineUp(
    nodes,
    awake.filter((node) => !free.has(node)),
  );
  setPaths(nodes, order);
  const { strategy, why } = sequenceBecause(chain, gain);
  return { strategy, why: isFreed ? `${why}; ${freedText(awake)}` : why };
}

/** The nodes that wait for something outside, and all that come after them by their own needs. */
function behindOutside(awake: readonly DraftNode[]): ReadonlySet<DraftNode> {
  const found = new Set<DraftNode>();
  const isFound: boolean[] = [];
  for (const node of awake) {
    const waits = node.needs.some((index) => isFound[index] === true);
    if (!node.outside && !waits) continue;
    found.add(node);
    isFound[node.index] = true;
  }
  return found;
}

function freedText(awake: readonly DraftNode[]): string {
  const names = awake.filter(({ outside }) => outside).map(({ step }) => `"${step.name}"`);
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  return `nothing waits for ${names.slice(0, 3).join(", ")}${more} but what needs it: nobody knows how long that takes`;
}

function loneNode(nodes: readonly DraftNode[]): DraftNode | undefined {
  const [only] = nodes;
  return nodes.length === 1 && only?.needs.length === 0 && !only.dormant ? only : undefined;
}

/** What comes out for a block of one node, as ways, rounds and items often are, without the way there. */
function scheduleOne(node: DraftNode, chain: Chain): Schedule {
  const { expectedMs, step } = node;
  const names = [step.name];
  const levels = [names];
  const { strategy, why } = chain.parallelAlways ? shapeOf([node], levels) : sequenceBecause(chain, 0);
  node.pathMs = expectedMs;
  return {
    strategy,
    why,
    sequentialMs: expectedMs,
    makespanMs: expectedMs,
    criticalMs: expectedMs,
    gain: 0,
    criticalPath: names,
    levels,
  };
}

function saving(sequentialMs: number, parallelMs: number): number {
  return sequentialMs > 0 ? (sequentialMs - parallelMs) / sequentialMs : 0;
}

/**
 * Time of the nodes that can run beside no other, because every other one comes before or after them. In a topological
 * order these are the nodes that no need reaches across: nothing later was free before them, and nothing earlier stays
 * unneeded until after them.
 */
function timeAlone(order: readonly DraftNode[]): number {
  const awake = order.filter((node) => !node.dormant);
  const position: number[] = [];
  awake.forEach((node, at) => (position[node.index] = at));
  // At each position: when the first of the nodes behind it is free.
  const freeFrom: number[] = [];
  let earliest = Number.POSITIVE_INFINITY;
  for (let at = awake.length - 1; at >= 0; at -= 1) {
    freeFrom[at] = earliest;
    earliest = Math.min(earliest, lastPlace(awake[at]?.needs ?? [], position));
  }
  let totalMs = 0;
  let neededBy = Number.NEGATIVE_INFINITY;
  awake.forEach((node, at) => {
    if ((freeFrom[at] ?? 0) >= at && neededBy <= at) totalMs += node.expectedMs;
    neededBy = Math.max(neededBy, firstPlace(node.dependents, position));
  });
  return totalMs;
}

/** Dormant nodes have no place. */
function lastPlace(indices: readonly number[], position: readonly (number | undefined)[]): number {
  let last = -1;
  for (const index of indices) last = Math.max(last, position[index] ?? -1);
  return last;
}

function firstPlace(indices: readonly number[], position: readonly (number | undefined)[]): number {
  let first = Number.POSITIVE_INFINITY;
  for (const index of indices) first = Math.min(first, position[index] ?? first);
  return first;
}

/** Kahn's algorithm (Communications of the ACM 5(11), 1962); nodes that become free together keep file order. */
function topologicalOrder(nodes: readonly DraftNode[]): DraftNode[] {
  const unmet = nodes.map((node) => node.needs.length);
  const free = new Heap<DraftNode>((a, b) => a.index - b.index);
  for (const node of nodes) if (node.needs.length === 0) free.push(node);
  const order: DraftNode[] = [];
  for (let node = free.pop(); node; node = free.pop()) {
    order.push(node);
    for (const index of node.dependents) {
      unmet[index] = (unmet[index] ?? 0) - 1;
      const dependent = nodes[index];
      if (dependent && unmet[index] === 0) free.push(dependent);
    }
  }
  if (order.length < nodes.length) {
    throw new TuttiError("INTERNAL", "Cannot plan the block: its steps wait for each other in a circle", {
      fix: "load the workflow with loadWorkflow or loadObject, which name the circle",
    });
  }
  return order;
}

function setPaths(nodes: readonly DraftNode[], order: readonly DraftNode[]): void {
  for (let at = order.length - 1; at >= 0; at -= 1) {
    const node = order[at];
    if (!node) continue;
    let longest = 0;
    for (const index of node.dependents) longest = Math.max(longest, nodes[index]?.pathMs ?? 0);
    node.pathMs = node.dormant ? 0 : node.expectedMs + longest;
  }
}

/** Puts the nodes one after another; a node keeps its needs and gets the one before it as well. */
function lineUp(nodes: readonly DraftNode[], line: readonly DraftNode[]): void {
  line.forEach((node, at) => {
    const previous = line[at - 1];
    if (!previous || node.needs.includes(previous.index)) return;
    node.needs.push(previous.index);
    nodes[previous.index]?.dependents.push(node.index);
  });
}

/** Makespan on so many workers, longest path first (list scheduling, Graham 1969). */
function listSchedule(nodes: readonly DraftNode[], workers: number): number {
  const unmet = nodes.map((node) => node.needs.length);
  const ready = new Heap<DraftNode>((a, b) => b.pathMs - a.pathMs || a.index - b.index);
  const running = new Heap<{ readonly end: number; readonly node: DraftNode }>((a, b) => a.end - b.end);
  for (const node of nodes) if (node.needs.length === 0 && !node.dormant) ready.push(node);
  const fill = (now: number) => {
    while (running.size < workers) {
      const node = ready.pop();
      if (!node) return;
      running.push({ end: now + node.expectedMs, node });
    }
  };
  let now = 0;
  fill(now);
  for (let done = running.pop(); done; done = running.pop()) {
    now = done.end;
    for (const index of done.node.dependents) {
      const left = (unmet[index] ?? 0) - 1;
      unmet[index] = left;
      const dependent = left === 0 ? nodes[index] : undefined;
      if (dependent && !dependent.dormant) ready.push(dependent);
    }
    fill(now);
  }
  return now;
}

function levelsOf(nodes: readonly DraftNode[], order: readonly DraftNode[]): string[][] {
  const level: number[] = [];
  const levels: string[][] = [];
  for (const node of order) {
    if (node.dormant) continue;
    let at = 0;
    for (const index of node.needs) at = Math.max(at, (level[index] ?? -1) + 1);
    level[node.index] = at;
    (levels[at] ??= []).push(nodes[node.index]?.step.name ?? "");
  }
  return levels;
}

function sequenceBecause(chain: Chain, gain: number): Pick<Schedule, "strategy" | "why"> {
  if (!chain.parallelWherePossible)
    return { strategy: "sequence", why: "parallel_where_possible is not set" };
  const percent = Math.min(Math.round(Math.max(0, gain) * 100), leastGain * 100 - 1);
  return {
    strategy: "sequence",
    why: `running together would save the independent steps ${percent} %, less than ${leastGain * 100} %`,
  };
}

function shapeOf(
  nodes: readonly DraftNode[],
  levels: readonly (readonly string[])[],
): Pick<Schedule, "strategy" | "why"> {
  const awake = nodes.filter((node) => !node.dormant);
  const wide = levels.filter((level) => level.length > 1).length;
  if (awake.every((node) => node.needs.length <= 1 && node.dependents.length <= 1)) {
    return levels.length === 1
      ? { strategy: "fork-join", why: "the steps are independent and are joined at the end" }
      : { strategy: "pipeline", why: "separate lines of steps run beside each other" };
  }
  if (isBarrier(nodes, levels)) {
    return wide === 1
      ? { strategy: "fork-join", why: "one group of independent steps between a common start and end" }
      : { strategy: "barrier", why: "each group waits for the whole group before it" };
  }
  return { strategy: "event-driven", why: "each step starts the moment its own dependencies have ended" };
}

/** True when every node of a level needs the whole level before it. */
function isBarrier(nodes: readonly DraftNode[], levels: readonly (readonly string[])[]): boolean {
  const awake = nodes.filter((node) => !node.dormant);
  const levelByName = new Map(levels.flatMap((level, at) => level.map((name) => [name, at] as const)));
  const levelOf = (node: DraftNode | undefined) => levelByName.get(node?.step.name ?? "");
  return awake.every((node) => {
    const above = (levelOf(node) ?? 0) - 1;
    const needed = node.needs.filter((index) => levelOf(nodes[index]) === above);
    return above < 0 || needed.length === levels[above]?.length;
  });
}

function criticalPath(nodes: readonly DraftNode[]): string[] {
  const path: string[] = [];
  let node = longest(nodes.filter(({ needs }) => needs.length === 0));
  while (node) {
    path.push(node.step.name);
    node = longest(node.dependents.flatMap((index) => nodes[index] ?? []));
  }
  return path;
}

/** The node with the longest path, the first of several; a dormant one is on none. */
function longest(nodes: readonly DraftNode[]): DraftNode | undefined {
  let found: DraftNode | undefined;
  for (const node of nodes) if (!node.dormant && node.pathMs > (found?.pathMs ?? 0)) found = node;
  return found;
}
