import type { Json, JsonObject } from "../expression/json.ts";
import type { Escalation } from "../language/asking.ts";
import type { FailureClass, LimitMode, Limits, Workflow } from "../language/workflow.ts";
import type { ChildStatus, ParentRef, Spent } from "./child-record.ts";
import type { ContextRecord } from "./context-record.ts";
import type { DecidedRequest, GateRef, Request } from "./effects.ts";
import type { GateCheck, ShellText } from "./gate-check.ts";
import type { MemoryWritten } from "./memory.ts";
import type { Failure, LimitHit, Outcome, StageRecord, Usage } from "./outcome.ts";
import type { Choice } from "./policies/adaptive.ts";
import type { KnownResult, NodeEnd } from "./node-result.ts";
import type { Decision } from "./policies/vote.ts";
import type { KnownDecisions } from "./cases.ts";
import type { ThinkingRecord } from "./thinking.ts";
import type { KeptWay } from "./tried-way.ts";
import type { CheckpointRef, WorkspaceOrigin } from "./workspace.ts";

/** Where a run is in its life. The legal moves are in `life.ts`. */
export type RunStatus =
  | "initializing"
  | "executing"
  | "recovering"
  | "waiting"
  | "paused"
  | "compensating"
  | "completing"
  | "completed"
  | "degraded"
  | "failed"
  | "cancelled";

