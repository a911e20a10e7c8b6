import type { Json, JsonObject } from "../expression/json.ts";
import type { ChildLink } from "./child-record.ts";
import type { DecidedRequest, GateRef, Request } from "./effects.ts";
import type { GateCheck } from "./gate-check.ts";
import type { Event, ListedItem } from "./events.ts";
import type { MemoryRead, MemoryWritten } from "./memory.ts";
import type { GateResult, NodeEnd } from "./node-result.ts";
import type { Failure, Outcome } from "./outcome.ts";
import type { PlanNode } from "./plan.ts";
import type { BoardEntry } from "./policies/blackboard.ts";
import type { TriedWay } from "./tried-way.ts";
import type { NodeTree } from "./workspace.ts";

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
  /** The run that does the step now. */
  child: ChildLink | undefined;
  /**
   * What lay, before the first attempt that changed it, at each path that the attempts so far changed; undefined when
   * not all of it is known, or nobody asks.
   */
  filesBefore: Readonly<Record<string, string>> | undefined;
  /** The artifact that says what lay in the folder when the attempt began. */
  filesAtStart: string | undefined;
  /** What it was told from its memory when it began. */
  memory: MemoryRead | undefined;
  /** What became of what it has learned. */
  written: MemoryWritten | undefined;
  /** Once it has begun in a tree that is kept. */
  tree: NodeTree | undefined;
  feedback: string | undefined;
  /** What people decided about a call of the attempt before: this one goes on with that. */
  callDecided: DecidedRequest | undefined;
  /** What the attempts changed that this one goes on with. */
  changedBefore: readonly string[] | undefined;
  /** The gate that is checked outside now. */
  gate: { readonly ref: GateRef; readonly check: GateCheck } | undefined;
  gateResults: readonly GateResult[];
  /** What was done and could not land. */
  unlanded: Unlanded | undefined;
  /** How often the agent of the gate that is next was asked in vain, and what was the matter last. */
  vain: InVain | undefined;
  dueAt: number | undefined;
  signal: string | undefined;
  /** Of a node that asks people, once it has asked; of one whose gate does, as long as it asks. */
  ask: AskState | undefined;
  /** Which gates it goes on with when it is begun next; undefined: with an attempt. */
  resumes: GateRef["when"] | undefined;
  end: NodeEnd | undefined;
  failure: Failure | undefined;
  reason: string | undefined;
  stage: string | undefined;
  /** What its work waits for before it is begun: a place among all that this process does. */
  queued: string | undefined;
  startedAt: number | undefined;
  /** When the last attempt was started, or started again after an interruption. */
  attemptAt: number | undefined;
  /** When the last attempt ended. */
  settledAt: number | undefined;
  endedAt: number | undefined;
  /** Time since it started in which no process drove the run. */
  downMs: number;
  /** How long the run had executed when it began; only where its time has a cap. */
  clockAt: number | undefined;
  /** Its time is over: what it does is stopped, and it fails. */
  timeUp: { readonly usedMs: number; readonly capMs: number } | undefined;
  costUsd: number;
  costUnknown: boolean;
  reused: boolean;
  /** Whether dependents may go on. */
  satisfied: boolean;
  /** Of one that failed: why its block goes on all the same. */
  tolerated: Extract<Event, { type: "node.ended" }>["tolerated"];
  /** Name of the fallback for this failed node. */
  fallback: string | undefined;
  /** The ended fallback whose output stands for this node's. */
  standIn: NodeState | undefined;
  /** Failed nodes this fallback stands for and whose dependents wait. */
  covers: readonly NodeState[];
  /** The undo of this step, once it has begun. */
  undo: NodeState | undefined;
  /** Of an undo: the step whose work it takes back. */
  undoes: NodeState | undefined;
  // Of a node that holds others:
  /** Of a group: the nodes of its block in plan order, once it is open. Else the ways, rounds or items opened so far. */
  children: NodeState[];
  /** Of an each: its items, once they were listed. */
  items: readonly ListedItem[] | undefined;
  /** Of a block of another workflow: its inputs, once it is open. */
  inputs: JsonObject | undefined;
  /** Of a branch: which way it takes. Of a round: what its loop found when it looked at it. */
  decided: Decided | undefined;
  /** Of a branch: ways that had failed in an earlier life, and are not taken again. */
  carried: readonly TriedWay[];
  /** Of a way: how many failures in it were put up with. */
  putUp: number;
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
  /** Of a group with a blackboard: what is on it, once there is anything. */
  board: BoardState | undefined;
  /** What was asked, apart from what a blackboard said; undefined: the request itself tells it. */
  basis: string | undefined;
  /** Of a loop: the best measure so far, and for how many rounds there was none better. */
  best: number | undefined;
  stale: number;
}

