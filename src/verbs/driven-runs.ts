import type { RunHandle } from "./run-handle.ts";

type Driven = Pick<RunHandle, "id" | "stop" | "halt" | "around">;

const reason = "tutti is closed";

/** The runs that this process drives: what they work with is not taken away before nothing more is done for them. */
export class DrivenRuns {
  readonly #runs = new Map<Driven, Promise<unknown>>();
  #closing = false;

  /** `ended`: all that is done for the run itself. Who waits for the run hears of what went wrong, and nobody here. */
  add<R extends Driven>(run: R, ended: Promise<unknown>): R {
    const over = Promise.allSettled([ended, run.around]).then(() => this.#runs.delete(run));
    this.#runs.set(run, over);
    if (this.#closing) run.stop(reason);
    return run;
  }

  /** Stops the run and those inside it, to be resumed, and lets nothing of them go on. */
  halt(runId: string): void {
    for (const run of this.#runs.keys())
      if (run.id === runId || run.id.startsWith(`${runId}.`)) run.halt("killed");
  }

  /** Stops them all, to be resumed, and comes back when nothing is under way. One that is added later is stopped, too. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const run of this.#runs.keys()) run.stop(reason);
    // the end of one may let another go on
    while (this.#runs.size > 0) await Promise.all(this.#runs.values());
  }
}
