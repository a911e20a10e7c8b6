import type { Stage } from "../../core/policies/stages.ts";
import type { Failure, StageRecord } from "../../core/outcome.ts";
import { messageOf } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";

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
