import type { NodeState } from "../../core/node.ts";
import type { RunState } from "../../core/state.ts";

/**
 * A run's state as plain data, so that two states can be compared: what came from a log and what lived. The order of
 * the ready queue and the shelves are scheduling memory; `ready` is the set of nodes that may start.
 */
export function observe(state: RunState): unknown {
  const { root, byAddress, live, plan, known, budget, ready: _, shelved: __, quotas, ...others } = state;
  const { undoable, compensation, children, learning, unwritten, ...rest } = others;
  return {
    ...rest,
    budget: {
      underWay: sorted(budget.underWay),
      used: sorted(budget.used),
      seen: sorted(budget.seen),
      told: [...budget.told].toSorted(),
      dayPassed: budget.dayPassed,
    },
    plan: plan.root.schedule,
    root: observeNode(root),
    byAddress: [...byAddress].map(([address, node]) => [address, observeNode(node)]),
    live: [...live].map(({ address }) => address).toSorted(),
    known: sorted(known),
    children: sorted(children),
    unwritten: sorted(unwritten),
    learning: { before: learning.before, own: sorted(learning.own), taken: sorted(learning.taken) },
    undoable: [...undoable.keys()],
    compensation: compensation && {
      reason: compensation.reason,
      queue: compensation.queue.map(({ address }) => address),
      current: compensation.current?.address,
    },
    inUse: [...state.inUse].filter(([, count]) => count > 0).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    atWork: sorted(state.atWork),
    signals: [...state.signals],
    quotas: [...quotas].map(([name, { until }]) => [name, until]),
    ready: readyAddresses(state),
  };
}

function sorted<T>(map: Iterable<readonly [string, T]>): readonly (readonly [string, T])[] {
  return [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function observeNode(node: NodeState): unknown {
  const { plan, parent, covers, standIn, children, undo, undoes, ...rest } = node;
  const others = {
    parent: parent?.id,
    covers: covers.map(({ id }) => id),
    standIn: standIn?.id,
    undo: undo?.id,
    undoes: undoes?.id,
    children: children.map(({ id }) => id),
  };
  return { ...rest, ...others, kind: plan.kind };
}

/** Addresses of the nodes that may start, queued or set aside, sorted. */
export function readyAddresses(state: RunState): readonly string[] {
  const queues = [state.ready, ...state.shelved.values()].flatMap(itemsOf);
  const found = [...queues, ...[...state.quotas.values()].flatMap(({ waiting }) => waiting)].filter(
    (node) => node.phase === "ready" && node.parent?.stopping !== true,
  );
  return [...new Set(found.map(({ address }) => address))].toSorted();
}

function itemsOf(queue: RunState["ready"]): readonly NodeState[] {
  const items: NodeState[] = [];
  for (let node = queue.pop(); node; node = queue.pop()) items.push(node);
  for (const node of items) queue.push(node);
  return items;
}
