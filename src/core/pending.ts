import type { Gate } from "../language/gate.ts";
import { quotaTimer } from "./bookkeeping.ts";
import { effectId } from "./draft.ts";
import { nextEscalation } from "./escalation.ts";
import type { Effect, EffectPolicy, GateRef } from "./effects.ts";
import type { Event } from "./events.ts";
import { subjectOf } from "./gate-subject.ts";
import { deadline, isAudit } from "./policies/limits.ts";
import { policyOf } from "./request.ts";
import { nodeAt, type RunState } from "./state.ts";
import { type NodeState } from "./node.ts";
import { capTimer, timeIsUpAt } from "./time-cap.ts";
import { treePolicy } from "./trees.ts";

/** Everything the outside owes this run now: what to start after its log was read. */
export function pending(state: RunState): readonly Effect[] {
  const owed = [...state.live].flatMap((node) => effectOf(state, node) ?? []);
  const levels = [...state.live].flatMap((node) => escalationOf(node) ?? []);
  return [...owed, ...levels, ...runTimers(state)];
}

/** What these events, which were just applied, made the outside owe: a part of `pending`. */
export function owedBy(state: RunState, events: readonly Event[]): readonly Effect[] {
  const effects: Effect[] = [];
  let timers = false;
  for (const event of events) {
    switch (event.type) {
      case "attempt.started":
      case "gate.started":
      case "gate.queued":
      case "retry.scheduled":
      case "wait.started":
      case "child.waits":
      case "child.attached": {
        const node = nodeAt(state, event.address);
        const effect = node && isCurrent(node, event) ? effectOf(state, node) : undefined;
        if (effect) effects.push(effect);
        if (event.type === "retry.scheduled" || event.type === "gate.queued") timers = true;
        break;
      }
      case "ask.started":
      case "ask.escalated":
        effects.push(...askTimers(state, event));
        break;
      case "run.status":
        timers = true;
        break;
      default:
    }
  }
  if (timers) return [...effects, ...runTimers(state)];
  return state.timed.size === 0
    ? effects
    : [...effects, ...events.flatMap((event) => capTimerOf(state, event))];
}

/** The time of a node that has just begun. */
function capTimerOf(state: RunState, event: Event): readonly Effect[] {
  const node = "address" in event ? nodeAt(state, event.address) : undefined;
  return node && state.timed.has(node) ? capTimers(state, [node]) : [];
}

function capTimers(state: RunState, nodes: Iterable<NodeState>): readonly Effect[] {
  return [...nodes].flatMap((node) => {
    const dueAt = timeIsUpAt(state, node);
    return dueAt === undefined ? [] : [{ type: "timer", id: capTimer + node.address, dueAt } as const];
  });
}

function askTimers(state: RunState, event: Extract<Event, { address: string }>): readonly Effect[] {
  const node = nodeAt(state, event.address);
  if (node?.phase !== "waiting") return [];
  const end = event.type === "ask.started" ? effectOf(state, node) : undefined;
  return [end ?? [], escalationOf(node) ?? []].flat();
}

function escalationOf(node: NodeState): Effect | undefined {
  const next = nextEscalation(node);
  return next && { type: "timer", id: `escalate:${node.address}`, dueAt: next.dueAt };
}

/** False for an event that a later one of the same batch has overtaken. */
function isCurrent(node: NodeState, event: Extract<Event, { address: string }>): boolean {
  switch (event.type) {
    case "attempt.started":
      return node.phase === "running" && node.attempt === event.attempt;
    case "child.attached":
      return node.phase === "running";
    case "gate.started":
      return node.gate?.ref.index === event.gate.index && node.gate.ref.when === event.gate.when;
    case "gate.queued":
    case "retry.scheduled":
      return node.phase === "retrying" && node.dueAt === event.dueAt;
    default:
      return node.phase === "waiting";
  }
}

function effectOf(state: RunState, node: NodeState): Effect | undefined {
  const { address, attempt } = node;
  if (node.gate) {
    const { ref: gate, check } = node.gate;
    const policy = gatePolicy(state, node, gate);
    const subject = subjectOf(state, node);
    const again = node.vain ? { ask: node.vain.times + 1 } : {};
    return {
      type: "gate",
      id: effectId(state, node),
      address,
      attempt,
      gate,
      ...again,
      check,
      subject,
      policy,
    };
  }
  switch (node.phase) {
    case "running":
      if (!node.request) return undefined;
      return {
        type: "perform",
        id: effectId(state, node),
        address,
        attempt,
        request: node.request,
        policy: { ...policyOf(state, node), ...summariesPart(state, node) },
      };
    case "retrying":
    case "waiting":
      if (node.dueAt === undefined) return undefined;
      return { type: "timer", id: `${node.phase}:${address}`, dueAt: node.dueAt };
    default:
      return undefined;
  }
}

function gatePolicy(state: RunState, node: NodeState, ref: GateRef): EffectPolicy {
  const gate = node.plan.step[ref.when === "before" ? "before" : "gates"][ref.index];
  const { timeoutMs: _, workspace: __, memory: ___, ...policy } = policyOf(state, node);
  return gate ? { ...policy, ...ofGate(state, node, gate) } : policy;
}

function ofGate(state: RunState, node: NodeState, gate: Gate): Partial<EffectPolicy> {
  const workspace = treePolicy(state, node, gate);
  return {
    ...(workspace ? { workspace } : {}),
    ...("timeoutMs" in gate && gate.timeoutMs !== undefined ? { timeoutMs: gate.timeoutMs } : {}),
    ...(gate.kind === "judge" ? mostAsksPart(state, node) : {}),
  };
}

/** How often agents may be asked for a step whose prompt wants summaries. */
function summariesPart(state: RunState, node: NodeState): { readonly mostAsks?: number } {
  const { request } = node;
  return request && "summaries" in request && request.summaries ? mostAsksPart(state, node) : {};
}

/** How often agents may be asked where one may not be enough. */
function mostAsksPart(state: RunState, { address }: NodeState): { readonly mostAsks?: number } {
  if (isAudit(state)) return {};
  return { mostAsks: 1 + (state.budget.underWay.get(address)?.estimate.furtherAsks ?? 0) };
}

function runTimers(state: RunState): readonly Effect[] {
  const timers: Effect[] = [];
  const end = deadline(state);
  if (end !== undefined && !state.limitHit) timers.push({ type: "timer", id: "deadline", dueAt: end });
  for (const [name, { until }] of state.quotas)
    timers.push({ type: "timer", id: quotaTimer + name, dueAt: until });
  return state.timed.size === 0 ? timers : [...timers, ...capTimers(state, state.timed)];
}
