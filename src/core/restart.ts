import type { Json } from "../expression/json.ts";
import type { Step } from "../language/workflow.ts";
import type { Event, RunOverrides } from "./events.ts";
import { buildPlan } from "./plan.ts";
import {
  childrenOf,
  newReadyQueue,
  noEnds,
  rootNode,
  type KnownResult,
  type NodeState,
  type RunState,
} from "./state.ts";

type Restarted = Extract<Event, { type: "run.restarted" }>;

/**
 * A new life of the run: every node starts over, but what ended well is kept as a known result, which is used again
 * when the node's definition and rendered request turn out the same (resume by content). The ledger stays.
 */
export function applyRestart(state: RunState, event: Restarted): void {
  const dropped = new Set(event.drop);
  for (const node of state.nodes) {
    if (isReusable(node)) state.known.set(node.address, knownResult(node));
  }
  for (const address of dropped) state.known.delete(address);
  takeOverrides(state, event.overrides ?? {});
  takeWorkflow(state, event);
  Object.assign(state, freshNodes(state));
}

function takeOverrides(state: RunState, overrides: RunOverrides): void {
  const limits = { ...state.overrides.limits, ...overrides.limits };
  state.overrides = { ...state.overrides, ...overrides, limits };
}

function takeWorkflow(state: RunState, { workflow, plan }: Restarted): void {
  const base = workflow ?? state.workflow;
  state.limits = { ...base.limits, ...state.overrides.limits };
  state.workflow = { ...base, limits: state.limits };
  if (workflow || plan) state.plan = buildPlan(state.workflow, plan ?? { expectedMs: {} });
}

function freshNodes(state: RunState): Partial<RunState> {
  return {
    life: state.life + 1,
    nodes: [],
    root: rootNode(state.plan.root),
    byAddress: new Map(),
    live: new Set(),
    active: 0,
    inUse: new Map(),
    ready: newReadyQueue(),
    shelved: new Map(),
    ends: noEnds(),
    tolerated: 0,
    paused: false,
    cancelling: false,
    limitHit: undefined,
    quotaUntil: 0,
  };
}

function isReusable(node: NodeState): boolean {
  return (
    node.plan.kind !== "group" &&
    (node.end === "verified" || node.end === "claimed") &&
    node.fallback === undefined
  );
}

function knownResult(node: NodeState): KnownResult {
  return {
    definition: definitionOf(node.plan.step),
    request: node.request,
    outcome: node.outcome,
    end: node.end ?? "claimed",
    gateResults: node.gateResults,
    startedAt: node.startedAt,
    endedAt: node.endedAt,
    costUsd: node.costUsd,
    costUnknown: node.costUnknown,
  };
}

/**
 * What a result depends on in a step's text. Not part of it: how the step is scheduled, retried, timed or cached.
 */
export function definitionOf(step: Step): Json {
  const { action, output, before, gates, env, reads } = step;
  const kept = action.kind === "chain" ? { kind: "chain" } : action;
  // JSON.parse(JSON.stringify()) drops undefined members and severs the readonly types; both sides of every
  // comparison go through here.
  return JSON.parse(JSON.stringify({ action: kept, output, before, gates, env, reads })) as Json;
}

/**
 * Addresses whose results a restart from `address` drops: the node, what lies in it, and everything that comes after
 * it in its block and in the blocks around it. Undefined when there is no such node.
 */
export function downstreamOf(state: RunState, address: string): string[] | undefined {
  const start = state.byAddress.get(address);
  if (!start) return undefined;
  const dropped = new Set<NodeState>();
  for (let node: NodeState | undefined = start; node?.parent; node = node.parent) {
    const siblings = childrenOf(state, node.parent);
    const queue = node === start ? [node] : dependentsOf(node, siblings);
    for (let next = queue.pop(); next; next = queue.pop()) {
      if (dropped.has(next)) continue;
      dropped.add(next);
      queue.push(
        ...childrenOf(state, next),
        ...dependentsOf(next, next.parent ? childrenOf(state, next.parent) : []),
      );
    }
  }
  return [...dropped].map((node) => node.address);
}

function dependentsOf(node: NodeState, siblings: readonly NodeState[]): NodeState[] {
  return node.plan.dependents.flatMap((index) => siblings[index] ?? []);
}
