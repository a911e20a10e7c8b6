/** The day of a time, in UTC: `2026-11-21`. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** How long days are kept. */
export const keptDays = 366;

/** What counts of an entry: what it did cost, else what was predicted for it. */
export function countedUsd({
  costUsd,
  predictedUsd,
}: {
  readonly costUsd: number | null;
  readonly predictedUsd: number | null;
}): number {
  return costUsd ?? predictedUsd ?? 0;
}

/** True when no attempt at this prediction may begin under the cap. Sums of prices are not exact in binary. */
export function isOver(
  { usd }: { readonly usd: number },
  { usedUsd, predictedUsd }: { readonly usedUsd: number; readonly predictedUsd: number | null },
): boolean {
  return usedUsd >= usd || usedUsd + (predictedUsd ?? 0) > usd + 1e-9;
}