/** Work as it was when all gates before its landing had held: that it could not land makes it no less done. */
export type Unlanded = Pick<
  NodeState,
  "request" | "outcome" | "attempt" | "gateResults" | "attemptAt" | "settledAt" | "filesBefore" | "tree"
>;

export type Decided = Extract<Event, { type: "branch.decided" | "round.judged" }>;

export interface InVain {
  readonly times: number;
  /** Of these, how often it failed, and how often it was refused for a quota or by an open circuit breaker. */
  readonly retries: number;
  readonly refusals: number;
  readonly failure: Failure | undefined;
  /** The agent that took over; undefined: the wanted one is asked. */
  readonly agent: string | undefined;
}

/** People who were asked, as it stands. */
export interface AskState {
  readonly text: string;
  readonly askedAt: number;
  readonly answers: readonly Answer[];
  /** How many levels it was escalated. */
  readonly level: number;
  /** Of these, what nobody is known to have been told. */
  readonly untold?: readonly Extract<Event, { type: "ask.escalated" }>[];
  /** The gate that asks; absent: the node itself does, or its agent. */
  readonly gate?: GateRef;
  /** The call of its agent that it is about, by its id. */
  readonly call?: string;
  /** The answers there are, where they were not known before. */
  readonly choices?: readonly Json[];
}

export interface Answer {
  readonly value: Json;
  /** Absent: nobody answered until the deadline, and this was taken. */
  readonly by?: string;
  readonly reason?: string;
}

/** What is on a blackboard. */
export interface BoardState {
  /** In the order in which they came. */
  readonly entries: PostedEntry[];
  /** What did not come onto it, and why. */
  readonly refused: RefusedEntry[];
  /** Addresses of the steps that have put on it what they had to. */
  readonly posted: Set<string>;
  /** By agent: how many entries there were when it last began something. */
  readonly seen: Map<string, number>;
  /** Nodes that wait for something on it. */
  readonly watchers: Set<NodeState>;
}

export interface PostedEntry extends BoardEntry {
  /** Of the step that wrote it. */
  readonly address: string;
}

export interface RefusedEntry {
  readonly by: string;
  readonly address: string;
  readonly why: string;
}

export type NodePlace = Pick<NodeState, "id" | "parent" | "address"> &
  Partial<Pick<NodeState, "place" | "item">>;

