import type { Event } from "../../core/events.ts";
import type { RunState } from "../../core/state.ts";

interface Sums {
  costUsd: number;
  unknownCosts: number;
  inputTokens: number;
  cachedTokens: number;
  outputTokens: number;
  attempts: number;
  agents: number;
}

/** The part of a run's ledger that `sumsOf` can count. */
export function ledgerOf({ ledger }: RunState): Sums {
  const { costUsd, unknownCosts, inputTokens, cachedTokens, outputTokens, attempts, agents } = ledger;
  return { costUsd, unknownCosts, inputTokens, cachedTokens, outputTokens, attempts, agents };
}

/** What a log adds up to: each start of an agent counts, and each that died without a word has no known price. */
export function sumsOf(events: readonly Event[]): Sums {
  const none = { costUsd: 0, unknownCosts: 0, inputTokens: 0, cachedTokens: 0, outputTokens: 0 };
  const sums: Sums = { ...none, attempts: 0, agents: 0 };
  const agents = new Set<string>();
  const underWay = new Set<string>();
  const told = new Map<string, Of<"child.spent">["spent"]>();
  for (const event of events) {
    addLost(sums, { event, agents, underWay });
    if (event.type === "attempt.started") addStart(sums, { event, agents });
    else if (event.type === "attempt.interrupted" && agents.has(event.address)) addInterruption(sums, event);
    else if (event.type === "attempt.ended") addEnd(sums, { event, agents });
    else if (event.type === "child.spent") addChild(sums, { event, told });
    else addJudge(sums, event);
  }
  return sums;
}

function addEnd(
  sums: Sums,
  {
    event: { address, outcome },
    agents,
  }: { readonly event: Of<"attempt.ended">; readonly agents: ReadonlySet<string> },
): void {
  addUsage(sums, outcome.usage);
  if (agents.has(address) && isForgotten(outcome)) sums.unknownCosts += 1;
  // what was decided to be of no use before anybody was asked counts against no cap
  if (outcome.asked === false && agents.has(address)) sums.agents -= 1;
  // summaries for its prompt are asked for besides
  else sums.agents += (outcome.usage?.asks ?? 1) - 1;
}

/** An agent that was asked and stopped has not cost nothing. */
function isForgotten({ failure, usage, asked }: Of<"attempt.ended">["outcome"]): boolean {
  return failure?.class === "cancelled" && !usage && asked !== false;
}

/** A run that does a step tells all that it has used by now. */
function addChild(
  sums: Sums,
  {
    event: { child, spent },
    told,
  }: { readonly event: Of<"child.spent">; readonly told: Map<string, Of<"child.spent">["spent"]> },
): void {
  const before = told.get(child);
  sums.costUsd += spent.costUsd - (before?.costUsd ?? 0);
  sums.inputTokens += spent.inputTokens - (before?.inputTokens ?? 0);
  sums.cachedTokens += (spent.cachedTokens ?? 0) - (before?.cachedTokens ?? 0);
  told.set(child, spent);
}

/** Those who judge are agents as well. */
function addJudge(sums: Sums, event: Event): void {
  switch (event.type) {
    case "gate.started":
      sums.agents += Number(event.check?.kind === "judge");
      return;
    case "gate.queued":
      sums.unknownCosts += Number(event.again?.because === "interrupted");
      return addJudged(sums, event.again ?? {});
    case "gate.ended":
      return addJudged(sums, event);
    default:
  }
}

function addJudged(sums: Sums, { usage, asked }: Pick<Of<"gate.ended">, "usage" | "asked">): void {
  addUsage(sums, usage);
  // the first time was counted when the gate was begun
  sums.agents += (asked === false ? 0 : (usage?.asks ?? 1)) - 1;
}

type Of<T extends Event["type"]> = Extract<Event, { type: T }>;

/** An agent whose step ended before it came back: its process died, and nobody wanted to know any more. */
function addLost(
  sums: Sums,
  {
    event,
    agents,
    underWay,
  }: { readonly event: Event; readonly agents: ReadonlySet<string>; readonly underWay: Set<string> },
): void {
  if (event.type === "run.restarted") underWay.clear();
  addLostJudge(sums, event, underWay);
  if (event.type === "attempt.started") underWay.add(event.address);
  else if (event.type === "attempt.ended" || (event.type === "attempt.interrupted" && event.then !== "rerun"))
    underWay.delete(event.address);
  else if (event.type === "node.ended" && underWay.delete(event.address) && agents.has(event.address))
    sums.unknownCosts += 1;
}

/** The same of one who judges. */
function addLostJudge(sums: Sums, event: Event, underWay: Set<string>): void {
  if (event.type === "gate.started" && event.check?.kind === "judge") underWay.add(`${event.address}!`);
  else if (event.type === "gate.ended" || event.type === "gate.queued") underWay.delete(`${event.address}!`);
  else if (event.type === "node.ended" && underWay.delete(`${event.address}!`)) sums.unknownCosts += 1;
}

function addStart(
  sums: Sums,
  { event, agents }: { readonly event: Of<"attempt.started">; readonly agents: Set<string> },
): void {
  sums.attempts += 1;
  if (event.request.kind !== "command" && event.request.kind !== "agent") return;
  agents.add(event.address);
  sums.agents += 1;
}

function addInterruption(sums: Sums, { then }: Of<"attempt.interrupted">): void {
  sums.unknownCosts += 1;
  if (then === "rerun") sums.agents += 1;
}

function addUsage(sums: Sums, usage: Of<"attempt.ended">["outcome"]["usage"]): void {
  if (!usage) return;
  sums.costUsd += usage.costUsd ?? 0;
  sums.unknownCosts += usage.costUsd === null || usage.atLeast ? 1 : 0;
  sums.inputTokens += usage.inputTokens;
  sums.cachedTokens += usage.cachedTokens ?? 0;
  sums.outputTokens += usage.outputTokens;
}
