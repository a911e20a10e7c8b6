/** How much a failure matters: from what stops the whole run to what is only worth a note. */
export type Severity = "critical" | "major" | "minor" | "informational";

/**
 * What is done about a failure. `retry`: the same again after a pause. `park`: wait until the time that was named.
 * `failover`: another agent. `degrade`: go on with what there is, and say what is missing. `stop`: the step has failed,
 * and its error strategy decides. `escalate`: only a person can mend it.
 */
export type Response = "retry" | "park" | "failover" | "degrade" | "stop" | "escalate";

/** Whose fault it is when it happens again and again: what a circuit breaker may close down. */
export type Suspect = "agent" | "command" | "none";

export interface FailureKindInfo {
  readonly severity: Severity;
  readonly response: Response;
  readonly suspect: Suspect;
  /** For people. */
  readonly means: string;
}

/** Every kind of failure, with what it means and what is done about it. */
export const failureKinds = {
  "command.failure": {
    severity: "major",
    response: "stop",
    suspect: "command",
    means: "the work was done and did not succeed",
  },
  "command.partial": {
    severity: "minor",
    response: "degrade",
    suspect: "none",
    means: "only a part of the work was done",
  },
  "command.timeout": {
    severity: "major",
    response: "stop",
    suspect: "command",
    means: "the work did not end in its time",
  },
  "command.resource": {
    severity: "major",
    response: "stop",
    suspect: "command",
    means: "memory, processes, files or a cap were used up",
  },
  "coordination.dependency": {
    severity: "major",
    response: "stop",
    suspect: "none",
    means: "something that is needed is not there",
  },
  "coordination.synchronisation": {
    severity: "major",
    response: "stop",
    suspect: "none",
    means: "somebody else changed the same thing meanwhile",
  },
  "coordination.contention": {
    severity: "minor",
    response: "retry",
    suspect: "none",
    means: "somebody else holds it just now",
  },
  "coordination.timeout": {
    severity: "major",
    response: "stop",
    suspect: "none",
    means: "what was waited for did not come in time",
  },
  "quality.gate": { severity: "major", response: "stop", suspect: "none", means: "a check did not hold" },
  "quality.compliance": {
    severity: "major",
    response: "stop",
    suspect: "none",
    means: "a rule was broken: format, policy, declared shape",
  },
  "quality.security": {
    severity: "critical",
    response: "stop",
    suspect: "none",
    means: "a secret or a vulnerability was found",
  },
  "quality.performance": {
    severity: "minor",
    response: "stop",
    suspect: "none",
    means: "it is slower or larger than it may be",
  },
  "system.context": {
    severity: "major",
    response: "stop",
    suspect: "none",
    means: "more text than the model can take",
  },
  "system.network": {
    severity: "major",
    response: "retry",
    suspect: "agent",
    means: "a connection was not made, or was cut",
  },
  "system.storage": {
    severity: "critical",
    response: "escalate",
    suspect: "none",
    means: "the disk is full, damaged or may not be written",
  },
  "system.external": {
    severity: "major",
    response: "retry",
    suspect: "agent",
    means: "a service or program outside is out of order",
  },
  "system.access": {
    severity: "critical",
    response: "failover",
    suspect: "agent",
    means: "a key, login, right or credit is missing",
  },
  "system.quota": {
    severity: "informational",
    response: "park",
    suspect: "none",
    means: "the provider serves again later",
  },
} as const satisfies Readonly<Record<string, FailureKindInfo>>;

export type FailureKind = keyof typeof failureKinds;

export function infoOf(kind: FailureKind): FailureKindInfo {
  return failureKinds[kind];
}