/** What every node begins with, but for what tells it from others. */
const beginning: Omit<NodeState, "plan"> & { readonly plan: undefined } = {
  // All members are here, those too that each node has its own of: one that comes later takes more room and time.
  id: -1,
  plan: undefined,
  parent: undefined,
  address: "",
  place: 0,
  item: undefined,
  unmet: 0,
  gateResults: [],
  covers: [],
  children: [],
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
  child: undefined,
  filesBefore: {},
  filesAtStart: undefined,
  memory: undefined,
  written: undefined,
  tree: undefined,
  feedback: undefined,
  callDecided: undefined,
  changedBefore: undefined,
  gate: undefined,
  unlanded: undefined,
  vain: undefined,
  dueAt: undefined,
  signal: undefined,
  ask: undefined,
  resumes: undefined,
  end: undefined,
  failure: undefined,
  reason: undefined,
  stage: undefined,
  queued: undefined,
  startedAt: undefined,
  attemptAt: undefined,
  settledAt: undefined,
  endedAt: undefined,
  downMs: 0,
  clockAt: undefined,
  timeUp: undefined,
  costUsd: 0,
  costUnknown: false,
  reused: false,
  satisfied: false,
  tolerated: undefined,
  fallback: undefined,
  standIn: undefined,
  undo: undefined,
  undoes: undefined,
  items: undefined,
  inputs: undefined,
  decided: undefined,
  carried: [],
  putUp: 0,
  remaining: 0,
  inFlight: 0,
  stopping: false,
  good: 0,
  joined: false,
  board: undefined,
  basis: undefined,
  best: undefined,
  stale: 0,
};

/** A node of a block that is being opened, or the root of the run. */
export function newNode(plan: PlanNode, { id, parent, address, place = 0, item }: NodePlace): NodeState {
  return { ...beginning, id, plan, parent, address, place, item, unmet: plan.needs.length, children: [] };
}

/** True for a node that holds others and does no work itself. */
export function isHolder({ plan }: NodeState): boolean {
  return plan.kind === "group" || plan.kind === "branch" || plan.kind === "loop" || plan.kind === "each";
}

/** True when what the node does is no longer wanted: a block around it has what it needs, or its time is over. */
export function isGivenUp(node: NodeState): boolean {
  if (node.timeUp) return true;
  for (let at = node.parent; at; at = at.parent) if (at.joined || at.timeUp) return true;
  return false;
}

/** True for a node itself and all that it holds. */
export function liesIn(node: NodeState, around: NodeState): boolean {
  for (let at: NodeState | undefined = node; at; at = at.parent) if (at === around) return true;
  return false;
}

/** Its block needs only some of its steps: one that fails has lost, and nothing else. */
export function isRacing({ parent }: NodeState): boolean {
  const action = parent?.plan.step.action;
  return action?.kind === "chain" && action.join !== undefined;
}

/** It failed, and not because something in it did. */
export function failedItself(node: NodeState): boolean {
  return node.end === "failed" && !(isHolder(node) && node.stopping && !node.timeUp);
}

/** The node at a position of the same block. */
export function sibling(node: NodeState, index: number): NodeState | undefined {
  return node.parent?.children[index];
}

/** Which way a branch took; null for none, undefined before it decided. */
export function wayOf({ decided }: NodeState): string | null | undefined {
  return decided?.type === "branch.decided" ? decided.way : undefined;
}

/** How many gates before or after the attempt have been decided; what could not land may land yet. */
export function doneGates({ gateResults, attempt, plan }: NodeState, when: GateRef["when"]): number {
  const isOpen = ({ ref, passed }: GateResult): boolean =>
    !passed && ref.when === "after" && plan.step.gates[ref.index]?.kind === "landing";
  return gateResults.filter(
    (result) => result.ref.when === when && result.attempt === attempt && !isOpen(result),
  ).length;
}

/**
 * The work is done, and gates after it are next, or one is checked: where the run has stopped at a cap, or goes on otherwise, a resume
 * need not do it again.
 */
export function awaitsGates({ end, resumes, gate, outcome, undoes }: NodeState): boolean {
  const isNext = resumes === "after" || gate?.ref.when === "after";
  return end === undefined && isNext && undoes === undefined && isDone(outcome);
}

/** What a resume need not do again of a node that has not ended well: it is done, and has only to land. */
export function awaitsLanding(node: NodeState): Unlanded | undefined {
  const { end, unlanded, undoes } = node;
  const isOver = end === "verified" || end === "claimed" || undoes !== undefined || isGivenUp(node);
  return !isOver && isDone(unlanded?.outcome) ? unlanded : undefined;
}

function isDone(outcome: Outcome | undefined): boolean {
  return outcome?.ok === true && outcome.reported !== "partial";
}
