import { createHash } from "node:crypto";
import type { Clock } from "../ports/clock.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Performer, WorkContext, WorkEffect } from "../ports/performer.ts";
import { tellWait } from "./tell-wait.ts";

/** How long others wait for the first to be under way. */
const mostMs = 10_000;
/** How long providers keep the beginning of a prompt that nobody asks for. */
const keptMs = 5 * 60_000;

interface Prefix {
  /** Until then a provider has it; undefined: the first who asks for it has not come that far. */
  until: number | undefined;
  readonly others: Set<() => void>;
}

interface WarmUp {
  readonly clock: Clock;
  /** Whether it says what it does while it does it, and a provider is asked. */
  readonly warms: (agent: string) => boolean;
}

/**
 * Of agents that are told the same preamble at once, the first goes ahead: a provider can give the others what it has kept of
 * that only when it has begun to answer the first. They follow as soon as that one says something, comes back, or takes too long.
 */
export function withWarmUp(perform: Performer, { clock, warms }: WarmUp): Performer {
  const prefixes = new Map<string, Prefix>();
  return (effect, work) => {
    const key = prefixOf(effect, warms);
    if (key === undefined) return perform(effect, work);
    for (const [one, { until = Infinity }] of prefixes) if (until <= clock.now()) prefixes.delete(one);
    const prefix = prefixes.get(key);
    if (!prefix) {
      const first: Prefix = { until: undefined, others: new Set() };
      prefixes.set(key, first);
      return goAhead(first, clock, (print) => perform(effect, { ...work, print: print(work.print) }));
    }
    if (prefix.until === undefined) return follow(prefix, { clock, work }).then(() => perform(effect, work));
    prefix.until = clock.now() + keptMs;
    return perform(effect, work);
  };
}

type Print = WorkContext["print"];

function goAhead(
  prefix: Prefix,
  clock: Clock,
  run: (watched: (print: Print) => Print) => Promise<Outcome>,
): Promise<Outcome> {
  const open = (): void => {
    prefix.until = clock.now() + keptMs;
    for (const go of prefix.others) go();
    prefix.others.clear();
  };
  const watched = (print: Print): Print => {
    return (line, stream) => {
      if (stream === "agent" && prefix.until === undefined) open();
      print(line, stream);
    };
  };
  return run(watched).finally(open);
}

interface Following {
  readonly clock: Clock;
  readonly work: WorkContext;
}

function follow(prefix: Prefix, { clock, work }: Following): Promise<void> {
  const waits = "another step with the same preamble, which goes ahead";
  const over = tellWait({ stage: "slot", waits }, { work, clock });
  return opened(prefix, { clock, signal: work.signal }).finally(over);
}

/** Comes back when the first is under way, or that takes too long; rejects with the signal's reason. */
function opened(
  { others }: Prefix,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (signal.aborted) return Promise.reject(signal.reason as Error);
  const stop = (): void => reject(signal.reason as Error);
  const forget = clock.at(clock.now() + mostMs, resolve);
  others.add(resolve);
  signal.addEventListener("abort", stop, { once: true });
  return promise.finally(() => {
    forget();
    others.delete(resolve);
    signal.removeEventListener("abort", stop);
  });
}

/** What a provider would keep; undefined: nothing is said to be the same for others. */
function prefixOf(effect: WorkEffect, warms: (agent: string) => boolean): string | undefined {
  if (effect.type !== "perform") return undefined;
  const { request } = effect;
  if (request.kind !== "agent" && request.kind !== "command") return undefined;
  const { agent, model = "", preamble } = request;
  if (preamble === undefined || !warms(agent)) return undefined;
  const tools = request.kind === "agent" ? request.tools : undefined;
  const same = JSON.stringify([agent, model, preamble, tools, request.mcpServers]);
  return createHash("sha256").update(same).digest("hex");
}
