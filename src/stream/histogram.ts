import type { Json } from "../expression/json.ts";
import type { Quantiles } from "./figures.ts";

/**
 * How long things took, in a memory that does not grow: counts in buckets of which each is a fixed share wider than the one
 * before (Masson, Rim & Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019).
 *
 * - a quantile is wrong by at most 4 % of itself, for values from 0.1 ms to 30 years; what is shorter counts as 0, what is
 *   longer as the longest;
 * - `merge` and the JSON form lose nothing: what is merged is as if all had been added to one.
 */
export interface Histogram {
  /** How many values were added. */
  readonly count: number;
  add(valueMs: number, times?: number): void;
  merge(other: Histogram): void;
  /** The least value that so large a share of all does not exceed; 0 when there is none. */
  quantile(share: number): number;
  quantiles(): Quantiles;
  /** Index and count of each bucket that is not empty, one after the other. */
  toJson(): readonly number[];
}

const error = 0.04;
const widening = (1 + error) / (1 - error);
const logOfWidening = Math.log(widening);
const leastMs = 0.1;
const mostMs = 1e12;
/** The first bucket is for what counts as 0. */
const buckets = Math.ceil(Math.log(mostMs / leastMs) / logOfWidening) + 2;

/** With what `toJson` gave, when it goes on; throws for what it never gave. */
export function createHistogram(from: Json = []): Histogram {
  const counts = new Float64Array(buckets);
  let count = 0;
  const addTo = (bucket: number, times: number): void => {
    counts[bucket] = (counts[bucket] ?? 0) + times;
    count += times;
  };
  const quantile = (share: number): number => {
    const rank = Math.max(1, Math.ceil(share * count));
    let below = 0;
    const bucket = counts.findIndex((one) => (below += one) >= rank);
    return bucket < 1 ? 0 : middleOf(bucket);
  };
  const histogram: Histogram = {
    get count() {
      return count;
    },
    add: (valueMs, times = 1) => addTo(bucketOf(valueMs), times),
    merge: (other) => {
      for (const [bucket, times] of pairsOf(other.toJson())) addTo(bucket, times);
    },
    quantile,
    quantiles: () => ({ p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) }),
    toJson: () => [...counts].flatMap((times, bucket) => (times === 0 ? [] : [bucket, times])),
  };
  for (const [bucket, times] of pairsOf(from)) addTo(bucket, times);
  return histogram;
}

function bucketOf(valueMs: number): number {
  if (!(valueMs >= leastMs)) return 0;
  return 1 + Math.ceil(Math.log(Math.min(valueMs, mostMs) / leastMs) / logOfWidening);
}

/** What is as far, as a share, from the least as from the most of a bucket. */
function middleOf(bucket: number): number {
  return (leastMs * widening ** (bucket - 1) * 2) / (1 + widening);
}

function pairsOf(json: Json): readonly (readonly [bucket: number, times: number])[] {
  const numbers = Array.isArray(json) ? json.filter((one) => typeof one === "number") : [];
  const pairs = numbers.flatMap((bucket, index) => {
    const times = numbers[index + 1];
    return index % 2 === 1 || times === undefined ? [] : [[bucket, times] as const];
  });
  const isWhole = Array.isArray(json) && json.length === pairs.length * 2 && pairs.every(isBucket);
  if (!isWhole) throw new TypeError("it is not the JSON form of a histogram");
  return pairs;
}

function isBucket([bucket, times]: readonly [number, number]): boolean {
  return Number.isInteger(bucket) && bucket >= 0 && bucket < buckets && times >= 0;
}
