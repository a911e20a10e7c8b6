/** The day of a time, in UTC: `2026-11-21`. */
export function dayOf(at: number): string {
  const { year, month, day } = dateOf(Math.floor(at / msADay));
  return `${String(year).padStart(4, "0")}-${pad2(month)}-${pad2(day)}`;
}

const msADay = 86_400_000;

function pad2(value: number): string {
  return String(value).padStart(2, "0");
}

/**
 * The date of a day since 1970, by counting from 1 March of year 0 in eras of 400 years, so that the day that a leap year
 * adds is the last of its year. The core asks no clock and no time zone.
 */
function dateOf(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const sinceMarch = days + 719_468;
  const era = Math.floor(sinceMarch / 146_097);
  const ofEra = sinceMarch - era * 146_097;
  const leaps = Math.floor(ofEra / 1460) - Math.floor(ofEra / 36_524) + Math.floor(ofEra / 146_096);
  const yearOfEra = Math.floor((ofEra - leaps) / 365);
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
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
