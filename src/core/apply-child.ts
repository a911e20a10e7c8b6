import { cappedAround, usedIn } from "./budget.ts";
import { setPhase } from "./bookkeeping.ts";
import { nothingSpent, type Spent } from "./child-record.ts";
import { isOfChild, type Request } from "./effects.ts";
import type { Event } from "./events.ts";
import type { NodeState } from "./node.ts";
import type { Outcome } from "./outcome.ts";
import type { RunState } from "./state.ts";

export type ChildEvent = Extract<
  Event,
  { type: "child.waits" | "child.attached" | "child.spent" | "letters.replayed" }
>;

/** What the events of a step that is a run of its own do to its node. It holds its resources while that run waits. */
export function applyChild(state: RunState, node: NodeState, event: ChildEvent): void {
  switch (event.type) {
    case "child.waits": {
      const { child: id, status, reason, dueAt } = event;
      if (node.phase === "running") state.active -= 1;
      setPhase(state, node, "waiting");
      node.child = { id, status, ...(reason === undefined ? {} : { reason }) };
      node.dueAt = dueAt;
      return;
    }
    case "child.attached":
      if (!node.child) return;
      if (node.phase !== "running") state.active += 1;
      setPhase(state, node, "running");
      node.child = { id: node.child.id, ...(event.cancel ? { cancel: true } : {}) };
      node.dueAt = undefined;
      return;
    case "child.spent":
      return countSpent(state, node, event);
    case "letters.replayed": {
      const record = state.children.get(event.address);
      const letters = new Set([...(record?.replay ?? []), ...event.letters]);
      if (record) state.children.set(event.address, { ...record, replay: [...letters] });
      return;
    }
  }
}

/** Another run than before does the step, or the same goes on. */
export function startChild(state: RunState, node: NodeState, request: Request): void {
  if (!isOfChild(request)) return;
  const { address } = node;
  node.child = { id: request.child };
  if ("undo" in request) return;
  const record = state.children.get(address);
  if (record?.id === request.child) {
    const { id, counted, replay } = record;
    state.children.set(address, { id, counted, done: false, ...(replay ? { replay } : {}) });
    return;
  }
  state.childCount += 1;
  state.children.set(address, { id: request.child, counted: nothingSpent, done: false });
}

export function endChild(state: RunState, node: NodeState, { ok, child }: Outcome): void {
  const record = child && state.children.get(node.address);
  if (!record) return;
  const { passed } = child;
  const { replay, ...rest } = record;
  const done = ok && child.status === "completed";
  const left = done || !replay ? {} : { replay };
  state.children.set(node.address, { ...rest, done, ...left, ...(passed === undefined ? {} : { passed }) });
}

/** Sums that grow say the same however often they are told: what is new in them is counted. */
function countSpent(
  state: RunState,
  node: NodeState,
  { child, spent }: Extract<ChildEvent, { type: "child.spent" }>,
): void {
  const address = addressOfChild(node);
  const record = state.children.get(address);
  if (record?.id !== child) return;
  const more = minus(spent, record.counted);
  state.children.set(address, { ...record, counted: spent });
  addSpent(state, node, more);
}

/** Where the run is kept in mind that does the step, or that it recalls. */
export function addressOfChild({ address, undoes }: Pick<NodeState, "address" | "undoes">): string {
  return undoes?.address ?? address;
}

function addSpent(state: RunState, node: NodeState, more: Spent): void {
  const { ledger } = state;
  ledger.costUsd += more.costUsd;
  ledger.presumedUsd += more.presumedUsd;
  ledger.unknownCosts += more.unknownCosts;
  ledger.inputTokens += more.inputTokens;
  ledger.cachedTokens += more.cachedTokens ?? 0;
  ledger.outputTokens += more.outputTokens;
  ledger.agents += more.agents;
  node.costUsd += more.costUsd;
  if (more.unknownCosts > 0) node.costUnknown = true;
  const scopes = cappedAround(node).map(({ address }) => address);
  for (const used of usedIn(state, scopes)) {
    used.costUsd += more.costUsd;
    used.presumedUsd += more.presumedUsd;
    used.tokens += more.inputTokens + more.outputTokens;
    used.agents += more.agents;
  }
}

function minus(all: Spent, counted: Spent): Spent {
  return {
    costUsd: all.costUsd - counted.costUsd,
    presumedUsd: all.presumedUsd - counted.presumedUsd,
    unknownCosts: all.unknownCosts - counted.unknownCosts,
    inputTokens: all.inputTokens - counted.inputTokens,
    cachedTokens: (all.cachedTokens ?? 0) - (counted.cachedTokens ?? 0),
    outputTokens: all.outputTokens - counted.outputTokens,
    agents: all.agents - counted.agents,
  };
}

/**
 * The run that does the step next: the one that did it last, also in an earlier life of this run. What it did in this
 * life and was refused is done by another.
 */
export function nextChild(
  { runId, children, childCount }: RunState,
  { address, outcome }: NodeState,
): string {
  const record = children.get(address);
  const isRefused = record?.done === true && outcome !== undefined;
  return record && !isRefused ? record.id : `${runId}.${childCount + 1}`;
}
