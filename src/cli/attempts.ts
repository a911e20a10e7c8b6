import type { Event } from "../core/events.ts";
import type { ContextRecord, SummaryMade } from "../core/context-record.ts";
import type { Failure } from "../core/outcome.ts";
import type { ThinkingRecord } from "../core/thinking.ts";
import type { JsonObject } from "../expression/json.ts";
import { requestText } from "./render/request.ts";

/** One try of a step, as the log tells it. */
export interface Attempt {
  readonly attempt: number;
  /** What it ran, with its values. */
  readonly request: string;
  /** Absent for work that no agent does. */
  readonly agent?: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** Of the time from its start to its end: when no process drove the run. Absent: none. */
  readonly downMs?: number;
  /** Absent while it works. `interrupted`: its process ended, and it was not run again by itself. */
  readonly end?: "ok" | "failed" | "interrupted";
  /** How often its process ended in its middle. */
  readonly interruptions: number;
  /** It belongs to a life of the run before the last restart; attempts count from 1 in each. */
  readonly earlier: boolean;
  readonly failure?: Failure;
  /** What its agent used; null: nobody knows. Absent: no agent was asked. */
  readonly costUsd?: number | null;
  /** The tool before whose call the agent stopped, for people to decide. */
  readonly stoppedBefore?: string;
  /** Of an agent: how long it was told to think, and what went into its prompt. */
  readonly thinking?: ThinkingRecord;
  readonly context?: ContextRecord;
  readonly summaries?: readonly SummaryMade[];
  readonly cached?: boolean;
  readonly gates: readonly {
    readonly name: string;
    readonly passed: boolean;
    readonly evidence: JsonObject;
  }[];
}

type Mutable = { -readonly [K in keyof Attempt]: Attempt[K] };

/** All attempts of a node, the oldest first. */
export function attemptsOf(events: readonly Event[], address: string): readonly Attempt[] {
  const attempts: Mutable[] = [];
  let before = 0;
  for (const event of events) {
    if (event.type === "run.recovered") addDownTime(attempts.at(-1), { event, before });
    before = event.at;
    if (event.type === "run.restarted") for (const each of attempts) each.earlier = true;
    if (!("address" in event) || event.address !== address) continue;
    if (event.type === "attempt.started") attempts.push(begun(event));
    const last = attempts.at(-1);
    if (last) take(last, event);
  }
  return attempts;
}

function addDownTime(
  last: Mutable | undefined,
  { event, before }: { readonly event: Extract<Event, { type: "run.recovered" }>; readonly before: number },
): void {
  const droveUntil = Math.max(before, event.aliveAt ?? before);
  if (last && last.endedAt === undefined)
    last.downMs = (last.downMs ?? 0) + Math.max(0, event.at - droveUntil);
}

function begun(event: Extract<Event, { type: "attempt.started" }>): Mutable {
  const { attempt, at, request, thinking, context } = event;
  return {
    attempt,
    request: requestText(request),
    ...("agent" in request ? { agent: request.agent } : {}),
    ...(thinking ? { thinking } : {}),
    ...(context ? { context } : {}),
    startedAt: at,
    interruptions: 0,
    earlier: false,
    gates: [],
  };
}

function take(last: Mutable, event: Event): void {
  switch (event.type) {
    case "attempt.ended": {
      const { ok, failure, cached, summaries, deferred, usage } = event.outcome;
      if (usage) last.costUsd = usage.costUsd;
      if (summaries) last.summaries = summaries;
      last.endedAt = event.at;
      last.end = ok ? "ok" : "failed";
      if (deferred) last.stoppedBefore = deferred.tool;
      else if (failure) last.failure = failure;
      if (cached) last.cached = true;
      return;
    }
    case "attempt.interrupted":
      last.interruptions += 1;
      if (event.then === "rerun") return;
      last.endedAt = event.at;
      last.end = "interrupted";
      return;
    case "gate.ended": {
      const { gate, passed, evidence } = event;
      if (gate.when === "after") last.gates = [...last.gates, { name: gate.name, passed, evidence }];
      return;
    }
    default:
  }
}
