import type { Json, JsonObject } from "../expression/json.ts";
import type { Limits, Workflow } from "../language/workflow.ts";
import type { Budget } from "./spending.ts";
import type { ChildRecord, ParentRef } from "./child-record.ts";
import type { RunOverrides, RunStatus } from "./events.ts";
import type { NodeEnd } from "./node-result.ts";
import { Heap } from "./heap.ts";
import { LazyMap } from "./lazy-map.ts";
import type { Unwritten } from "./memory.ts";
import { newNode, type NodeState } from "./node.ts";
import type { KnownResult } from "./node-result.ts";
import type { LimitHit } from "./outcome.ts";
import type { Learning } from "./cases.ts";
import type { TreesState } from "./workspace.ts";
import { type Block, holderStep, type Plan, type PlanNode } from "./plan.ts";

/**
 * A run as its log says it is. Changed by `apply` only. The order of the ready queue and who is set aside from it are
 * scheduling memory: derived from the rest, rebuilt when a log is folded.
 */
export interface RunState {
  readonly runId: string;
  readonly seed: string;
  inputs: JsonObject;
  readonly createdAt: number;
  overrides: RunOverrides;
  limits: Limits;
  workflow: Workflow;
  plan: Plan;
  status: RunStatus;
  reason: string | undefined;
  /** Time of the last event; ms since the epoch. */
  at: number;
  /** Set when the run entered a status in which its time counts. */
  activeSince: number | undefined;
  paused: boolean;
  pauseReason: string | undefined;
  /** Its process is ending on purpose: nothing more is begun until it is taken up again. */
  stopped: boolean;
  cancelling: boolean;
  /** The cancel said to undo what was done. */
  undoAsked: boolean;
  /** It had ended, and is undone all the same. */
  recalled: boolean;
  /** Steps that ended well and can be undone, and those whose runs can, by address; those of rounds that are forgotten too. */
  undoable: LazyMap<string, NodeState>;
  /** Set once the run has begun to undo what was done. */
  compensation: Compensation | undefined;
  /** How often it was restarted; results of earlier lives are not taken for this one's. */
  life: number;
  limitHit: LimitHit | undefined;
  /** What is used up, by `quotaOf`: steps that draw on it are not begun before it is reset. */
  quotas: LazyMap<string, UsedUp>;
  /** Steps wait for a circuit breaker, or for the quota of a service that is no agent, until this time. */
  parkedUntil: number;
  root: NodeState;
  /** Every node that was opened and is kept, in the order they were opened. */
  byAddress: Map<string, NodeState>;
  /** How many nodes were opened in this life. */
  opened: number;
  /** Nodes that have started and not ended. */
  live: Set<NodeState>;
  /** Those of them whose time has a cap. */
  timed: Set<NodeState>;
  /** Attempts and gates in flight. */
  active: number;
  inUse: LazyMap<string, number>;
  /** How many are on the ways of branches that balance them, by place of the way. */
  atWork: LazyMap<string, number>;
  signals: LazyMap<string, Json[]>;
  ready: Heap<NodeState>;
  /** Ready nodes set aside, by the resource they wait for. */
  shelved: LazyMap<string, Heap<NodeState>>;
  /** Groups on whose blackboard something waits. */
  watched: Set<NodeState>;
  /** Nodes in the phase `retrying`, and in the phase `asking`. */
  retrying: number;
  asking: number;
  /** This life is known to be followed by another, which may use the results of rounds that are forgotten. */
  keepsResults: boolean;
  /** Rounds were forgotten with their results. */
  forgot: boolean;
  /** Results of an earlier life by address, used again where definition and rendered request are the same. */
  known: LazyMap<string, KnownResult>;
  ledger: Ledger;
  /** The runs that steps are done by, by address; they survive every resume and restart. */
  children: LazyMap<string, ChildRecord>;
  /** Those of them whose steps are done anew by others, and that may not have ended. */
  abandoned: readonly string[];
  /** How many there were. */
  childCount: number;
  /** The step of another run that this one does. */
  parent: ParentRef | undefined;
  /** What steps have learned that their memory does not have yet, by address; it survives every resume and restart. */
  unwritten: LazyMap<string, Unwritten>;
  /** Undefined: its steps work in the project's folder, and nothing is kept of it. */
  readonly trees: TreesState | undefined;
  readonly budget: Budget;
  learning: Learning;
  ends: Record<NodeEnd, number>;
  /** Nodes of this life that have the result of an earlier one. */
  reused: number;
  /** Failures that were tolerated: the run can be `degraded` at best. */
  tolerated: number;
}

/** A quota of a provider. */
export interface UsedUp {
  /** When it is reset; ms since the epoch. */
  until: number;
  /** Ready nodes set aside until then: scheduling memory too. */
  readonly waiting: NodeState[];
}

