import type { OpenStream } from "../ports/stream-store.ts";
import type { Flow } from "./flow/flow.ts";
import type { Gauges } from "./gauges.ts";

export interface CommitsOptions {
  readonly flow: Flow;
  readonly gauges: Gauges;
  readonly stream: Pick<OpenStream, "commit">;
}

/** Hears what became of a commit. */
type Settle = (isDurable: boolean) => void;

/** Makes durable what the flow of a pipeline has decided: at once when something waits for that, else what comes in a while together. */
export class Commits {
  readonly #options: CommitsOptions;
  #underWay = 0;
  /** When the first of what is not on its way to the disk was decided. */
  #since: number | undefined;

  constructor(options: CommitsOptions) {
    this.#options = options;
  }

  /** How many are on their way to the disk. */
  get underWay(): number {
    return this.#underWay;
  }

  /** When the next one is due; undefined: there is nothing to make durable. */
  dueAt(now: number): number | undefined {
    const isPressing = this.#options.flow.isPressing(now);
    if (isPressing === undefined) return undefined;
    this.#since ??= now;
    return isPressing ? now : this.#since + lingerMs;
  }

  /** Resolves to whether there was anything. `sealing` is called when it is on its way, and what that gives with what became of it. */
  async commit(sealing?: () => Settle | undefined): Promise<boolean> {
    const { flow, gauges, stream } = this.#options;
    const sealed = flow.seal(gauges.kept(flow));
    this.#since = undefined;
    if (!sealed) return false;
    const settle = sealing?.();
    this.#underWay += 1;
    try {
      await stream.commit(sealed.change);
      flow.durable(sealed.seq);
      settle?.(true);
      return true;
    } catch (error) {
      settle?.(false);
      throw error;
    } finally {
      this.#underWay -= 1;
    }
  }
}

/**
 * So long what nothing waits for stays in memory: a record that has gone through all stages in this time was never written down on
 * its way. Measured (2 cores, three function stages in batches of 100): see docs/benchmarks.md.
 */
const lingerMs = 20;