/** What each kind of event says. Events are facts: never changed after they were written. */
interface Events {
  "run.created": {
    readonly runId: string;
    /** Source of everything random in the run (jitter, session ids, secret markers). */
    readonly seed: string;
    readonly workflow: Workflow;
    readonly inputs: JsonObject;
    readonly plan: PlanHints;
    readonly overrides: RunOverrides;
    /** The step of another run that this one does. */
    readonly parent?: ParentRef;
    readonly workspace?: WorkspaceOrigin;
  };
  "run.status": { readonly from: RunStatus; readonly to: RunStatus; readonly reason?: string };
  /** Its work was stopped on purpose and can be resumed. */
  "run.stopped": { readonly reason: string };
  /** `aliveAt`: when its last process was last known to live, if it ended without a word. */
  "run.recovered": { readonly aliveAt?: number };
  "run.restarted": {
    readonly reason: string;
    /** Addresses whose results are not used again. */
    readonly drop: readonly string[];
    /** Those of them that a run of its own does which goes on all the same: it took back itself what it did. */
    readonly goOn?: readonly string[];
    readonly workflow?: Workflow;
    /** All values of the inputs, when they are others than before. */
    readonly inputs?: JsonObject;
    readonly overrides?: RunOverrides;
    readonly plan?: PlanHints;
    readonly parent?: ParentRef;
    /** Its trees were put back: the tips of all that there were then, by lane. */
    readonly tips?: Readonly<Record<string, CheckpointRef>>;
    /** It was only put back: it does not go on before somebody resumes it. */
    readonly hold?: true;
  };
  /** Results of another run, or of this one before a rollback, that may be used as if they were of an earlier life. */
  "results.taken": TakenResults;
  /** It has ended, and what it did is taken back all the same: the run whose step it did is undone. */
  "run.recalled": { readonly parent?: ParentRef };
  /** What is left for it of the caps around it is another than before. */
  "run.capped": { readonly limits: Partial<Limits> };
  "run.control": {
    readonly verb: "pause" | "resume" | "cancel";
    /** With a cancel: what was done is to be undone. */
    readonly undo?: true;
    readonly reason?: string;
    readonly by?: string;
  };
  "limit.reached": LimitHit;
  /**
   * A cap would have stopped something, or has been passed, where caps are only told; or that of the day was passed. Each
   * is told once.
   */
  "limit.passed": LimitHit & {
    /** The node whose cap it is; absent: the run's. */
    readonly of?: string;
  };
  /** `inputs`: what another workflow gets whose steps these are. In older logs also of a way that was decided for. */
  "block.opened": { readonly address: string; readonly inputs?: JsonObject };
  /** Which way a branch takes, whose block opens with it, and what it saw; null: none. */
  "branch.decided": {
    readonly address: string;
    readonly way: string | null;
    /** What decided, and a few of the others. */
    readonly saw: readonly Seen[];
    /** How many conditions were looked at besides those that `saw` has. */
    readonly unsaid?: number;
    /** Of a branch that chooses by what has worked: among which ways, and on what grounds. */
    readonly choice?: Omit<Choice, "way">;
    /** The way that was taken before it has failed. With `way` null: no other may be taken, and so the branch has. */
    readonly after?: { readonly way: string; readonly failure: Pick<Failure, "code" | "message"> };
  };
  "items.listed": { readonly address: string; readonly items: readonly ListedItem[] };
  /** A round or an item begins: a node at the address followed by `part`. In older logs also a way that was decided for. */
  "part.opened": {
    readonly address: string;
    readonly part: string;
    /** Which of the node's bodies it is made of, and where it comes among the parts, from 0. */
    readonly body: number;
    readonly place: number;
  };
  /** A loop looked at what its round came to. */
  "round.judged": {
    readonly address: string;
    /** From 1. */
    readonly round: number;
    readonly done: boolean;
    /** What `until` gave, and the number of `plateau.of`. */
    readonly until?: Json;
    readonly measure?: number | null;
  };
  /** As many steps of the block ended well as it asks for: the others are stopped. */
  "join.reached": { readonly address: string };
  /** So many steps of the block failed that it cannot end well any more: the others are stopped. */
  "join.missed": { readonly address: string };
  /** The time of a step or block is over: what runs in it is stopped, what only waits is over, and it fails. */
  "time.up": { readonly address: string; readonly usedMs: number; readonly capMs: number };
  "attempt.started": {
    readonly address: string;
    readonly attempt: number;
    readonly request: Request;
    /** Of a request that has to do with a blackboard: what it is apart from that, as a hash. */
    readonly basis?: string;
    /** Of an agent: how long it was told to think, and what went into its prompt. */
    readonly thinking?: ThinkingRecord;
    readonly context?: ContextRecord;
  };
  "stage.ended": { readonly address: string; readonly attempt: number; readonly record: StageRecord };
  "attempt.ended": { readonly address: string; readonly attempt: number; readonly outcome: Outcome };
  "attempt.interrupted": {
    readonly address: string;
    readonly attempt: number;
    readonly then: "rerun" | "fail" | "ask";
  };
  "retry.scheduled": {
    readonly address: string;
    readonly attempt: number;
    readonly dueAt: number;
    /**
     * `breaker`: its circuit breaker is open. `failover`: another agent takes over. `answer`: it was interrupted, and a
     * person said to run it again. `decided`: people said what becomes of the call that its agent stopped before.
     */
    readonly because: FailureClass | "gate" | "breaker" | "failover" | "answer" | "decided";
    /** The agent from the next attempt on. */
    readonly agent?: string;
    /** What the next attempt is told about the last one. */
    readonly feedback?: string;
    /** It goes on with the session of the last one. */
    readonly decided?: DecidedRequest;
  };
  "timer.fired": { readonly timer: string };
  "gate.started": {
    readonly address: string;
    readonly attempt: number;
    readonly gate: GateRef;
    readonly check?: GateCheck;
    /** In place of `check` in older logs. */
    readonly shell?: ShellText;
  };
  /** A gate that asks an agent waits for its turn. `dueAt`: not before this time. */
  "gate.queued": {
    readonly address: string;
    readonly attempt: number;
    readonly gate: GateRef;
    readonly dueAt?: number;
    /** The agent was asked before, in vain. */
    readonly again?: {
      readonly because: FailureClass | "breaker" | "interrupted";
      readonly failure?: Failure;
      readonly usage?: Usage;
      readonly asked?: boolean;
      /** This one is asked next in its place; the one before is not to be asked `until` then. */
      readonly agent?: string;
      readonly until?: number;
    };
  };
  "gate.ended": {
    readonly address: string;
    readonly attempt: number;
    readonly gate: GateRef;
    readonly passed: boolean;
    readonly evidence: JsonObject;
    /** Of an agent that judged: what it has used, and whether it was asked at all. */
    readonly usage?: Usage;
    readonly asked?: boolean;
    /** The checkpoint of the tree after it; of a landing: of the tree it came into. */
    readonly checkpoint?: CheckpointRef;
  };
  /** The run that does the step waits for something outside, and so does the step. */
  "child.waits": {
    readonly address: string;
    readonly attempt: number;
    readonly child: string;
    readonly status: ChildStatus;
    readonly reason?: string;
    /** When there is something to do again at the latest. */
    readonly dueAt?: number;
  };
  /** Looks again how that run stands; `cancel`: to end it, because nobody needs it any more. */
  "child.attached": { readonly address: string; readonly attempt: number; readonly cancel?: true };
  /** What that run has used by now, in all its lives together. */
  "child.spent": { readonly address: string; readonly child: string; readonly spent: Spent };
  /** Dead letters of the pipeline, by number, go back to where they died. */
  "letters.replayed": { readonly address: string; readonly letters: readonly number[] };
  "wait.started": {
    readonly address: string;
    readonly dueAt?: number;
    readonly signal?: string;
    /** It waits until this is true of the blackboard around it. */
    readonly board?: string;
  };
  /** What the votes come to that other steps gave. */
  "votes.counted": { readonly address: string; readonly decision: Decision };
  /** What a step that ends well puts on the blackboard around it. */
  "board.posted": {
    readonly address: string;
    readonly by: string;
    readonly entries: readonly BoardPost[];
    /** Entries that did not come onto the board, and why. */
    readonly refused?: readonly string[];
  };
  /** People are asked; `text` is what they read. */
  "ask.started": {
    readonly address: string;
    readonly text: string;
    readonly dueAt?: number;
    /** The gate that asks, and after which attempt; absent: the node itself does. */
    readonly gate?: GateRef;
    readonly attempt?: number;
    /** The call that the agent of the attempt stopped before, by its id. */
    readonly call?: string;
    /** The answers there are, where the workflow takes them from other steps. */
    readonly choices?: readonly Json[];
  };
  /** Without `by`: nobody answered until the deadline, and what stands for an answer then was taken. */
  "ask.answered": {
    readonly address: string;
    readonly value: Json;
    readonly by?: string;
    readonly reason?: string;
  };
  /** It was not answered for so long that it is told elsewhere; `notify` absent: `trouble` says why it cannot be. */
  "ask.escalated": {
    readonly address: string;
    /** From 1. */
    readonly level: number;
    readonly notify?: Escalation["notify"];
    readonly trouble?: string;
  };
  /** People have the notice of this level: nobody has to tell it any more. */
  "ask.told": { readonly address: string; readonly level: number };
  /** What the step at this address has learned is in its memory, or cannot be. */
  "memory.written": { readonly address: string; readonly written: MemoryWritten };
  "signal.received": { readonly name: string; readonly payload: Json; readonly by?: string };
  "result.reused": { readonly address: string };
  "node.ended": {
    readonly address: string;
    readonly end: NodeEnd;
    readonly failure?: Failure;
    readonly reason?: string;
    /** The failure is tolerated: by continuing, because others are enough, or by the step named here. */
    readonly tolerated?: "continue" | "join" | { readonly fallback: string };
  };
  /** The work of this step is being taken back: a node at its address followed by `~undo` begins. */
  "undo.started": { readonly address: string };
  "effect.dropped": { readonly effect: string; readonly reason: string };
}

