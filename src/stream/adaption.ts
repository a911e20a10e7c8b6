import type { Stage } from "../language/pipeline.ts";
import { firstPace, type Pace, paceAfter } from "./adapt.ts";
import type { PlaceGauge, Tried } from "./gauges.ts";

/** How many batches of a stage are in work at once, and when the next may begin. */
export class Adaption {
  readonly #bounds: Stage["parallelism"];
  readonly #gauge: PlaceGauge;
  readonly #hasMore: () => boolean;
  #pace: Pace;

  /** `hasMore`: further batches wait. */
  constructor({ parallelism }: Pick<Stage, "parallelism">, gauge: PlaceGauge, hasMore: () => boolean) {
    this.#bounds = parallelism;
    this.#gauge = gauge;
    this.#hasMore = hasMore;
    this.#pace = firstPace(parallelism);
    gauge.parallelism = this.#pace.limit;
  }

  mayBegin(inWork: number): boolean {
    return inWork < this.#pace.limit;
  }

  tried(tried: Tried, now: number): void {
    this.#gauge.tried(tried, now);
    const { least, most } = this.#bounds;
    if (least === most) return;
    const { failure, tookMs } = tried;
    const ended = {
      begunAt: now - tookMs,
      endedAt: now,
      ...(failure === undefined ? {} : { failure: failure.class }),
      waiting: this.#hasMore(),
    };
    this.#pace = paceAfter(this.#pace, { ended, bounds: this.#bounds });
    this.#gauge.parallelism = this.#pace.limit;
  }
}
