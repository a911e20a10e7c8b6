/** Sums of prices are not exact in binary: as it is told, a sum of dollars ends at the ninth digit. */
export function roundedUsd(sum: number): number {
  return Math.round(sum * 1e9) / 1e9;
}
