import type { Json, JsonObject } from "../expression/json.ts";
import type { Limits } from "../language/workflow.ts";
import { type Accepted, acceptedOf } from "./accepted.ts";
import { answerLines } from "./answer-lines.ts";
import { boardPart, type BoardShown } from "./board-shown.ts";
import { askOf } from "./asked.ts";
import { type BudgetView, budgetOf } from "./budget-view.ts";
import { durationOf } from "./duration.ts";
import { isOfChild } from "./effects.ts";
import type { Failure, Usage } from "./outcome.ts";
import type { RunStatus } from "./events.ts";
import type { NodeEnd } from "./node-result.ts";
import { roundedUsd } from "./money.ts";
import { type Missing, missingOf, vainly } from "./missing.ts";
import { type PartsView, partsView, stepsToBegin } from "./parts-view.ts";
import type { NodeKind } from "./plan.ts";
import { type Answer, isHolder, type NodeState, type Phase } from "./node.ts";
import { executedMs } from "./run-time.ts";
import { isFinal, type Ledger, type RunState } from "./state.ts";
import { outputOf } from "./scope.ts";
import { titleOf } from "./title.ts";
import { isPassedOver } from "./tried.ts";
import { undoStatusOf, type UndoStatus } from "./undo.ts";
import { memoryView, type MemoryView } from "./unwritten.ts";
import { isPipeline, waitingFor } from "./waiting.ts";
import { crowdText } from "./why-parts.ts";
import type { WorkspaceMode } from "./workspace.ts";

/** A run as it is shown: plain JSON, times in ms since the epoch. */
export interface RunView {
  readonly id: string;
  readonly name: string;
  readonly status: RunStatus;
  readonly reason?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly inputs: JsonObject;
  readonly limits: Limits;
  readonly ledger: Ledger;
  /**
   * Of its cost, what no node has: that of attempts of earlier lives whose results are not used again, and of rounds that are
   * not kept any more. Absent: the nodes have all of it.
   */
  readonly elsewhereUsd?: number;
  readonly budget: BudgetView;
  /** Which of its lives this is, from 1. Each restart begins another, in which attempts count from 1 again. */
  readonly life: number;
  /**
   * How many steps and waits there are, and how they ended; what only holds others is not counted. Of items that were
   * not begun, the steps are in `total`.
   */
  readonly counts: Readonly<Record<NodeEnd | "total" | "running" | "reused", number>>;
  readonly nodes: readonly NodeView[];
  /** Of a degraded run: what it was asked for and does not have. */
  readonly missing?: readonly Missing[];
  /** Of a run in which nothing has begun since it was started anew: addresses of what stays done. */
  readonly known?: readonly string[];
  /** Where its steps work, when that is kept: the checkpoints it began from and has come to. */
  readonly workspace?: { readonly mode: WorkspaceMode; readonly base: string; readonly tip: string };
  /** Of a completed or degraded run: what it took as it was, because its workflow says so. Absent: nothing. */
  readonly accepted?: readonly Accepted[];
}

/** A node, depth first in plan order; ways, rounds and items in the order in which they began. */
export interface NodeView extends PartsView {
  readonly address: string;
  readonly name: string;
  readonly depth: number;
  readonly kind: NodeKind;
  /** What it does: `run`, `command`, … */
  readonly action: string;
  /** One line that says what it runs. */
  readonly title: string;
  /** `not-run`, `stopped`: its run or its block was over before it began, or before it ended. */
  readonly status: NodeEnd | Phase | "not-run" | "stopped";
  readonly attempt: number;
  readonly stage?: string;
  /** What its work waits for before it is begun. */
  readonly waits?: string;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** How long it has worked, to its end or to `updatedAt`; absent before it started. */
  readonly durationMs?: number;
  /** Of the time since `startedAt`, what `durationMs` leaves out because no process drove the run. Absent: none. */
  readonly downMs?: number;
  readonly expectedMs: number;
  readonly costUsd: number | null;
  /** Of a cost that is not known as a whole, what is. Absent: nothing. */
  readonly knownUsd?: number;
  readonly reused: boolean;
  readonly cached: boolean;
  readonly reason?: string;
  readonly failure?: Failure;
  readonly output?: Json;
  readonly exitCode?: number;
  readonly changedFiles?: readonly string[];
  /** Of these, what it did not say it writes. */
  readonly undeclared?: readonly string[];
  /** What its last attempt left that no checkpoint can hold. */
  readonly notKept?: readonly string[];
  /** The checkpoint that has what its last attempt left. */
  readonly checkpoint?: string;
  readonly artifacts?: Readonly<Record<string, string>>;
  /** What the agent of its last attempt used. */
  readonly usage?: Usage;
  readonly gates: readonly GateView[];
  /** The gate that is being checked now. */
  readonly checks?: string;
  readonly dueAt?: number;
  /** Of one that shares a memory with other runs. */
  readonly memory?: MemoryView;
  /** Of a group with a blackboard. */
  readonly board?: BoardShown;
  /** The run that does it: its id, and what it waits for. */
  readonly child?: { readonly id: string; readonly status?: string; readonly reason?: string };
  /** Of a pipeline that has begun. `batches`: what the ids of the runs begin with that do batches of it. */
  readonly stream?: { readonly batches: string; readonly status?: string; readonly reason?: string };
  /** What people are asked. */
  readonly ask?: AskView;
  /** How far the undoing of the step has come; absent when nothing of it was to be undone. */
  readonly undo?: UndoStatus;
  /** It takes back what the step above it did. */
  readonly undoes?: string;
}

