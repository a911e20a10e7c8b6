import type { EffectPolicy, Request } from "../core/effects.ts";
import type { Outcome, StageRecord, Usage } from "../core/outcome.ts";
import type { ArtifactStore } from "./artifact-store.ts";

/**
 * Does one kind of request.
 *
 * - resolves with an outcome, also for every failure of the work itself; it rejects only when `signal` aborts
 *   (with the signal's reason) or for a fault in tutti;
 * - when it resolves or rejects, nothing it started is running any more; what could not be stopped is named in the
 *   outcome's failure;
 * - output beyond `policy.outputBytes` goes to an artifact, memory stays flat;
 * - values reach a program as environment or standard input, never as part of a command line that a shell reads;
 * - `policy.timeoutMs` ends it with failure TIMEOUT of class "timeout"; `policy.idleMs` with IDLE.
 */
export interface Executor<R extends Request = Request> {
  readonly kind: R["kind"];
  execute(request: R, context: TaskContext): Promise<Outcome>;
}

/** Everything an executor or agent may know about the step it works for. */
export interface TaskContext {
  readonly runId: string;
  readonly runName: string;
  readonly address: string;
  readonly attempt: number;
  /** Name of the gate that is checked; absent for the step's own work. */
  readonly gate?: string;
  /** Nothing of the run is kept once it is over, so an agent keeps nothing to go on with. */
  readonly unsaved?: true;
  /** What an agent is asked that judges for it. */
  readonly judges?: "judge" | "duplication";
  /** How often its judge has been asked in this attempt, this time included; absent: this is the first time. */
  readonly ask?: number | undefined;
  /** Names the effect for ever: the same again after a crash, never the same for another attempt. */
  readonly effectId: string;
  readonly policy: EffectPolicy;
  /** The directory the step works in; absolute. */
  readonly cwd: string;
  /** The whole environment for a program: the allow-list, the step's own `env`, tutti's markers. */
  readonly env: Readonly<Record<string, string>>;
  readonly artifacts: ArtifactStore;
  readonly signal: AbortSignal;
  /** A line of output as it comes, for live views and log files; not durable. */
  readonly print: (line: string, stream: "stdout" | "stderr" | "agent") => void;
  /** A stage of the work ended; becomes an event. */
  readonly stage: (record: StageRecord) => void;
  /** All that is known so far of what it has used, told when an agent is asked and as often as more is known: it counts when the work is stopped. */
  readonly used?: (usage: Usage) => void;
}
