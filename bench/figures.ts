import type { Samples } from "./samples.ts";

export type Unit =
  | "steps/s"
  | "inserts/s"
  | "commits/s"
  | "records/s"
  | "batches/s"
  | "ratio"
  | "ms"
  | "µs"
  | "MB"
  | "MB/s"
  | "count";

/** What a figure must reach. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** One measured number. `name` is `<part>.<what>`. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
  /** Least and most of the measurements that `value` is the median of. */
  readonly spread?: readonly [number, number];
  readonly target?: Target;
  /** One line a reader of the table needs. */
  readonly note?: string;
}

type Extra = Pick<Figure, "target" | "note">;

/** The median of samples as a figure, with its spread. */
export function figureOf(
  name: string,
  { samples, unit, ...extra }: { readonly samples: Samples; readonly unit: Unit } & Extra,
): Figure {
  const spread = samples.count > 1 ? { spread: [samples.least, samples.most] as const } : {};
  return { name, value: samples.median, unit, ...spread, ...extra };
}

export type Verdict = "ok" | "miss";

/** Undefined for a figure without a target. A number that is none misses. */
export function verdictOf({ value, target }: Figure): Verdict | undefined {
  if (!target) return undefined;
  const reached = "atLeast" in target ? value >= target.atLeast : value <= target.atMost;
  return reached ? "ok" : "miss";
}
