import { durationIn, resetTimeIn } from "../reset-time.ts";

/** Headers of an answer; names in small letters. */
export type Headers = Readonly<Record<string, string>>;

/**
 * When a provider that refuses will serve again, in ms since the epoch: by `Retry-After`, else by the limits that its
 * headers call used up, else by what the text says ("try again in 20s"); undefined when nothing says it.
 */
export function resetTimeOf(
  { headers, text }: { readonly headers: Headers; readonly text: string },
  now: number,
): number | undefined {
  return retryAfter(headers, now) ?? usedUp(headers, now) ?? resetTimeIn(text, now);
}

function retryAfter(headers: Headers, now: number): number | undefined {
  const delayMs = Number(headers["retry-after-ms"] ?? Number.NaN);
  if (Number.isFinite(delayMs)) return now + delayMs;
  const value = headers["retry-after"];
  if (value === undefined || value === "") return undefined;
  const delayS = Number(value);
  return Number.isFinite(delayS) ? now + delayS * 1000 : validTime(Date.parse(value));
}

/** The latest reset of the limits of which nothing remains: `x-ratelimit-remaining-tokens` and its like. */
function usedUp(headers: Headers, now: number): number | undefined {
  const times = Object.entries(headers).flatMap(([name, value]) => {
    if (!/ratelimit/.test(name) || !name.includes("remaining") || Number(value) !== 0) return [];
    return resetIn(headers[name.replace("remaining", "reset")], now) ?? [];
  });
  return times.length === 0 ? undefined : Math.max(...times);
}

/** A moment (RFC 3339, or seconds since the epoch), or how long it takes (`6m0s`, seconds). */
function resetIn(value: string | undefined, now: number): number | undefined {
  if (value === undefined || value === "") return undefined;
  const number = Number(value);
  if (Number.isFinite(number)) return number > 1e9 ? number * 1000 : now + number * 1000;
  const delayMs = durationIn(value);
  return delayMs === undefined ? validTime(Date.parse(value)) : now + delayMs;
}

function validTime(time: number): number | undefined {
  return Number.isFinite(time) ? time : undefined;
}