/** Where an entry comes from: `posts[post]` of the step's output, or all of that. */
export interface BoardPost {
  readonly topic: string;
  readonly key?: string;
  readonly post?: number;
}

/** A condition and what it came to. */
export interface Seen {
  readonly way: string;
  /** A long one is cut: the workflow has it whole. */
  readonly condition: string;
  readonly value: Json;
  /** What it read, by reference. */
  readonly read: JsonObject;
  /** Why it came to nothing, where another way could be taken all the same. */
  readonly trouble?: string;
}

/** An item of a list with the name it has in addresses; unique among them. */
export interface ListedItem {
  readonly key: string;
  readonly item: Json;
}

export interface TakenResults {
  /** The run, and how many events of its log they rest on. */
  readonly from: { readonly runId: string; readonly seq: number };
  readonly results: readonly (readonly [address: string, result: KnownResult])[];
  /** How far branches had come that take one way after another, by address. */
  readonly ways?: readonly (readonly [address: string, kept: KeptWay])[];
}

type Stamped<T> = { [K in keyof T]: { readonly type: K; readonly at: number } & T[K] }[keyof T];

/** A fact in a run's log. `at`: ms since the epoch. */
export type Event = Stamped<Events>;

/** What the caller may set for one run on top of the workflow. */
export interface RunOverrides {
  readonly agent?: string;
  readonly model?: string;
  readonly limits?: Partial<Limits>;
  readonly limitMode?: LimitMode;
  /** Absolute paths that the run's agents were opened with, so that it can be resumed without naming them again. */
  readonly drivers?: { readonly mock?: string; readonly record?: string; readonly replay?: string };
}

