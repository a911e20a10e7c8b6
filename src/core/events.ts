import type { ErrorCode } from "../errors.ts";
import type { Json, JsonObject } from "../expression/json.ts";
import type { Escalation, FailureClass, GateLevel, Limits, Workflow } from "../language/workflow.ts";
import type { FailureKind, Severity } from "./policies/failure-kinds.ts";

/** Where a run is in its life. The legal moves are in `life.ts`. */
export type RunStatus =
  | "initializing"
  | "executing"
  | "recovering"
  | "waiting"
  | "paused"
  | "completing"
  | "completed"
  | "degraded"
  | "failed"
  | "cancelled";

/**
 * How a node ended. `claimed`: it ended well but declared nothing that could verify it; `skipped`: its `when` was
 * false; `blocked`: something it needs did not end well.
 */
export type NodeEnd = "verified" | "claimed" | "skipped" | "failed" | "blocked" | "cancelled";

/** What an attempt cost. `costUsd` null: unknown, which is never counted as zero. */
export interface Usage {
  readonly costUsd: number | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Why an attempt failed. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly fix?: string;
  readonly class: FailureClass | "permanent" | "cancelled" | "interrupted";
  readonly kind?: FailureKind;
  readonly severity?: Severity;
  /** When the provider will serve again (quota), or a circuit breaker lets one through; ms since the epoch. */
  readonly resetAt?: number;
  /** The circuit breaker that forbade the attempt. */
  readonly breaker?: string;
  /** The stage of a command that failed. */
  readonly stage?: string;
  /** What is done about a failure in this stage. */
  readonly recovery?: string;
}

/** What came of one attempt. Large texts are kept as artifacts by whoever produced them. */
export interface Outcome {
  readonly ok: boolean;
  /** The declared output, or what stands for it (parsed stdout, the agent's answer). */
  readonly output?: Json;
  readonly stdout?: string;
  readonly exitCode?: number;
  readonly changedFiles?: readonly string[];
  readonly usage?: Usage;
  readonly failure?: Failure;
  /** Named artifacts: `{ stdout: "sha256:…" }`. */
  readonly artifacts?: Readonly<Record<string, string>>;
  /** False: the agent was not even asked, so that the attempt counts against no cap. */
  readonly asked?: boolean;
  /** What an agent says of its own work. */
  readonly reported?: "success" | "partial" | "failure";
  /** The output was checked against the declared schema. */
  readonly shaped?: boolean;
  /** Taken from the result cache; costs nothing. */
  readonly cached?: boolean;
  /** Anything worth keeping: agent session, model, HTTP status. */
  readonly details?: JsonObject;
}

/** One stage of a command's pipeline, as it ended. */
export interface StageRecord {
  readonly stage: string;
  readonly ok: boolean;
  readonly durationMs: number;
  readonly note?: string;
}

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
    readonly workflow?: Workflow;
    /** All values of the inputs, when they are others than before. */
    readonly inputs?: JsonObject;
    readonly overrides?: RunOverrides;
    readonly plan?: PlanHints;
  };
  "run.control": {
    readonly verb: "pause" | "resume" | "cancel";
    readonly reason?: string;
    readonly by?: string;
  };
  "limit.reached": { readonly limit: keyof Limits; readonly used: number; readonly cap: number };
  /** `inputs`: what another workflow gets whose steps these are. */
  "block.opened": { readonly address: string; readonly inputs?: JsonObject };
  /** Which way a branch takes, and what it saw; null: none. */
  "branch.decided": {
    readonly address: string;
    readonly way: string | null;
    readonly saw: readonly Seen[];
  };
  "items.listed": { readonly address: string; readonly items: readonly ListedItem[] };
  /** A way, a round or an item begins: a node at the address followed by `part`. */
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
  "attempt.started": { readonly address: string; readonly attempt: number; readonly request: Request };
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
     * person said to run it again.
     */
    readonly because: FailureClass | "gate" | "breaker" | "failover" | "answer";
    /** The agent from the next attempt on. */
    readonly agent?: string;
    /** What the next attempt is told about the last one. */
    readonly feedback?: string;
  };
  "timer.fired": { readonly timer: string };
  "gate.started": {
    readonly address: string;
    readonly attempt: number;
    readonly gate: GateRef;
    readonly shell: ShellText;
  };
  "gate.ended": {
    readonly address: string;
    readonly attempt: number;
    readonly gate: GateRef;
    readonly passed: boolean;
    readonly evidence: JsonObject;
  };
  "wait.started": { readonly address: string; readonly dueAt?: number; readonly signal?: string };
  /** People are asked; `text` is what they read. */
  "ask.started": { readonly address: string; readonly text: string; readonly dueAt?: number };
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
  "effect.dropped": { readonly effect: string; readonly reason: string };
}

