const isoTime = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?([Zz]|[+-]\d\d:?\d\d)$/;

/** RFC 3339 (its offset also without colon) to ms since the epoch, full seconds; undefined when it is no such time. */
export function parseTime(text: string): number | undefined {
  const match = isoTime.exec(text.trim());
  if (!match) return undefined;
  const days = daysOf(numbers(match[1], "-"));
  const seconds = secondsOf(numbers(match[2], ":"));
  const offset = offsetMs(match[3] ?? "Z");
  if (days === undefined || seconds === undefined || offset === undefined) return undefined;
  return (days * 86_400 + seconds) * 1000 - offset;
}

function numbers(text: string | undefined, separator: string): number[] {
  return (text ?? "").split(separator).map(Number);
}

function daysOf([year = 0, month = 0, day = 0]: readonly number[]): number | undefined {
  return month >= 1 && month <= 12 && day >= 1 && day <= monthLength(year, month)
    ? daysFromCivil(year, { month, day })
    : undefined;
}

function monthLength(year: number, month: number): number {
  const next = month === 12 ? { year: year + 1, month: 1 } : { year, month: month + 1 };
  return daysFromCivil(next.year, { month: next.month, day: 1 }) - daysFromCivil(year, { month, day: 1 });
}

function secondsOf([hour = 0, minute = 0, second = 0]: readonly number[]): number | undefined {
  return hour <= 23 && minute <= 59 && second <= 60 ? (hour * 60 + minute) * 60 + second : undefined;
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant, `days_from_civil`). */
function daysFromCivil(
  year: number,
  { month, day }: { readonly month: number; readonly day: number },
): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function offsetMs(zone: string): number | undefined {
  if (zone.toUpperCase() === "Z") return 0;
  const digits = zone.replace(":", "");
  const hour = Number(digits.slice(1, 3));
  const minute = Number(digits.slice(3, 5));
  if (hour > 23 || minute > 59) return undefined;
  const minutes = hour * 60 + minute;
  return (zone.startsWith("-") ? -1 : 1) * minutes * 60_000;
}