export interface AskView {
  readonly kind: "approval" | "question";
  /** The gate that asks; absent: the step itself does. */
  readonly gate?: string;
  readonly text: string;
  readonly askedAt: number;
  /** Who may answer; empty: anybody. */
  readonly by: readonly string[];
  readonly quorum: number;
  readonly answers: readonly Answer[];
  /** While it waits: the command line to answer with. */
  readonly line?: string;
  /** How many levels it was escalated, of how many. */
  readonly level: number;
  readonly levels: number;
}

export interface GateView {
  readonly name: string;
  readonly when: "before" | "after";
  readonly level: string;
  readonly attempt: number;
  readonly passed: boolean;
  readonly evidence: JsonObject;
}

/** How a run stands, for showing. Time linear in its nodes. */
export function viewOf(state: RunState): RunView {
  const nodes: NodeView[] = [];
  addNodes(state, { nodes, group: state.root, depth: 0 });
  if (state.root.undo) nodes.push(nodeView(state, state.root.undo, 0));
  return {
    id: state.runId,
    name: state.workflow.name,
    status: state.status,
    ...present({ reason: (state.status === "waiting" ? waitingFor(state) : undefined) ?? state.reason }),
    createdAt: state.createdAt,
    updatedAt: state.at,
    inputs: state.inputs,
    limits: state.limits,
    ledger: toldLedger(state),
    ...elsewherePart(state),
    budget: budgetOf(state),
    life: state.life + 1,
    counts: countsOf(state),
    nodes,
    ...(nodes.length === 0 ? knownPart(state) : {}),
    ...(state.status === "degraded" ? { missing: missingOf(state) } : {}),
    ...acceptedPart(state),
    ...treesPart(state),
  };
}

/** As it stands now. */
function toldLedger(state: RunState): Ledger {
  const { ledger } = state;
  return {
    ...ledger,
    activeMs: executedMs(state, state.at),
    costUsd: roundedUsd(ledger.costUsd),
    presumedUsd: roundedUsd(ledger.presumedUsd),
  };
}

/** What is in the ledger and in none of the nodes. */
function elsewherePart({ ledger, byAddress }: RunState): Pick<RunView, "elsewhereUsd"> {
  const inNodes = [...byAddress.values()].reduce((sum, { costUsd }) => sum + costUsd, 0);
  const elsewhereUsd = roundedUsd(ledger.costUsd - inNodes);
  return elsewhereUsd > 0 ? { elsewhereUsd } : {};
}

function knownPart({ known }: RunState): Pick<RunView, "known"> {
  const done = [...known].flatMap(([address, { end }]) => (end === undefined ? [] : [address]));
  return done.length > 0 ? { known: done } : {};
}

function acceptedPart(state: RunState): Pick<RunView, "accepted"> {
  const accepted = acceptedOf(state);
  return accepted.length > 0 ? { accepted } : {};
}

interface Walk {
  readonly nodes: NodeView[];
  readonly group: NodeState;
  readonly depth: number;
}

function addNodes(state: RunState, { nodes, group, depth }: Walk): void {
  for (const child of group.children) {
    if (child.plan.dormant && child.phase === "pending") continue;
    nodes.push(nodeView(state, child, depth));
    if (child.undo) nodes.push(nodeView(state, child.undo, depth + 1));
    addNodes(state, { nodes, group: child, depth: depth + 1 });
  }
}

function countsOf(state: RunState): RunView["counts"] {
  const all = [...state.byAddress.values()];
  const work = all.filter(
    (node) => !isHolder(node) && !node.undoes && !(node.plan.dormant && node.phase === "pending"),
  );
  // Of a very long loop not all rounds are kept, but how they ended is.
  const ended = Object.values(state.ends).reduce((sum, count) => sum + count, 0);
  // what was not begun on a way in whose place another was taken is not to be done any more
  const toEnd = work.filter((node) => node.phase !== "ended" && !isPassedOver(node)).length;
  const toBegin = all.reduce((sum, node) => sum + (node.items ? stepsToBegin(node) : 0), 0);
  return {
    ...state.ends,
    total: ended + toEnd + toBegin,
    running: state.active,
    reused: state.reused,
  };
}

function costPart({ costUnknown, costUsd }: NodeState): Pick<NodeView, "costUsd" | "knownUsd"> {
  const usd = roundedUsd(costUsd);
  if (!costUnknown) return { costUsd: usd };
  return { costUsd: null, ...(usd > 0 ? { knownUsd: usd } : {}) };
}

