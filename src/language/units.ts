const millisecondsOf: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const durationPart = /(\d+(?:\.\d+)?)\s*(ms|sec|s|min|m|h|d)\s*/y;
const plainNumber = /^\d+(?:\.\d+)?$/;
/** About 31 years; beyond it a number was surely meant in another unit. */
const maxDurationMs = 1_000_000_000_000;

/** Milliseconds of `300` (seconds), `"300"`, `5m`, `1h30m`, `500ms`; undefined when it is no duration. */
export function parseDuration(value: number | string): number | undefined {
  const text = typeof value === "string" ? value.trim() : value;
  const ms = typeof text === "number" ? text * 1000 : durationOfText(text);
  return ms === undefined || !(ms >= 0 && ms <= maxDurationMs) ? undefined : Math.round(ms);
}

function durationOfText(text: string): number | undefined {
  if (plainNumber.test(text)) return Number(text) * 1000;
  let total = 0;
  durationPart.lastIndex = 0;
  let end = 0;
  for (let part = durationPart.exec(text); part; part = durationPart.exec(text)) {
    total += Number(part[1]) * (millisecondsOf[part[2] ?? ""] ?? 0);
    end = durationPart.lastIndex;
  }
  return end > 0 && end === text.length ? total : undefined;
}

/** So many in so long: `60/min`, `10/s`, `5/10s`, `1000/h`; undefined when it is none. */
export function parseRate(value: string): { readonly count: number; readonly perMs: number } | undefined {
  const [, digits, unit] = /^\s*([\d_,]+)\s*\/\s*(.+)$/.exec(value) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const word = unit.trim().replace(/^(second|minute|hour|day)s?$/, (whole) => whole[0] ?? "");
  const perMs = parseDuration(/^\d/.test(word) ? word : `1${word}`);
  const count = numberOf(digits);
  return perMs && count > 0 ? { count, perMs } : undefined;
}

/** Dollars of `10`, `"10"`, `10 USD`, `$10`, `USD 10`; undefined for anything else, other currencies too. */
export function parseUsd(value: number | string): number | undefined {
  if (typeof value === "number") return value >= 0 && Number.isFinite(value) ? value : undefined;
  const match = /^(?:(?:USD|\$)\s*)?(\d[\d_,]*(?:\.\d+)?)\s*(?:USD|\$)?$/i.exec(value.trim());
  return match ? numberOf(match[1]) : undefined;
}

/** A whole count of `2000000`, `2M`, `500k`, `1.5M`, `2_000_000`; undefined when it is none. */
export function parseCount(value: number | string): number | undefined {
  return scaled(value, { "": 1, k: 1e3, m: 1e6, g: 1e9, b: 1e9 });
}

/** Bytes of `1048576`, `1MB` (a million), `1MiB` (1024 × 1024), `500 kB`; undefined when it is none. */
export function parseBytes(value: number | string): number | undefined {
  return scaled(value, {
    "": 1,
    b: 1,
    k: 1e3,
    kb: 1e3,
    kib: 1024,
    m: 1e6,
    mb: 1e6,
    mib: 1024 ** 2,
    g: 1e9,
    gb: 1e9,
    gib: 1024 ** 3,
  });
}

function scaled(value: number | string, factors: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d[\d_,]*(?:\.\d+)?)\s*([a-z]*)$/i.exec(String(value).trim());
  const factor = match && factors[(match[2] ?? "").toLowerCase()];
  if (!match || factor === undefined || factor === null) return undefined;
  const result = numberOf(match[1]) * factor;
  return Number.isSafeInteger(result) ? result : undefined;
}

function numberOf(digits: string | undefined): number {
  return Number((digits ?? "").replaceAll(/[_,]/g, ""));
}