/** What the plan was built with besides the workflow, so that folding the log builds the same plan again. */
export interface PlanHints {
  /** Predicted duration by step address, from history; ms. */
  readonly expectedMs: Readonly<Record<string, number>>;
  /** Predicted price and tokens of one attempt, by the same addresses. */
  readonly costUsd?: Readonly<Record<string, number>>;
  readonly tokens?: Readonly<Record<string, number>>;
  /** What came of the ways of branches that choose by what has worked. */
  readonly decisions?: KnownDecisions;
}

interface Inputs {
  create: Events["run.created"] & { readonly take?: TakenResults };
  /** The result of a `perform` or `gate` effect. */
  outcome: { readonly effect: string; readonly outcome: Outcome };
  stage: { readonly effect: string; readonly record: StageRecord };
  timer: { readonly timer: string };
  /** The run that does the step of this effect has used so much by now. */
  spent: { readonly effect: string; readonly spent: Spent };
  /** A child run went on without its parent: it is to be looked at. */
  child: { readonly child: string };
  cap: { readonly limits: Partial<Limits> };
  /** Somebody has closed all circuit breakers: what waits for one is tried at once. */
  reset: { readonly by?: string };
  /** Dead letters of a pipeline go back to where they died. */
  replay: { readonly address: string; readonly letters: readonly number[] };
  /**
   * The run's log was read after its process ended without having finished. `spent`: what runs that do steps of it have used
   * by then, each by its id, where it is more than the log says.
   */
  recover: { readonly aliveAt?: number; readonly spent?: Readonly<Record<string, Spent>> };
  stop: { readonly reason: string };
  pause: { readonly reason?: string; readonly by?: string };
  resume: { readonly by?: string };
  /** `undo`: the steps that ended well are undone before the run ends. */
  cancel: { readonly reason?: string; readonly by?: string; readonly undo?: true };
  /** It has ended, and is to take back what it did. */
  recall: { readonly reason?: string; readonly parent?: ParentRef };
  signal: { readonly name: string; readonly payload: Json; readonly by?: string };
  /** A memory has what this step has learned. */
  remembered: { readonly address: string; readonly written: MemoryWritten };
  /** A level of what was asked then was told where the workflow says. */
  told: { readonly address: string; readonly askedAt: number; readonly level: number };
  /** To people asked: true or false for an approval, else a value. To an interrupted step: `rerun` or `fail`. */
  answer: {
    readonly address: string;
    readonly value: Json;
    readonly by?: string;
    readonly reason?: string;
  };
  /** Run again what has no usable result: after a failure, from a step on, or with a changed workflow. */
  restart: {
    readonly from?: string;
    /** Results that are not used again besides, by address. */
    readonly drop?: readonly string[];
    /** Pipelines that go on with their streams though they had come to their ends; what rests on them is done again. */
    readonly again?: readonly string[];
    /** Results that may be used though this life does not know them. */
    readonly take?: TakenResults;
    readonly tips?: Readonly<Record<string, CheckpointRef>>;
    readonly hold?: true;
    readonly reason?: string;
    readonly workflow?: Workflow;
    readonly inputs?: JsonObject;
    readonly overrides?: RunOverrides;
    readonly plan?: PlanHints;
    readonly parent?: ParentRef;
  };
}

/** What comes in from outside. The core has no clock: every input says when it happened. */
export type Input = Stamped<Inputs>;
