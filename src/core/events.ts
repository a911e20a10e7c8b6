import type { ErrorCode } from "../errors.ts";
import type { Json, JsonObject } from "../expression/json.ts";
import type { FailureClass, GateLevel, Limits, Workflow } from "../language/workflow.ts";

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

/** How a node ended. `claimed`: it ended well but declared nothing that could verify it. */
export type NodeEnd = "verified" | "claimed" | "failed" | "skipped" | "cancelled";

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
  /** When the provider will serve again (quota), in ms since the epoch. */
  readonly resetAt?: number;
  /** The stage of a command that failed. */
  readonly stage?: string;
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

/** A fact in a run's log. `at`: ms since the epoch. Events are never changed after they were written. */
export type Event =
  | {
      readonly type: "run.created";
      readonly at: number;
      readonly runId: string;
      readonly seed: string;
      readonly workflow: Workflow;
      readonly inputs: JsonObject;
      readonly plan: PlanHints;
      readonly overrides: RunOverrides;
    }
  | {
      readonly type: "run.status";
      readonly at: number;
      readonly from: RunStatus;
      readonly to: RunStatus;
      readonly reason?: string;
    }
  | { readonly type: "run.recovered"; readonly at: number }
  | {
      readonly type: "run.restarted";
      readonly at: number;
      readonly reason: string;
      readonly drop: readonly string[];
      readonly workflow?: Workflow;
      readonly overrides?: RunOverrides;
      readonly plan?: PlanHints;
    }
  | {
      readonly type: "run.control";
      readonly at: number;
      readonly verb: "pause" | "resume" | "cancel";
      readonly reason?: string;
      readonly by?: string;
    }
  | {
      readonly type: "limit.reached";
      readonly at: number;
      readonly limit: keyof Limits;
      readonly used: number;
      readonly cap: number;
    }
  | { readonly type: "block.opened"; readonly at: number; readonly address: string }
  | {
      readonly type: "attempt.started";
      readonly at: number;
      readonly address: string;
      readonly attempt: number;
      readonly request: Request;
    }
  | {
      readonly type: "stage.ended";
      readonly at: number;
      readonly address: string;
      readonly attempt: number;
      readonly record: StageRecord;
    }
  | {
      readonly type: "attempt.ended";
      readonly at: number;
      readonly address: string;
      readonly attempt: number;
      readonly outcome: Outcome;
    }
  | {
      readonly type: "attempt.interrupted";
      readonly at: number;
      readonly address: string;
      readonly attempt: number;
      readonly then: "rerun" | "fail" | "ask";
    }
  | {
      readonly type: "retry.scheduled";
      readonly at: number;
      readonly address: string;
      readonly attempt: number;
      readonly dueAt: number;
      readonly because: FailureClass | "gate";
    }
  | {
      readonly type: "gate.started";
      readonly at: number;
      readonly address: string;
      readonly attempt: number;
      readonly gate: GateRef;
      readonly line?: ShellText;
    }
  | {
      readonly type: "gate.ended";
      readonly at: number;
      readonly address: string;
      readonly attempt: number;
      readonly gate: GateRef;
      readonly passed: boolean;
      readonly evidence: JsonObject;
      readonly note?: string;
    }
  | {
      readonly type: "wait.started";
      readonly at: number;
      readonly address: string;
      readonly dueAt?: number;
      readonly signal?: string;
    }
  | { readonly type: "signal.received"; readonly at: number; readonly name: string; readonly payload: Json }
  | { readonly type: "result.reused"; readonly at: number; readonly address: string }
  | {
      readonly type: "node.ended";
      readonly at: number;
      readonly address: string;
      readonly end: NodeEnd;
      readonly failure?: Failure;
      readonly reason?: string;
    }
  | {
      readonly type: "effect.dropped";
      readonly at: number;
      readonly effect: string;
      readonly reason: string;
    };

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

/** What comes in from outside. The core has no clock: every input says when it happened. */
export type Input =
  | {
      readonly type: "create";
      readonly at: number;
      readonly runId: string;
      readonly seed: string;
      readonly workflow: Workflow;
      readonly inputs: JsonObject;
      readonly plan: PlanHints;
      readonly overrides: RunOverrides;
    }
  | { readonly type: "outcome"; readonly at: number; readonly effect: string; readonly outcome: Outcome }
  | { readonly type: "stage"; readonly at: number; readonly effect: string; readonly record: StageRecord }
  | { readonly type: "timer"; readonly at: number; readonly timer: string }
  | { readonly type: "recover"; readonly at: number }
  | { readonly type: "pause"; readonly at: number; readonly reason?: string; readonly by?: string }
  | { readonly type: "resume"; readonly at: number; readonly by?: string }
  | { readonly type: "cancel"; readonly at: number; readonly reason?: string; readonly by?: string }
  | {
      readonly type: "signal";
      readonly at: number;
      readonly name: string;
      readonly payload: Json;
      readonly by?: string;
    }
  | {
      readonly type: "answer";
      readonly at: number;
      readonly address: string;
      readonly value: Json;
      readonly by?: string;
    }
  | {
      readonly type: "restart";
      readonly at: number;
      readonly from?: string;
      readonly workflow?: Workflow;
      readonly overrides?: RunOverrides;
      readonly plan?: PlanHints;
    };

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
