import type { Failure } from "../core/outcome.ts";

/**
 * How many batches of a stage may be in work at once: as many as make it faster. More than a service can do at the same time
 * only wait inside it, and their latency says how many: by Little's law `limit × (1 − best / latency)`, as in TCP Vegas
 * (Brakmo and Peterson, 1995). There is one more while hardly any wait, fewer when many do, and half when the service refuses
 * or fails, as in TCP's AIMD.
 */
export interface Pace {
  readonly limit: number;
  /** Batches that were begun before it was changed tell nothing of it. */
  readonly since: number;
  /** What a batch takes when none waits inside the service; undefined: nothing is known yet. */
  readonly bestMs: number | undefined;
  /** Rounds in which it was left as it is, for some wait inside. */
  readonly held: number;
  /** It was made smaller to see whether that helps: to take so long at most says that it does. */
  readonly helpedMs?: number;
  readonly round: Round;
}

/** As many batches as are in work at once: each change is given a round to show what it does. */
interface Round {
  readonly done: number;
  readonly failed: number;
  readonly sumMs: number;
  /** In all of it further batches waited to be begun. */
  readonly wanted: boolean;
}

export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** A batch that is no more in work. */
export interface EndedBatch {
  readonly begunAt: number;
  readonly endedAt: number;
  /** Absent: it is done. */
  readonly failure?: Failure["class"];
  /** Further batches waited when it ended. */
  readonly waiting: boolean;
}

/** A mean of fewer says little. */
const leastInRound = 4;
/** Of a round: what fails more often has too much to do. */
const mostFailed = 0.25;
/** So many rounds long something may wait inside before it is looked at whether fewer would do. */
const mostHeld = 10;

const emptyRound: Round = { done: 0, failed: 0, sumMs: 0, wanted: true };

export function firstPace({ least }: Bounds): Pace {
  return { limit: least, since: -Infinity, bestMs: undefined, held: 0, round: emptyRound };
}

/** The pace after a batch has ended; always within the bounds. */
export function paceAfter(
  pace: Pace,
  { ended, bounds }: { readonly ended: EndedBatch; readonly bounds: Bounds },
): Pace {
  const { limit, since } = pace;
  const bounded = Math.min(Math.max(limit, bounds.least), bounds.most);
  if (bounded !== limit) return changed(pace, { limit: bounded, at: ended.endedAt });
  if (ended.begunAt < since) return pace;
  if (ended.failure === "quota") return halved(pace, { least: bounds.least, at: ended.endedAt });
  const round = roundWith(pace.round, ended);
  if (round.done + round.failed < Math.max(limit, leastInRound)) return { ...pace, round };
  return afterRound({ ...pace, round }, { bounds, at: ended.endedAt });
}

function roundWith(round: Round, { begunAt, endedAt, failure, waiting }: EndedBatch): Round {
  const wanted = round.wanted && waiting;
  if (failure === "transient" || failure === "timeout") return { ...round, failed: round.failed + 1, wanted };
  // what failed for another reason says nothing of how much the service has to do
  if (failure !== undefined) return round;
  return { ...round, done: round.done + 1, sumMs: round.sumMs + (endedAt - begunAt), wanted };
}

function afterRound(pace: Pace, { bounds, at }: { readonly bounds: Bounds; readonly at: number }): Pace {
  const { limit, round, held } = pace;
  const { least, most } = bounds;
  if (round.failed > mostFailed * (round.done + round.failed)) return halved(pace, { least, at });
  const meanMs = round.sumMs / Math.max(1, round.done);
  const bestMs = bestAfter(pace, { meanMs, least });
  const next: Pace = { ...withoutHelp(pace), bestMs, round: emptyRound };
  const inside = meanMs > 0 ? limit * (1 - bestMs / meanMs) : 0;
  const isTooMuch = inside > Math.max(2, limit / 3) || held >= mostHeld;
  if (isTooMuch && limit > least) {
    const fewer = Math.max(least, Math.min(limit - 1, Math.ceil((limit * 2) / 3)));
    const helpedMs = (meanMs * (1 + fewer / limit)) / 2;
    return { ...changed(next, { limit: fewer, at }), helpedMs };
  }
  if (inside > Math.max(1, limit / 5)) return { ...next, held: held + 1 };
  return round.wanted && limit < most ? changed(next, { limit: limit + 1, at }) : { ...next, held: 0 };
}

/**
 * With the least there is nothing to compare. Where fewer did not help, it is probably not these that make it slow, but the
 * service has become slower by itself.
 */
function bestAfter(
  { limit, bestMs, helpedMs }: Pace,
  { meanMs, least }: { readonly meanMs: number; readonly least: number },
): number {
  if (bestMs === undefined || limit === least) return meanMs;
  const isSlowByItself = helpedMs !== undefined && meanMs > helpedMs;
  return isSlowByItself ? (bestMs + meanMs) / 2 : Math.min(bestMs, meanMs);
}

function halved(pace: Pace, { least, at }: { readonly least: number; readonly at: number }): Pace {
  return changed(withoutHelp(pace), { limit: Math.max(least, Math.floor(pace.limit / 2)), at });
}

function changed(pace: Pace, { limit, at }: { readonly limit: number; readonly at: number }): Pace {
  return { ...pace, limit, since: at, held: 0, round: emptyRound };
}

function withoutHelp({ helpedMs: _, ...pace }: Pace): Pace {
  return pace;
}
