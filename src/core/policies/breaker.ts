import type { BreakerDecision, BreakerRecord } from "../../ports/breaker-store.ts";

export interface BreakerPolicy {
  /** Failures in a row that open a breaker. */
  readonly failures: number;
  /** How long it stays open before one is let through. */
  readonly resetMs: number;
}

export const defaultBreaker: BreakerPolicy = { failures: 5, resetMs: 300_000 };

/** In keys of what an agent that only plays work did in one run: the run's id follows. */
export const rehearsed = " in run ";

/** One attempt, and what it may be held up by. */
export interface Attempted {
  /** Names the attempt for ever, so that one that is taken up again after a crash is the same. */
  readonly by: string;
  /** What it uses, each with a breaker: its agent, its command, the service it calls. */
  readonly subjects: readonly string[];
  /** What is done, wherever it is done again; failures of the same name count together. */
  readonly work?: string;
  /** Key of the quota it draws on. */
  readonly quota?: string;
  /** Now; ms since the epoch. */
  readonly at: number;
  readonly policy: BreakerPolicy;
}

/** Undefined: go on. */
export type Refusal =
  | (Pick<BreakerRecord, "key" | "failures" | "message"> & { readonly until: number })
  | undefined;

/** How an attempt ended, as far as breakers are concerned. A subject that is in neither list is not judged. */
export interface Verdicts {
  /** False: it says nothing about what it used, nor about whether its last failure would come again. */
  readonly conclusive: boolean;
  readonly good: readonly string[];
  readonly bad: readonly string[];
  /** The failure's name, when it counts wherever it happens. */
  readonly signature?: string;
  /** When the quota is reset. */
  readonly quotaUntil?: number;
  /** The failure in one line. */
  readonly message?: string;
}

/** While one is being tried, the others come back this often to see what came of it: five times in a reset time. */
const looks = 5;
/** What has not changed for so long says nothing any more. */
const staleMs = 86_400_000;

/**
 * May the attempt begin? All of its breakers have to let it: closed, or half-open with nobody trying, in which case it
 * becomes the one that is tried. Quota is no breaker: when its time has come, all may go.
 */
export function askBreakers(attempted: Attempted): BreakerDecision<Refusal> {
  const { by, at, policy, quota } = attempted;
  return (get) => {
    const exhausted = quota === undefined ? undefined : get(quota);
    if (exhausted && (exhausted.openUntil ?? 0) > at)
      return { value: refusal(exhausted, exhausted.openUntil ?? at) };
    const open = heldBy(attempted, get);
    for (const record of open) {
      const until = closedUntil(record, { by, at, policy });
      if (until !== undefined) return { value: refusal(record, until) };
    }
    if (open.length === 0) return { value: undefined };
    const probe = { by, until: at + policy.resetMs };
    return { value: undefined, put: open.map((record) => ({ ...record, probe })) };
  };
}

function refusal({ key, failures, message }: BreakerRecord, until: number): Refusal {
  return { key, failures, until, message };
}

type Get = (key: string) => BreakerRecord | undefined;

/** The open breakers of an attempt, also that of the failure its work ended with the last time. */
function heldBy({ subjects, work }: Attempted, get: Get): readonly BreakerRecord[] {
  const last = work === undefined ? undefined : get(work)?.signature;
  const keys = last === undefined ? subjects : [...subjects, last];
  return keys.flatMap((key) => {
    const record = get(key);
    return record?.openUntil === undefined ? [] : [record];
  });
}

/** Until when an open breaker lets nobody but its own probe through; undefined: it is half-open and free. */
function closedUntil(
  { openUntil = 0, probe }: BreakerRecord,
  { by, at, policy }: Pick<Attempted, "by" | "at" | "policy">,
): number | undefined {
  if (probe?.by === by) return undefined;
  if (openUntil > at) return openUntil;
  if (!probe || probe.until <= at) return undefined;
  return Math.min(probe.until, at + Math.ceil(policy.resetMs / looks));
}

