import type { Failure, StageRecord } from "../../core/events.ts";
import { messageOf } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";

/**
 * The ten stages of a command, in order. The executor goes through the first seven; validation of the output, the
 * quality gates and the end of the node follow in the performer and the core, which write their own events.
 */
export const stages = [
  "resolve",
  "metadata",
  "complexity_triage",
  "dependency_validation",
  "pre_execution_gates",
  "agent_deployment",
  "execution",
  "post_execution_validation",
  "quality_gates",
  "cleanup",
] as const;

export type Stage = (typeof stages)[number];

/** What is done about a failure in a stage. */
export type Recovery = "retry" | "human" | "rollback" | "partial_recovery" | "correct_input";

const recoveries: Readonly<Record<Stage, Recovery>> = {
  resolve: "correct_input",
  metadata: "correct_input",
  complexity_triage: "human",
  dependency_validation: "retry",
  pre_execution_gates: "human",
  agent_deployment: "retry",
  execution: "rollback",
  post_execution_validation: "partial_recovery",
  quality_gates: "human",
  cleanup: "retry",
};

export function recoveryOf(stage: Stage): Recovery {
  return recoveries[stage];
}

/** Thrown inside a stage to end the command with this failure. */
export class StageFailed extends Error {
  override readonly name = "StageFailed";
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Runs stages and tells each with its duration; a stage that throws is told as failed and the error goes on. */
export class Stages {
  readonly #clock: Clock;
  readonly #tell: (record: StageRecord) => void;
  current: Stage = "resolve";

  constructor(clock: Clock, tell: (record: StageRecord) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** `ok: false` tells the stage as failed although it gave a value. */
  async run<T>(stage: Stage, work: () => Promise<StageResult<T>>): Promise<T> {
    this.current = stage;
    const startedAt = this.#clock.now();
    const told = (ok: boolean, note?: string) =>
      this.#tell({
        stage,
        ok,
        durationMs: this.#clock.now() - startedAt,
        ...(note === undefined ? {} : { note }),
      });
    try {
      const { value, note, ok = true } = await work();
      told(ok, note);
      return value;
    } catch (error) {
      told(false, messageOf(error));
      throw error;
    }
  }
}

export interface StageResult<T> {
  readonly value: T;
  readonly note?: string;
  readonly ok?: boolean;
}
