import type { Json, JsonObject } from "../expression/json.ts";
import type { Limits, Workflow } from "../language/workflow.ts";
import type {
  Event,
  Failure,
  GateRef,
  ListedItem,
  NodeEnd,
  Outcome,
  Request,
  RunOverrides,
  RunStatus,
  ShellText,
} from "./events.ts";
import { Heap } from "./heap.ts";
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
  /** How often it was restarted; results of earlier lives are not taken for this one's. */
  life: number;
  limitHit: { readonly limit: keyof Limits; readonly used: number; readonly cap: number } | undefined;
  /** Agents are not asked before this time. */
  quotaUntil: number;
  /** Steps wait for a circuit breaker, or for the quota of a service that is no agent, until this time. */
  parkedUntil: number;
  root: NodeState;
  /** Every node that was opened and is kept, in the order they were opened. */
  byAddress: Map<string, NodeState>;
  /** How many nodes were opened in this life. */
  opened: number;
  /** Nodes that have started and not ended. */
  live: Set<NodeState>;
  /** Attempts and gates in flight. */
  active: number;
  inUse: Map<string, number>;
  signals: Map<string, Json[]>;
  ready: Heap<NodeState>;
  /** Ready nodes set aside, by the resource they wait for. */
  shelved: Map<string, Heap<NodeState>>;
  /** Ready nodes set aside until the provider's quota is reset. */
  awaitingQuota: NodeState[];
  /** Nodes in the phase `retrying`, and in the phase `asking`. */
  retrying: number;
  asking: number;
  /** Results of an earlier life by address, used again where definition and rendered request are the same. */
  known: Map<string, KnownResult>;
  ledger: Ledger;
  ends: Record<NodeEnd, number>;
  /** Failures that were tolerated: the run can be `degraded` at best. */
  tolerated: number;
}

/** What the run has used so far; survives every resume and restart. */
export interface Ledger {
  /** Sum of the known prices. */
  costUsd: number;
  /** Attempts whose price is unknown. */
  unknownCosts: number;
  inputTokens: number;
  outputTokens: number;
  /** Attempts of agents that were started. */
  agents: number;
  attempts: number;
  reused: number;
  cached: number;
  activeMs: number;
}

/**
 * `before`, `gates`: a gate runs or is next. `settling`: an attempt has ended and what follows is being decided.
 * `retrying`: waits for the time of the next attempt. `asking`: was interrupted and a person must say what to do.
 */
export type Phase =
  | "pending"
  | "ready"
  | "before"
  | "running"
  | "settling"
  | "gates"
  | "retrying"
  | "waiting"
  | "asking"
  | "open"
  | "ended";

export interface NodeState {
  readonly id: number;
  readonly plan: PlanNode;
  readonly parent: NodeState | undefined;
  readonly address: string;
  /** Of a way, round or item: where it comes among those of its parent, from 0. */
  readonly place: number;
  /** The item that it is for. */
  readonly item: Json | undefined;
  phase: Phase;
  unmet: number;
  /** A need did not end well. */
  blockedBy: string | undefined;
  attempt: number;
  /** Retries used, and feedback rounds used. */
  retries: number;
  rounds: number;
  holding: boolean;
  request: Request | undefined;
  /** The backup that took over, in place of the agent that was wanted. */
  agent: string | undefined;
  /** An attempt failed because another held what it needed: it goes on when none of the like is at work. */
  contended: boolean;
  outcome: Outcome | undefined;
  feedback: string | undefined;
  /** The gate that runs now, with its shell text. */
  gate: { readonly ref: GateRef; readonly shell: ShellText } | undefined;
  gateResults: GateResult[];
  dueAt: number | undefined;
  signal: string | undefined;
  /** Of a node that asks people, once it has asked. */
  ask: AskState | undefined;
  end: NodeEnd | undefined;
  failure: Failure | undefined;
  reason: string | undefined;
  stage: string | undefined;
  startedAt: number | undefined;
  /** When the last attempt was started, or started again after an interruption. */
  attemptAt: number | undefined;
  /** When the last attempt ended. */
  settledAt: number | undefined;
  endedAt: number | undefined;
  /** Time since it started in which no process drove the run. */
  downMs: number;
  costUsd: number;
  costUnknown: boolean;
  reused: boolean;
  /** Whether dependents may go on. */
  satisfied: boolean;
  /** Name of the fallback for this failed node. */
  fallback: string | undefined;
  /** The ended fallback whose output stands for this node's. */
  standIn: NodeState | undefined;
  /** Failed nodes this fallback stands for and whose dependents wait. */
  covers: NodeState[];
  // Of a node that holds others:
  /** Of a group: the nodes of its block in plan order, once it is open. Else the ways, rounds or items opened so far. */
  children: NodeState[];
  /** Of an each: its items, once they were listed. */
  items: readonly ListedItem[] | undefined;
  /** Of a block of another workflow: its inputs, once it is open. */
  inputs: JsonObject | undefined;
  /** Of a branch: which way it takes. Of a round: what its loop found when it looked at it. */
  decided: Decided | undefined;
  /** Children that have not ended, without dormant ones that sleep. */
  remaining: number;
  /** Children that have started and not ended. */
  inFlight: number;
  /** This block, or one around it, has stopped: nothing more begins in it. */
  stopping: boolean;
  /** Children that ended well, and were not skipped. */
  good: number;
  /** Enough of them did: the rest is given up. */
  joined: boolean;
  /** Of a loop: the best measure so far, and for how many rounds there was none better. */
  best: number | undefined;
  stale: number;
}