/** One node as it is shown. */
export function nodeView(state: RunState, node: NodeState, depth: number): NodeView {
  const { step } = node.plan;
  const status = statusOf(state, node);
  return {
    address: node.address,
    name: nameOf(node),
    depth,
    kind: node.plan.kind,
    action: step.action.kind,
    title: titleOf(node),
    status,
    attempt: node.attempt,
    expectedMs: node.plan.expectedMs,
    ...costPart(node),
    reused: node.reused,
    cached: node.outcome?.cached === true,
    gates: node.gateResults.map(({ ref, attempt, passed, evidence }) => ({
      name: ref.name,
      when: ref.when,
      level: ref.level,
      attempt,
      passed,
      evidence,
    })),
    ...present({
      stage: node.stage,
      waits: waitsOf(state, node),
      checks: node.gate?.ref.name,
      startedAt: node.startedAt,
      endedAt: node.endedAt,
      dueAt: node.dueAt,
    }),
    ...timesPart(state, node),
    ...present({
      reason: node.reason ?? (status === "stopped" ? refusedText(node) : undefined),
      failure: node.failure ?? failureOf(node),
    }),
    ...outcomePart(node),
    ...givenPart(state, node),
    ...memoryView(node),
    ...boardPart(node),
    ...askPart(state, node),
    ...childPart(node),
    ...(state.compensation ? present({ undo: undoStatusOf(state, node), undoes: node.undoes?.address }) : {}),
    ...partsView(state, node),
  };
}

function waitsOf(state: RunState, node: NodeState): string | undefined {
  if (node.phase !== "ready" || isFinal(state.status)) return node.queued;
  return crowdText(state, node);
}

function timesPart(state: RunState, node: NodeState): Partial<NodeView> {
  if (node.startedAt === undefined) return {};
  const durationMs = durationOf(node, state.at);
  const downMs = (node.endedAt ?? state.at) - node.startedAt - durationMs;
  return { durationMs, ...(downMs > 0 ? { downMs } : {}) };
}

/** That its agent stopped before a call, for people to decide, is no failure. */
function failureOf({ outcome }: NodeState): Failure | undefined {
  return outcome?.deferred ? undefined : outcome?.failure;
}

/** Its failure is told by itself. */
function refusedText(node: NodeState): string | undefined {
  return node.outcome?.failure ? undefined : vainly(node);
}

function outcomePart({ outcome }: NodeState): Partial<NodeView> {
  if (!outcome) return {};
  const { output, exitCode, changedFiles, undeclared, notKept, artifacts, usage } = outcome;
  const checkpoint = outcome.checkpoint?.commit;
  return present({ output, exitCode, changedFiles, undeclared, notKept, checkpoint, artifacts, usage });
}

/** A group that gives what one of its steps does has that for its output. */
function givenPart(state: RunState, node: NodeState): Pick<NodeView, "output"> {
  const { action } = node.plan.step;
  const gives = action.kind === "chain" && action.chain.gives !== undefined;
  return gives && node.phase === "ended" && node.satisfied ? { output: outputOf(state, node) } : {};
}

function treesPart({ trees }: RunState): Partial<RunView> {
  if (!trees) return {};
  const { mode, base } = trees.origin;
  return { workspace: { mode, base, tip: trees.tips.get("")?.commit ?? base } };
}

function askPart({ runId }: RunState, node: NodeState): Partial<NodeView> {
  const action = askOf(node);
  if (!node.ask || !action) return {};
  const { by, quorum, escalate } = action;
  const { gate, call: _, choices: __, ...ask } = node.ask;
  const ofGate = gate ? { gate: gate.name } : {};
  const line = present({ line: node.phase === "waiting" ? answerLines(node, runId)[0] : undefined });
  return { ask: { kind: action.ask, ...ask, ...ofGate, ...line, by, quorum, levels: escalate.length } };
}

function childPart(node: NodeState): Partial<NodeView> {
  const { child, outcome, request } = node;
  // a result that is used again has no run now, but had one
  const id = child?.id ?? (request && isOfChild(request) ? request.child : undefined);
  if (id === undefined) return {};
  const { status, reason } = { ...outcome?.child, ...child };
  if (isPipeline(node)) return { stream: { batches: `${id}.`, ...present({ status, reason }) } };
  return { child: { id, ...present({ status, reason }) } };
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The members that are not undefined. */
function present<T extends object>(value: T): Present<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Present<T>;
}

function statusOf(state: RunState, node: NodeState): NodeView["status"] {
  if (node.end) return node.end;
  const idle = node.phase === "pending" || (node.phase === "ready" && !node.outcome);
  // A run that a cap stops has ended, and its root has not.
  const final = isFinal(state.status);
  const over = final || node.parent?.phase === "ended" || state.root.phase === "ended";
  if (idle && over) return "not-run";
  return final ? "stopped" : node.phase;
}

/** A part goes by its way, its round or its item. */
function nameOf({ plan, parent, address }: NodeState): string {
  const isPart = parent !== undefined && parent.plan.kind !== "group";
  return isPart ? address.slice(parent.address.length).replace(/^\//, "") : plan.step.name;
}
