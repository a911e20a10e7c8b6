/**
 * The time at which a refusal says it will end, in ms since the epoch; undefined when it says none that can be read.
 * Understood: `…|1760000400`, `resets 3pm (Europe/Paris)`, `resets Oct 6, 1pm`, `resets Apr 23 at 4:30pm (UTC)`,
 * `resets Mon 9am`, `resets at 15:00`, `try again in 5 minutes`, `retry after 30s`, an ISO time.
 */
export function resetTimeIn(text: string, now: number): number | undefined {
  return epochIn(text) ?? isoIn(text) ?? delayIn(text, now) ?? wallTimeIn(text, now);
}

function epochIn(text: string): number | undefined {
  const found = /\|(\d{10})(\d{3})?\b/.exec(text);
  if (!found) return undefined;
  return found[2] ? Number(`${found[1]}${found[2]}`) : Number(found[1]) * 1000;
}

function isoIn(text: string): number | undefined {
  const found = /\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)/.exec(text);
  return found ? Date.parse(found[0]) : undefined;
}

const unit = /(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?![a-z])/.source;
const part = String.raw`(\d+(?:\.\d+)?) ?${unit}[ ,]*(?:and )?`;
const delay = new RegExp(
  `\\b(?:try again|retry|retrying|resets?|available again)[ -](?:in|after):? ((?:${part})+)`,
  "i",
);

function delayIn(text: string, now: number): number | undefined {
  const delayMs = durationIn(delay.exec(text)?.[1] ?? "");
  return delayMs === undefined ? undefined : now + delayMs;
}

/** ms: `1d2h3m4.5s`, `250ms`, `20 seconds`, `1 hour and 5 mins`; undefined when the text is not that. */
export function durationIn(text: string): number | undefined {
  const parts = [...text.matchAll(new RegExp(part, "gi"))];
  if (parts.length === 0 || parts.map(([said]) => said).join("") !== text) return undefined;
  return parts.reduce((sum, [, amount, name = ""]) => sum + Number(amount) * msOf(name.toLowerCase()), 0);
}

/** ms in a unit of this name. */
function msOf(name: string): number {
  if (name === "ms" || name.startsWith("milli")) return 1;
  return unitMs[name.charAt(0) as keyof typeof unitMs];
}

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const wallTime = new RegExp(
  [
    /\bresets?(?: on| at)? /,
    `(?:(?<weekday>${weekdays.join("|")})[a-z]*,? (?:at )?)?`,
    `(?:(?<month>${months.join("|")})[a-z]*\\.? (?<day>\\d{1,2}),? (?:at )?)?`,
    /(?<hour>\d{1,2})(?::(?<minute>\d\d))? ?(?<half>am|pm)?/,
    /(?: \((?<zone>[A-Za-z0-9_+\-/]+)\))?/,
  ]
    .map((part) => (typeof part === "string" ? part : part.source))
    .join(""),
  "i",
);

/** The next time the clocks of the zone show what the text says. */
function wallTimeIn(text: string, now: number): number | undefined {
  const said = wallTime.exec(text)?.groups;
  if (!said?.["hour"] || (said["half"] === undefined && said["minute"] === undefined)) return undefined;
  const zone = knownZone(said["zone"]);
  const here = clockIn(zone, now);
  const month = monthOf(said["month"]);
  const candidate = (days: number, years: number) =>
    instantOf(zone, {
      year: here.year + years,
      month: month ?? here.month,
      day: (said["day"] ? Number(said["day"]) : here.day) + days,
      hour: hour24(Number(said["hour"]), said["half"]?.toLowerCase()),
      minute: Number(said["minute"] ?? 0),
    });
  if (month !== undefined)
    return [0, 1].map((years) => candidate(0, years)).find((time) => time > now - 60_000);
  const wanted = said["weekday"] ? weekdays.indexOf(said["weekday"].toLowerCase()) : undefined;
  const fits = (time: number) => time > now && (wanted === undefined || weekdayIn(zone, time) === wanted);
  return [0, 1, 2, 3, 4, 5, 6, 7].map((days) => candidate(days, 0)).find(fits);
}

function monthOf(name: string | undefined): number | undefined {
  return name === undefined ? undefined : months.indexOf(name.toLowerCase()) + 1;
}

function hour24(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  return (hour % 12) + (half === "pm" ? 12 : 0);
}

/** Undefined means this machine's own zone, as the program itself uses when it names none. */
function knownZone(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

interface WallClock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

function clockIn(timeZone: string | undefined, time: number): WallClock {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  const parts = new Map(format.formatToParts(time).map((part) => [part.type, Number(part.value)]));
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  return { year: of("year"), month: of("month"), day: of("day"), hour: of("hour"), minute: of("minute") };
}

function weekdayIn(zone: string | undefined, time: number): number {
  const { year, month, day } = clockIn(zone, time);
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

/** The instant at which the clocks of a zone show this; found by correcting a first guess by the zone's offset, twice. */
function instantOf(zone: string | undefined, wall: WallClock): number {
  const wanted = asUtc(wall);
  let time = wanted;
  for (let round = 0; round < 2; round += 1) time += wanted - asUtc(clockIn(zone, time));
  return time;
}

function asUtc({ year, month, day, hour, minute }: WallClock): number {
  return Date.UTC(year, month - 1, day, hour, minute);
}