/** How far a run has come with undoing what it did. */
export interface Compensation {
  /** Why the run ends. */
  readonly reason: string | undefined;
  /** Steps whose undo has not begun; the next is the last. */
  readonly queue: NodeState[];
  /** The undo that was begun last. */
  current: NodeState | undefined;
}

/** What the run has used so far; survives every resume and restart. */
export interface Ledger {
  /** Sum of the known prices. */
  costUsd: number;
  /** Attempts whose price is unknown. */
  unknownCosts: number;
  /** What was predicted for those of them for which that was possible: caps count it, as long as nobody knows better. */
  presumedUsd: number;
  inputTokens: number;
  /** Of these, as far as agents say it: from a provider's cache of prompts. */
  cachedTokens: number;
  outputTokens: number;
  /** Attempts of agents that were started. */
  agents: number;
  attempts: number;
  reused: number;
  cached: number;
  activeMs: number;
}

/**
 * The ready queue: waits and groups first (they take no slot), then what has a result of an earlier life, which costs
 * nothing, then priority, longest path, what works with the same, file order.
 */
export function newReadyQueue(known?: RunState["known"]): Heap<NodeState> {
  const rank = ({ plan, address }: NodeState): number => {
    if (plan.kind !== "step") return Number.MAX_SAFE_INTEGER;
    return (plan.step.priority ?? 0) + (known?.has(address) ? firstOfSteps : 0);
  };
  // the nodes of a block are numbered in turn: that of the first which works with the same
  const place = ({ id, plan }: NodeState): number => id - plan.index + plan.group;
  return new Heap<NodeState>(
    (a, b) => rank(b) - rank(a) || b.plan.pathMs - a.plan.pathMs || place(a) - place(b) || a.id - b.id,
  );
}

/** More than any priority. */
const firstOfSteps = 2 ** 52;

export function emptyLedger(): Ledger {
  return {
    costUsd: 0,
    unknownCosts: 0,
    presumedUsd: 0,
    inputTokens: 0,
    cachedTokens: 0,
    outputTokens: 0,
    agents: 0,
    attempts: 0,
    reused: 0,
    cached: 0,
    activeMs: 0,
  };
}

export function noEnds(): Record<NodeEnd, number> {
  return { verified: 0, claimed: 0, skipped: 0, failed: 0, blocked: 0, cancelled: 0 };
}

/** The whole workflow as a node: a group that holds the outermost block. */
export function rootNode(block: Block): NodeState {
  return newNode(rootPlan(block), { id: -1, parent: undefined, address: "" });
}

const rootPlans = new WeakMap<Block, PlanNode>();

function rootPlan(block: Block): PlanNode {
  const known = rootPlans.get(block);
  if (known) return known;
  const plan: PlanNode = {
    kind: "group",
    step: holderStep("", block.chain),
    index: 0,
    group: 0,
    needs: [],
    dependents: [],
    expectedMs: block.schedule.makespanMs,
    pathMs: block.schedule.makespanMs,
    dormant: false,
    outside: block.nodes.some(({ outside }) => outside),
    block,
    bodies: [],
    estimate: {},
  };
  rootPlans.set(block, plan);
  return plan;
}

/** The node at an address of this run, opened or not yet: undefined when the block it lies in is not open. */
export function nodeAt(state: RunState, address: string): NodeState | undefined {
  return address === "" ? state.root : state.byAddress.get(address);
}

/** True while nothing new may begin. */
export function isHalted(state: RunState): boolean {
  return state.paused || state.stopped || state.cancelling || state.limitHit !== undefined;
}

/** True when the run has come to an end from which only a restart leads on. */
export function isFinal(status: RunStatus): boolean {
  return status === "completed" || status === "degraded" || status === "failed" || status === "cancelled";
}

/** The result of an earlier life that may be used again, or judged. */
export function usableResult({ known }: Pick<RunState, "known">, address: string): KnownResult | undefined {
  const result = known.get(address);
  return result?.isGone ? undefined : result;
}

/** What of a run begins anew with each life of it. */
export function newLife(plan: Plan, known?: RunState["known"]) {
  return {
    root: rootNode(plan.root),
    byAddress: new Map(),
    opened: 0,
    live: new Set(),
    timed: new Set(),
    active: 0,
    inUse: new LazyMap(),
    atWork: new LazyMap(),
    ready: newReadyQueue(known),
    shelved: new LazyMap(),
    watched: new Set(),
    retrying: 0,
    asking: 0,
    ends: noEnds(),
    reused: 0,
    tolerated: 0,
    paused: false,
    pauseReason: undefined,
    stopped: false,
    cancelling: false,
    undoAsked: false,
    recalled: false,
    undoable: new LazyMap(),
    compensation: undefined,
    limitHit: undefined,
    quotas: new LazyMap(),
    parkedUntil: 0,
  } satisfies Partial<RunState>;
}