/** A condition and what it came to. */
export interface Seen {
  readonly way: string;
  readonly condition: string;
  readonly value: Json;
  /** What it read, by reference. */
  readonly read: JsonObject;
}

/** An item of a list with the name it has in addresses; unique among them. */
export interface ListedItem {
  readonly key: string;
  readonly item: Json;
}

type Stamped<T> = { [K in keyof T]: { readonly type: K; readonly at: number } & T[K] }[keyof T];

/** A fact in a run's log. `at`: ms since the epoch. */
export type Event = Stamped<Events>;

export interface GateRef {
  readonly when: "before" | "after";
  readonly index: number;
  readonly name: string;
  readonly level: GateLevel;
}

/** What the caller may set for one run on top of the workflow. */
export interface RunOverrides {
  readonly agent?: string;
  readonly model?: string;
  readonly limits?: Partial<Limits>;
  /** Absolute paths that the run's agents were opened with, so that it can be resumed without naming them again. */
  readonly drivers?: { readonly mock?: string; readonly record?: string; readonly replay?: string };
}

/** What the plan was built with besides the workflow, so that folding the log builds the same plan again. */
export interface PlanHints {
  /** Predicted duration by step address, from history; ms. */
  readonly expectedMs: Readonly<Record<string, number>>;
}

/** A shell line and the values it reads, which travel as environment and never as text. */
export interface ShellText {
  readonly line: string;
  readonly values: Readonly<Record<string, string>>;
}

/** A step's action with every template filled in. Secrets are still markers (`secretMarker`). */
export type Request =
  | {
      readonly kind: "command";
      readonly command: string;
      readonly arguments: string;
      readonly agent: string;
      readonly model?: string;
      readonly context?: JsonObject;
      readonly feedback?: string;
      readonly claims?: readonly string[];
    }
  | { readonly kind: "run"; readonly shell: ShellText; readonly cwd?: string; readonly feedback?: string }
  | {
      readonly kind: "agent";
      readonly agent: string;
      readonly prompt: string;
      readonly model?: string;
      readonly tools?: readonly string[];
      readonly feedback?: string;
      readonly claims?: readonly string[];
    }
  | {
      readonly kind: "http";
      readonly method: string;
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: Json;
      readonly expect?: readonly number[];
    }
  | { readonly kind: "function"; readonly function: string; readonly args: Json };

interface Inputs {
  create: Events["run.created"];
  /** The result of a `perform` or `gate` effect. */
  outcome: { readonly effect: string; readonly outcome: Outcome };
  stage: { readonly effect: string; readonly record: StageRecord };
  timer: { readonly timer: string };
  /** The run's log was read after its process ended without having finished. */
  recover: { readonly aliveAt?: number };
  stop: { readonly reason: string };
  pause: { readonly reason?: string; readonly by?: string };
  resume: { readonly by?: string };
  cancel: { readonly reason?: string; readonly by?: string };
  signal: { readonly name: string; readonly payload: Json; readonly by?: string };
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
    readonly workflow?: Workflow;
    readonly inputs?: JsonObject;
    readonly overrides?: RunOverrides;
    readonly plan?: PlanHints;
  };
}

/** What comes in from outside. The core has no clock: every input says when it happened. */
export type Input = Stamped<Inputs>;

/**
 * What the outside owes a run. `id` names it for ever: the first outcome counts, later ones are dropped.
 * `perform`: do the request. `gate`: run the gate's line. `timer`: send `{type: "timer"}` at `dueAt`.
 */
export type Effect =
  | {
      readonly type: "perform";
      readonly id: string;
      readonly address: string;
      readonly attempt: number;
      readonly request: Request;
      readonly policy: EffectPolicy;
    }
  | {
      readonly type: "gate";
      readonly id: string;
      readonly address: string;
      readonly attempt: number;
      readonly gate: GateRef;
      readonly shell: ShellText;
      readonly policy: EffectPolicy;
    }
  | { readonly type: "timer"; readonly id: string; readonly dueAt: number };

/** What the one who performs an effect must hold to. */
export interface EffectPolicy {
  readonly timeoutMs?: number;
  readonly idleMs?: number;
  readonly outputBytes: number;
  readonly schema?: JsonObject;
  /** Environment of the step, secrets still as markers. */
  readonly env: Readonly<Record<string, string>>;
  readonly cacheMs?: number;
  readonly reads: readonly string[];
  /** What is left of the money cap; an agent that can stop itself gets it. */
  readonly remainingUsd: number;
  /** The step as written, for the cache's key. */
  readonly definition: Json;
}

/** How a secret stands in a rendered text: only the performer, which knows the run's seed, puts the value in. */
export function secretMarker(seed: string, name: string): string {
  return `\u27e8secret:${seed}:${name}\u27e9`;
}
