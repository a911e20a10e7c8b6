import type { RunStatus } from "../core/events.ts";
import { type ErrorCode, isTuttiError } from "../errors.ts";

/** What the shell is told. */
export const exitStatus = {
  done: 0,
  failed: 1,
  wrongInput: 2,
  waiting: 3,
  cancelled: 4,
  degraded: 5,
  interrupted: 130,
} as const;

const ofRun: Readonly<Record<RunStatus, number>> = {
  completed: exitStatus.done,
  failed: exitStatus.failed,
  waiting: exitStatus.waiting,
  paused: exitStatus.waiting,
  cancelled: exitStatus.cancelled,
  degraded: exitStatus.degraded,
  // A run that is left in one of these was interrupted.
  initializing: exitStatus.interrupted,
  executing: exitStatus.interrupted,
  recovering: exitStatus.interrupted,
  compensating: exitStatus.interrupted,
  completing: exitStatus.interrupted,
};

export function exitStatusOfRun(status: RunStatus): number {
  return ofRun[status];
}

/** Codes of what went wrong while working; all others say that the input was wrong and nothing was done. */
const failures: ReadonlySet<ErrorCode> = new Set([
  "EXPRESSION_FAILED",
  "COMMAND_FAILED",
  "OUTPUT_SHAPE",
  "OUTPUT_TOO_LARGE",
  "TIMEOUT",
  "IDLE",
  "QUOTA",
  "BREAKER_OPEN",
  "NO_DECISION",
  "LOOP_NOT_DONE",
  "JOIN_FAILED",
  "AGENT_FAILED",
  "AGENT_DENIED",
  "COMMAND_NOT_EXPANDED",
  "HTTP_FAILED",
  "MCP_UNAVAILABLE",
  "MCP_FAILED",
  "FUNCTION_FAILED",
  "GATE_FAILED",
  "INTERRUPTED",
  "REJECTED",
  "NOTIFY_FAILED",
  "REPLAY_MISS",
  "SOURCE_UNREADABLE",
  "RECORD_LATE",
  "RECORD_UNFIT",
  "GROUPS_FULL",
  "BUFFER_OVERFLOW",
  "SINK_FAILED",
  "SINK_CHANGED",
  "RECORD_LATE",
  "RECORD_UNFIT",
  "GROUPS_FULL",
  "SINK_FAILED",
  "SINK_CHANGED",
  "LIMIT_REACHED",
  "RUN_OWNED",
  "LEASE_LOST",
  "STORE_FULL",
  "STORE_LOCKED",
  "STORE_DAMAGED",
  "STORE_VERSION",
  "ARTIFACT_MISSING",
  "INTERNAL",
]);

export function exitStatusOfError(error: unknown): number {
  if (!isTuttiError(error) || failures.has(error.code)) return exitStatus.failed;
  return error.code === "CANCELLED" ? exitStatus.cancelled : exitStatus.wrongInput;
}
