import type { ErrorCode } from "../../errors.ts";
import type { Failure } from "../outcome.ts";
import { failureKinds, type FailureKind } from "./failure-kinds.ts";
import { kindOfText } from "./failure-texts.ts";

/** Codes that say it all; the others are told by the words of the message. */
const kindOfCode: Partial<Record<ErrorCode, FailureKind>> = {
  TIMEOUT: "command.timeout",
  IDLE: "command.timeout",
  QUOTA: "system.quota",
  GATE_FAILED: "quality.gate",
  OUTPUT_SHAPE: "quality.compliance",
  AGENT_DENIED: "quality.compliance",
  OUTPUT_TOO_LARGE: "command.resource",
  LIMIT_REACHED: "command.resource",
  COMMAND_DEPENDENCY: "coordination.dependency",
  COMMAND_NOT_EXPANDED: "coordination.dependency",
  UNKNOWN_AGENT: "coordination.dependency",
  UNKNOWN_COMMAND: "coordination.dependency",
  UNKNOWN_FUNCTION: "coordination.dependency",
  UNKNOWN_SERVER: "coordination.dependency",
  UNKNOWN_TOOL: "coordination.dependency",
  FILE_NOT_FOUND: "coordination.dependency",
  REPLAY_MISS: "coordination.dependency",
  AGENT_UNAVAILABLE: "system.external",
  MCP_UNAVAILABLE: "system.external",
  BREAKER_OPEN: "system.external",
  SECRET_MISSING: "system.access",
  STORE_FULL: "system.storage",
  STORE_DAMAGED: "system.storage",
  STORE_VERSION: "system.storage",
  ARTIFACT_MISSING: "system.storage",
  STORE_LOCKED: "coordination.contention",
  RUN_OWNED: "coordination.contention",
  LEASE_LOST: "coordination.synchronisation",
};

/** What kind of failure this is; undefined for what was stopped or turned down on purpose. A bare text is a program's last words. */
export function classify(failure: Failure | string): FailureKind | undefined {
  if (typeof failure === "string") return kindOfText(failure) ?? "command.failure";
  if (failure.class === "cancelled" || failure.class === "interrupted") return undefined;
  if (failure.code === "REJECTED") return undefined;
  if (failure.class === "quota") return "system.quota";
  return kindOfCode[failure.code] ?? kindOfText(failure.message) ?? kindOfClass(failure);
}

function kindOfClass({ class: of, code }: Failure): FailureKind {
  if (of === "timeout") return "command.timeout";
  return of === "transient" || code === "HTTP_FAILED" ? "system.external" : "command.failure";
}

/** True when the agent or the service is out of order: its work came to nothing, good or bad. */
export function blamesAgent(failure: Failure): boolean {
  const kind = failure.kind ?? classify(failure);
  const isOut = (kind !== undefined && failureKinds[kind].suspect === "agent") || failure.code === "IDLE";
  return isOut && failure.class !== "failure";
}

/** The failure with its kind and severity, as far as it has none yet. */
export function classified(failure: Failure): Failure {
  if (failure.kind !== undefined) return failure;
  const kind = classify(failure);
  return kind === undefined ? failure : { ...failure, kind, severity: failureKinds[kind].severity };
}
