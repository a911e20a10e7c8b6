import type { Json, JsonObject } from "../expression/json.ts";
import type { GateRef, Request } from "./effects.ts";
import type { Outcome } from "./outcome.ts";
import type { NodeTree } from "./workspace.ts";

/**
 * How a node ended. `claimed`: it ended well but declared nothing that could verify it; `skipped`: its `when` was
 * false; `blocked`: something it needs did not end well.
 */
export type NodeEnd = "verified" | "claimed" | "skipped" | "failed" | "blocked" | "cancelled";

export interface GateResult {
  readonly ref: GateRef;
  readonly attempt: number;
  readonly passed: boolean;
  readonly evidence: JsonObject;
}

/** What an earlier life of a run, or another run, knows of a node. */
export interface KnownResult {
  readonly definition: Json;
  readonly request: Request | undefined;
  /** As of the node. */
  readonly basis?: string | undefined;
  /** The environment it had; undefined for a wait, and where it cannot be told any more. */
  readonly env: Readonly<Record<string, string>> | undefined;
  /** What else it rested on (`readsOf`); undefined where it cannot be told any more. */
  readonly reads: readonly Json[] | undefined;
  readonly outcome: Outcome | undefined;
  readonly attempt: number;
  /** Undefined: it has not ended, but only gates are left to do. */
  readonly end: NodeEnd | undefined;
  readonly gateResults: readonly GateResult[];
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly downMs: number;
  readonly costUsd: number;
  readonly costUnknown: boolean;
  /** What the gates look at that are left to do. */
  readonly attemptAt: number | undefined;
  /** As of the node. */
  readonly filesBefore: Readonly<Record<string, string>> | undefined;
  readonly tree?: NodeTree | undefined;
  /** Of one that has not ended: what was done does not lie in its tree any more, so that it is to be done again. */
  readonly isGone?: true;
}
