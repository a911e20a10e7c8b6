import { isRawNumber, type RawNumber, valueOfRaw, wholeNumber } from "../../expression/exact.ts";
import type { Json } from "../../expression/json.ts";

/** A sum of numbers: whole ones exactly, others with what rounding lost (Neumaier's summation). */
export interface Sum {
  count: number;
  whole: bigint;
  /** Absent: all were whole. */
  others: { total: number; lost: number } | undefined;
}

export type Numeric = number | bigint;

export function emptySum(): Sum {
  return { count: 0, whole: 0n, others: undefined };
}

/** Whole numbers are bigints where a double would not hold them; undefined: it is no number. */
export function numberOf(value: Json): Numeric | undefined {
  if (typeof value === "number") return value;
  return isRawNumber(value) ? valueOfRaw(value) : undefined;
}

/** Whether a sum would be beyond the largest double. */
export function isTooLarge({ whole, others }: Sum, value: Numeric): boolean {
  if (typeof value === "bigint") return !Number.isFinite(Number(whole + value));
  return !Number.isFinite((others?.total ?? 0) + Number(whole) + value);
}

export function addTo(sum: Sum, value: Numeric): void {
  sum.count += 1;
  if (typeof value === "bigint" || Number.isSafeInteger(value)) sum.whole += BigInt(value);
  else sum.others = plus(sum.others ?? { total: 0, lost: 0 }, value);
}

function plus({ total, lost }: NonNullable<Sum["others"]>, value: number): NonNullable<Sum["others"]> {
  const sum = total + value;
  const rest = Math.abs(total) >= Math.abs(value) ? total - sum + value : value - sum + total;
  return { total: sum, lost: lost + rest };
}

export function sumOf(sum: Sum): number | RawNumber {
  return sum.others ? doubleOf(sum) : wholeNumber(sum.whole);
}

/** Null: there were none. */
export function meanOf(sum: Sum): number | null {
  return sum.count === 0 ? null : doubleOf(sum) / sum.count;
}

function doubleOf({ whole, others }: Sum): number {
  if (!others) return Number(whole);
  const { total, lost } = plus(others, Number(whole));
  return total + lost;
}
