import type { Stage } from "../language/pipeline.ts";
import { firstPace, type Pace, paceAfter } from "./adapt.ts";
import type { PlaceGauge, Tried } from "./gauges.ts";
import { Rate } from "./rate.ts";

/** How many batches of a stage are in work at once, and when the next may begin. */
export class Adaption {
  readonly #bounds: Stage["parallelism"];
  readonly #gauge: PlaceGauge;
  readonly #rate: Rate | undefined;
  readonly #hasMore: () => boolean;
  #pace: Pace;

  /** `hasMore`: further batches wait. */
  constructor(
    { parallelism, rate }: Pick<Stage, "parallelism" | "rate">,
    { gauge, hasMore, now }: AdaptionOptions,
  ) {
    this.#bounds = parallelism;
    this.#gauge = gauge;
    this.#hasMore = hasMore;
    this.#pace = firstPace(parallelism);
    gauge.parallelism = this.#pace.limit;
    const { keptRate: kept } = gauge;
    // an earlier process may have begun as many as it could just before it ended
    const unknown = kept && { begun: parallelism.most, last: now };
    this.#rate = rate && new Rate(rate, { kept, ...(unknown && { unknown }) });
    gauge.rate = this.#rate;
  }

  mayBegin(inWork: number, now: number): boolean {
    return inWork < this.#pace.limit && (this.#rate === undefined || this.#rate.nextAt(now) <= now);
  }

  begun(now: number): void {
    this.#rate?.begin(now);
  }

  /** When the rate lets another begin; undefined: there is no rate, or nothing to begin. */
  nextAt(now: number): number | undefined {
    return this.#hasMore() ? this.#rate?.nextAt(now) : undefined;
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

export interface AdaptionOptions {
  readonly gauge: PlaceGauge;
  readonly hasMore: () => boolean;
  readonly now: number;
}
