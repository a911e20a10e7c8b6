import { retryAfter } from "../core/policies/retry.ts";
import type { Failure } from "../core/outcome.ts";
import type { Stage } from "../language/pipeline.ts";
import type { Clock } from "../ports/clock.ts";
import type { Finished } from "./flow/flow.ts";
import type { Tried } from "./gauges.ts";
import type { WaitingTry } from "./host.ts";
import type { Batch, Processed, Processor } from "./processor.ts";

/** How a place does a batch. */
export interface BatchWork extends Pick<Stage, "retry" | "onFailure"> {
  readonly process: Processor["process"];
  readonly timeoutMs?: number | undefined;
  readonly clock: Clock;
  /** Comes back when it may be tried again; rejects with the signal's reason. */
  readonly wait: (wait: Omit<WaitingTry, "place">, signal: AbortSignal) => Promise<void>;
  /** Told of every try. */
  readonly tried: (tried: Tried) => void;
}

/** `stopped`: the pipeline cannot go on with it now, or at all. */
export type BatchEnd =
  | { readonly end: "finished"; readonly finished: Finished }
  | { readonly end: "stopped"; readonly processed: Extract<Processed, { readonly ok: false }> };

/**
 * Does a batch until it is done, is dead, or stops the pipeline: what may pass is tried again as the stage says; what fails for
 * good is dead, or is halved until the record is found that cannot be done.
 */
export async function tryBatch(batch: Batch, work: BatchWork, signal: AbortSignal): Promise<BatchEnd> {
  const processed = await withRetries(batch, work, signal);
  if (processed.ok) return { end: "finished", finished: processed };
  const isOurs = processed.held !== undefined || processed.failure.class === "interrupted";
  if (isOurs || work.onFailure === "fail") return { end: "stopped", processed };
  if (work.onFailure === "isolate" && batch.records.length > 1) return isolate(batch, work, signal);
  return { end: "finished", finished: allDead(batch, processed) };
}

/** All records of a batch are dead that failed for good, but for those that it was not tried on. */
function allDead(
  { records }: Batch,
  { failure, apart }: Extract<Processed, { readonly ok: false }>,
): Finished {
  const { filtered = [], dead = [] } = apart ?? {};
  const others = new Set([...filtered, ...dead.map(({ index }) => index)]);
  const { code, message: reason } = failure;
  const failed = [...records.keys()].flatMap((index) => (others.has(index) ? [] : [{ index, code, reason }]));
  return {
    outputs: [],
    filtered: filtered.length,
    dead: [...dead, ...failed].sort((a, b) => a.index - b.index),
  };
}

async function isolate(batch: Batch, work: BatchWork, signal: AbortSignal): Promise<BatchEnd> {
  const middle = Math.ceil(batch.records.length / 2);
  const halves = [batch.records.slice(0, middle), batch.records.slice(middle)];
  let joined: Finished = { outputs: [], filtered: 0, dead: [] };
  for (const [half, records] of halves.entries()) {
    const end = await tryBatch({ ...batch, id: `${batch.id}.${half}`, records }, work, signal);
    if (end.end === "stopped") return end;
    const { outputs, filtered, dead, values = [] } = end.finished;
    joined = {
      outputs: [...joined.outputs, ...outputs],
      filtered: joined.filtered + filtered,
      dead: [...joined.dead, ...dead.map((one) => ({ ...one, index: one.index + half * middle }))],
      values: [...(joined.values ?? []), ...values],
    };
  }
  return { end: "finished", finished: joined };
}

async function withRetries(batch: Batch, work: BatchWork, signal: AbortSignal): Promise<Processed> {
  const { clock, retry: policy } = work;
  for (let attempt = 1, retries = 0; ; attempt += 1) {
    const startedAt = clock.now();
    const processed = await inTime({ ...batch, attempt }, work, signal);
    const tookMs = clock.now() - startedAt;
    if (processed.ok) {
      work.tried({ attempt, tookMs });
      return processed;
    }
    // what ends because everything is stopped has not failed
    signal.throwIfAborted();
    const { failure, held } = processed;
    work.tried({ attempt, tookMs, failure });
    if (held) return processed;
    const again = retryAfter({ failure, policy, retries, attempt, at: clock.now(), seed: batch.id });
    if (!again) return processed;
    if (again.because !== "quota" && again.because !== "breaker") retries += 1;
    await work.wait({ failure, dueAt: Math.max(again.dueAt, processed.retryAt ?? 0) }, signal);
  }
}

/** A try that takes too long is stopped, and has failed. */
async function inTime(
  batch: Batch,
  { process, timeoutMs, clock }: BatchWork,
  signal: AbortSignal,
): Promise<Processed> {
  if (timeoutMs === undefined) return process(batch, signal);
  const late = new AbortController();
  const forget = clock.at(clock.now() + timeoutMs, () => late.abort("late"));
  try {
    return await process(batch, AbortSignal.any([signal, late.signal]));
  } catch (error) {
    if (signal.aborted || !late.signal.aborted) throw error;
    return { ok: false, failure: tookTooLong(timeoutMs) };
  } finally {
    forget();
  }
}

function tookTooLong(timeoutMs: number): Failure {
  return {
    code: "TIMEOUT",
    message: `Cannot wait longer for the batch: it took more than ${timeoutMs / 1000} s`,
    fix: "give the stage a longer `timeout`, or smaller batches",
    class: "timeout",
  };
}
