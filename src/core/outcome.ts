import type { ErrorCode } from "../errors.ts";
import type { Json, JsonObject } from "../expression/json.ts";
import type { FailureClass, Limits } from "../language/workflow.ts";
import type { ChildEnd } from "./child-record.ts";
import type { SummaryMade } from "./context-record.ts";
import type { MemoryRead } from "./memory.ts";
import type { CheckpointRef } from "./workspace.ts";
import type { FailureKind, Severity } from "./policies/failure-kinds.ts";

/** What an attempt cost. `costUsd` null: unknown, which is never counted as zero. */
export interface Usage {
  readonly costUsd: number | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the input tokens: those that the provider's cache of prompts served; absent: it is not said. */
  readonly cachedTokens?: number;
  /** How often the agent was asked for it; absent: once. */
  readonly asks?: number;
  /** It was stopped, or cut off: it cost so much at least, and what more is unknown. */
  readonly atLeast?: true;
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
  /** Address of the node whose cap was reached. */
  readonly capOf?: string;
  /** The stage of a command that failed. */
  readonly stage?: string;
  /** What is done about a failure in this stage. */
  readonly recovery?: string;
}

/** A tool call of an agent, before it is made. */
export interface DeferredCall {
  readonly id: string;
  readonly tool: string;
  readonly input: Json;
  /** What the agent has to know again when it goes on with the session. */
  readonly kept?: Json;
}

/** A cap that something would pass, or has passed. */
export interface LimitHit {
  readonly limit: keyof Limits;
  readonly used: number;
  readonly cap: number;
  /** What the call that was not made would probably have added. */
  readonly predicted?: number;
  /** The cap is one of a run around this one. */
  readonly outer?: true;
}

/** What came of one attempt. Large texts are kept as artifacts by whoever produced them. */
export interface Outcome {
  readonly ok: boolean;
  /** The declared output, or what stands for it (parsed stdout, the agent's answer). */
  readonly output?: Json;
  readonly stdout?: string;
  readonly exitCode?: number;
  readonly changedFiles?: readonly string[];
  /**
   * What lay at each changed path before, as a signature of its content and kind, "" for nothing. Only where the
   * effect's policy asks for it.
   */
  readonly filesBefore?: Readonly<Record<string, string>>;
  /** The checkpoint of its working tree that has what was left there. */
  readonly checkpoint?: CheckpointRef;
  /** What people had changed in the tree before it: it began from there. */
  readonly found?: CheckpointRef;
  /** Changed files that the step did not say it writes. */
  readonly undeclared?: readonly string[];
  /** What it left that no checkpoint can hold, a sentence each: repositories inside its tree. */
  readonly notKept?: readonly string[];
  readonly usage?: Usage;
  /** What came of the summaries that its request wanted; their usage is part of the above. */
  readonly summaries?: readonly SummaryMade[];
  /** The cap of the day: it forbade the attempt (LIMIT_REACHED), or was passed. */
  readonly limit?: LimitHit;
  readonly failure?: Failure;
  /** Named artifacts: `{ stdout: "sha256:…" }`. */
  readonly artifacts?: Readonly<Record<string, string>>;
  /** The call that nothing allows and that the agent stopped before, for a person to decide. */
  readonly deferred?: DeferredCall;
  /** False: the agent was not even asked, so that the attempt counts against no cap. */
  readonly asked?: boolean;
  /** What an agent says of its own work. */
  readonly reported?: "success" | "partial" | "failure";
  /** What the agent says a later run should know. */
  readonly learned?: readonly string[];
  /** The output was checked against the declared schema. */
  readonly shaped?: boolean;
  /** Of a step that is a run of its own. */
  readonly child?: ChildEnd;
  /** Taken from the result cache; costs nothing. */
  readonly cached?: boolean;
  /**
   * Of a gate that is no shell line: what was measured and against what. `summary` says it in a sentence, `output` at
   * length for whoever has to mend it.
   */
  readonly evidence?: JsonObject;
  /** Anything worth keeping: agent session, model, HTTP status. */
  readonly details?: JsonObject;
}

/** One stage of a command's pipeline, as it ended. */
export interface StageRecord {
  readonly stage: string;
  readonly ok: boolean;
  readonly durationMs: number;
  readonly note?: string;
  /** No stage, but the artifact that says what lay in the folder when the attempt began: to go on by after a crash. */
  readonly filesAtStart?: string;
  /** No stage, but what the work waits for before it is begun; null: for nothing any more. */
  readonly waits?: string | null;
  /** No stage, but what the step was told from its memory. */
  readonly memory?: MemoryRead;
}