export type Decided = Extract<Event, { type: "branch.decided" | "round.judged" }>;

export interface GateResult {
  readonly ref: GateRef;
  readonly attempt: number;
  readonly passed: boolean;
  readonly evidence: JsonObject;
}

export interface KnownResult {
  readonly definition: Json;
  readonly request: Request | undefined;
  /** The environment it had; undefined for a wait, and where it cannot be told any more. */
  readonly env: Readonly<Record<string, string>> | undefined;
  /** What else it rested on (`readsOf`); undefined where it cannot be told any more. */
  readonly reads: readonly Json[] | undefined;
  readonly outcome: Outcome | undefined;
  readonly attempt: number;
  readonly end: NodeEnd;
  readonly gateResults: readonly GateResult[];
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly downMs: number;
  readonly costUsd: number;
  readonly costUnknown: boolean;
}

/** People who were asked, as it stands. */
export interface AskState {
  readonly text: string;
  readonly askedAt: number;
  readonly answers: readonly Answer[];
  /** How many levels it was escalated. */
  readonly level: number;
}

export interface Answer {
  readonly value: Json;
  /** Absent: nobody answered until the deadline, and this was taken. */
  readonly by?: string;
  readonly reason?: string;
}

export type NodePlace = Pick<NodeState, "id" | "parent" | "address"> &
  Partial<Pick<NodeState, "place" | "item">>;

/** What every node begins with, but for what tells it from others. */
const beginning: Omit<NodeState, keyof NodePlace | "plan" | "unmet" | "gateResults" | "covers" | "children"> =
  {
    phase: "pending",
    blockedBy: undefined,
    attempt: 0,
    retries: 0,
    rounds: 0,
    holding: false,
    request: undefined,
    agent: undefined,
    contended: false,
    outcome: undefined,
    feedback: undefined,
    gate: undefined,
    dueAt: undefined,
    signal: undefined,
    ask: undefined,
    end: undefined,
    failure: undefined,
    reason: undefined,
    stage: undefined,
    startedAt: undefined,
    attemptAt: undefined,
    settledAt: undefined,
    endedAt: undefined,
    downMs: 0,
    costUsd: 0,
    costUnknown: false,
    reused: false,
    satisfied: false,
    fallback: undefined,
    standIn: undefined,
    items: undefined,
    inputs: undefined,
    decided: undefined,
    remaining: 0,
    inFlight: 0,
    stopping: false,
    good: 0,
    joined: false,
    best: undefined,
    stale: 0,
  };

/** A node of a block that is being opened, or the root of the run. */
export function newNode(plan: PlanNode, { id, parent, address, place = 0, item }: NodePlace): NodeState {
  const lists = { gateResults: [], covers: [], children: [] };
  return { ...beginning, id, plan, parent, address, place, item, unmet: plan.needs.length, ...lists };
}

/** The ready queue: waits and groups first (they take no slot), then priority, longest path, file order. */
export function newReadyQueue(): Heap<NodeState> {
  return new Heap<NodeState>((a, b) => rank(b) - rank(a) || b.plan.pathMs - a.plan.pathMs || a.id - b.id);
}

function rank(node: NodeState): number {
  return node.plan.kind === "step" ? (node.plan.step.priority ?? 0) : Number.MAX_SAFE_INTEGER;
}

export function emptyLedger(): Ledger {
  return {
    costUsd: 0,
    unknownCosts: 0,
    inputTokens: 0,
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
    needs: [],
    dependents: [],
    expectedMs: block.schedule.makespanMs,
    pathMs: block.schedule.makespanMs,
    dormant: false,
    block,
    bodies: [],
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

/** True for a node that holds others and does no work itself. */
export function isHolder({ plan }: NodeState): boolean {
  return plan.kind === "group" || plan.kind === "branch" || plan.kind === "loop" || plan.kind === "each";
}

/** True when what the node does is no longer wanted: a block around it has what it needs. */
export function isGivenUp(node: NodeState): boolean {
  for (let at = node.parent; at; at = at.parent) if (at.joined) return true;
  return false;
}

/** The node at a position of the same block. */
export function sibling(node: NodeState, index: number): NodeState | undefined {
  return node.parent?.children[index];
}

/** True when the run has come to an end from which only a restart leads on. */
export function isFinal(status: RunStatus): boolean {
  return status === "completed" || status === "degraded" || status === "failed" || status === "cancelled";
}

/** Which way a branch took; null for none, undefined before it decided. */
export function wayOf({ decided }: NodeState): string | null | undefined {
  return decided?.type === "branch.decided" ? decided.way : undefined;
}