/**
 * Writes down how an attempt ended. A success closes; the failure that reaches the number, and that of a probe, opens
 * for another reset time; a probe that tells nothing makes room for the next.
 */
export function tellBreakers(attempted: Attempted, verdicts: Verdicts): BreakerDecision<undefined> {
  return (get) => {
    const telling: Telling = { get, attempted, verdicts };
    const next = new Map([...notJudged(telling), ...judged(telling), ...quotaAfter(telling)]);
    const put = [...next.values()].filter((record) => record !== undefined);
    const remove = [...next].flatMap(([key, record]) => (!record && get(key) ? [key] : []));
    return {
      value: undefined,
      ...(put.length > 0 ? { put } : {}),
      ...(remove.length > 0 ? { remove } : {}),
    };
  };
}

interface Telling {
  readonly get: Get;
  readonly attempted: Attempted;
  readonly verdicts: Verdicts;
}

/** What a record becomes; undefined: it goes. */
type Next = readonly [key: string, record: BreakerRecord | undefined];

function judged(telling: Telling): readonly Next[] {
  const { work, at } = telling.attempted;
  const { good, bad, signature, conclusive, message = "" } = telling.verdicts;
  const failed = signature === undefined ? bad : [...bad, signature];
  const remembered: BreakerRecord | undefined =
    work === undefined || signature === undefined
      ? undefined
      : { key: work, failures: 1, at, message, signature };
  return [
    ...good.map((key): Next => [key, undefined]),
    ...failed.map((key): Next => [key, afterFailure(key, telling)]),
    ...(work !== undefined && conclusive ? [[work, remembered] as const] : []),
  ];
}

/** Breakers that were asked and of which the end says nothing: whoever was let through to try them did not. */
function notJudged({ get, attempted, verdicts }: Telling): readonly Next[] {
  const { subjects, work, by } = attempted;
  const last = work === undefined ? undefined : get(work)?.signature;
  const keys = last === undefined ? subjects : [...subjects, last];
  return keys.flatMap((key): readonly Next[] => {
    // the work did not end with that failure again, or it will be among the judged
    if (key === last && verdicts.conclusive) return [[key, undefined]];
    const record = get(key);
    return record?.probe?.by === by ? [[key, withoutProbe(record)]] : [];
  });
}

/** A success does not end a quota: it may have begun before the refusal. */
function quotaAfter({ get, attempted, verdicts }: Telling): readonly Next[] {
  const { quota, at } = attempted;
  const { quotaUntil = 0, message = "" } = verdicts;
  if (quota === undefined) return [];
  const known = get(quota)?.openUntil ?? 0;
  if (quotaUntil > Math.max(at, known)) {
    return [[quota, { key: quota, failures: 1, at, message, openUntil: quotaUntil }]];
  }
  return known > at ? [] : [[quota, undefined]];
}

function afterFailure(key: string, { get, attempted, verdicts }: Telling): BreakerRecord {
  const { at, policy } = attempted;
  const known = get(key);
  if (known?.openUntil !== undefined) return whileOpen(known, { get, attempted, verdicts });
  // what happened long ago says nothing about now
  const before = known && known.at > at - staleMs ? known.failures : 0;
  const record = { key, failures: before + 1, at, message: verdicts.message ?? "" };
  return record.failures >= policy.failures ? { ...record, openUntil: at + policy.resetMs } : record;
}

/** The failure of the probe, or of one that had begun before the breaker opened. */
function whileOpen(known: BreakerRecord, { attempted, verdicts }: Telling): BreakerRecord {
  const { at, by, policy } = attempted;
  const { openUntil = at } = known;
  const record = { ...known, failures: known.failures + 1 };
  const again = at + policy.resetMs;
  if (known.probe?.by !== by) return openUntil > at ? record : { ...record, openUntil: again };
  return { ...withoutProbe(record), at, message: verdicts.message ?? "", openUntil: again };
}

function withoutProbe({ probe: _, ...record }: BreakerRecord): BreakerRecord {
  return record;
}
