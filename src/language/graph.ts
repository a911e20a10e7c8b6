/** A node and the names of the nodes it waits for; names outside the graph are ignored. */
export interface GraphNode {
  readonly name: string;
  readonly deps: Iterable<string>;
}

export interface Order {
  /** Names in an order in which every node comes after its deps; nodes that lie on or behind a cycle are missing. */
  readonly order: readonly string[];
  /** Each with its first name again at the end. Every edge that lies on a cycle is in one of them (up to `maxCycles`). */
  readonly cycles: readonly (readonly string[])[];
}

const maxCycles = 50;

/**
 * Topological order (Kahn, Communications of the ACM 5(11), 1962): of the nodes that are free, the first in the given
 * order comes first. Linear but for a heap of the free nodes; cycles are only searched when there are some.
 */
export function topologicalOrder(nodes: readonly GraphNode[]): Order {
  const graph = linked(nodes);
  const unmet = graph.deps.map((deps) => deps.length);
  const free = new IndexHeap();
  unmet.forEach((count, index) => count === 0 && free.push(index));
  const order: string[] = [];
  for (let index = free.pop(); index !== undefined; index = free.pop()) {
    order.push(nodes[index]?.name ?? "");
    for (const dependent of graph.dependents[index] ?? []) {
      const left = (unmet[dependent] ?? 0) - 1;
      unmet[dependent] = left;
      if (left === 0) free.push(dependent);
    }
  }
  if (order.length === nodes.length) return { order, cycles: [] };
  return { order, cycles: cyclesOf(graph).map((cycle) => cycle.map((index) => nodes[index]?.name ?? "")) };
}

interface Linked {
  readonly deps: readonly (readonly number[])[];
  readonly dependents: readonly (readonly number[])[];
}

function linked(nodes: readonly GraphNode[]): Linked {
  const indexes = new Map(nodes.map((node, index) => [node.name, index]));
  const dependents: number[][] = nodes.map(() => []);
  const deps = nodes.map((node, index) => {
    const found = new Set<number>();
    for (const name of node.deps) {
      const dep = indexes.get(name);
      if (dep === undefined || found.has(dep)) continue;
      found.add(dep);
      dependents[dep]?.push(index);
    }
    return [...found];
  });
  return { deps, dependents };
}

/** For every edge on a cycle that no cycle found so far covers, the shortest cycle through it. */
function cyclesOf(graph: Linked): number[][] {
  const component = components(graph);
  const covered = new Set<string>();
  const cycles: number[][] = [];
  for (const [from, deps] of graph.deps.entries()) {
    for (const to of deps) {
      if (cycles.length >= maxCycles) return cycles;
      if (component[from] !== component[to] || covered.has(`${from} ${to}`)) continue;
      const back = shortestPath(graph, { from: to, to: from, component });
      const cycle = [from, ...back];
      cycles.push(cycle);
      for (let at = 0; at + 1 < cycle.length; at++) covered.add(`${cycle[at]} ${cycle[at + 1]}`);
    }
  }
  return cycles;
}

interface PathOptions {
  readonly from: number;
  readonly to: number;
  readonly component: readonly number[];
}

/** Breadth first along deps inside one component, both ends included. */
function shortestPath(graph: Linked, { from, to, component }: PathOptions): number[] {
  const cameFrom = new Map<number, number>([[from, from]]);
  const queue = [from];
  for (const at of queue) {
    if (at === to) break;
    for (const next of graph.deps[at] ?? []) {
      if (cameFrom.has(next) || component[next] !== component[from]) continue;
      cameFrom.set(next, at);
      queue.push(next);
    }
  }
  const path = [to];
  for (let at = to; at !== from; at = cameFrom.get(at) ?? from) path.push(cameFrom.get(at) ?? from);
  return path.reverse();
}

/** Tarjan's strongly connected components (SIAM Journal on Computing 1(2), 1972), without recursion. */
function components(graph: Linked): readonly number[] {
  const state = new TarjanState(graph.deps.length);
  for (let root = 0; root < graph.deps.length; root++) {
    if (state.seen(root)) continue;
    const frames = [{ node: root, next: 0 }];
    state.enter(root);
    for (let frame = frames.at(-1); frame; frame = frames.at(-1)) {
      const dep = graph.deps[frame.node]?.[frame.next++];
      if (dep === undefined) {
        frames.pop();
        state.leave(frame.node, frames.at(-1)?.node);
      } else if (state.seen(dep)) state.touch(frame.node, dep);
      else {
        state.enter(dep);
        frames.push({ node: dep, next: 0 });
      }
    }
  }
  return state.component;
}

class TarjanState {
  readonly component: number[];
  readonly #found: number[];
  readonly #low: number[];
  readonly #stack: number[] = [];
  #count = 0;

  constructor(size: number) {
    this.component = Array.from({ length: size }, () => -1);
    this.#found = Array.from({ length: size }, () => -1);
    this.#low = Array.from({ length: size }, () => -1);
  }

  seen(node: number): boolean {
    return this.#found[node] !== -1;
  }

  enter(node: number): void {
    this.#found[node] = this.#count;
    this.#low[node] = this.#count++;
    this.#stack.push(node);
  }

  touch(node: number, dep: number): void {
    if (this.component[dep] === -1) this.#lower(node, this.#found[dep] ?? 0);
  }

  leave(node: number, parent: number | undefined): void {
    if (this.#low[node] === this.#found[node]) {
      for (let member = this.#stack.pop(); member !== undefined; member = this.#stack.pop()) {
        this.component[member] = node;
        if (member === node) break;
      }
    }
    if (parent !== undefined) this.#lower(parent, this.#low[node] ?? 0);
  }

  #lower(node: number, to: number): void {
    this.#low[node] = Math.min(this.#low[node] ?? 0, to);
  }
}

/** Smallest number first. */
class IndexHeap {
  readonly #items: number[] = [];

  push(item: number): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((items[parent] ?? 0) <= item) break;
      items[at] = items[parent] ?? 0;
      at = parent;
    }
    items[at] = item;
  }

  pop(): number | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (last !== undefined && items.length > 0) this.#sink(last);
    return first;
  }

  #sink(item: number): void {
    const items = this.#items;
    let at = 0;
    for (let child = 1; child < items.length; child = 2 * at + 1) {
      if ((items[child + 1] ?? Number.POSITIVE_INFINITY) < (items[child] ?? 0)) child++;
      const smallest = items[child] ?? 0;
      if (smallest >= item) break;
      items[at] = smallest;
      at = child;
    }
    items[at] = item;
  }
}
