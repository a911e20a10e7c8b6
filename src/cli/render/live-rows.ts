import type { NodeView } from "../../core/view.ts";

/** Which nodes are drawn, in plan order, and how many of the others lie where. */
export interface RowChoice {
  readonly rows: readonly NodeView[];
  /** Nodes left out above and below the rows; both zero when the rows were chosen by what matters. */
  readonly above: number;
  readonly below: number;
  /** Nodes left out wherever they lie, when the rows were chosen by what matters. */
  readonly others: readonly NodeView[];
}

/**
 * Chooses at most `height` lines of nodes. All of them when they fit. Otherwise, with a `selected` address, a window
 * around it; without one what matters: what is at work, what failed, what ended last, what comes next, each below
 * the groups it lies in. Lines that tell of the others are counted in. Time linear in the nodes.
 */
export function chooseRows(
  nodes: readonly NodeView[],
  { height, selected }: { readonly height: number; readonly selected?: string | undefined },
): RowChoice {
  if (nodes.length <= height) return { rows: nodes, above: 0, below: 0, others: [] };
  const index = selected === undefined ? -1 : nodes.findIndex(({ address }) => address === selected);
  return index < 0 ? whatMatters(nodes, Math.max(1, height - 1)) : windowAround(nodes, { height, index });
}

function windowAround(
  nodes: readonly NodeView[],
  { height, index }: { readonly height: number; readonly index: number },
): RowChoice {
  // Both lines that tell of others are always kept free, so that the window does not jump at its ends.
  const room = Math.max(1, height - 2);
  const top = Math.min(Math.max(0, index - Math.floor(room / 2)), nodes.length - room);
  const rows = nodes.slice(top, top + room);
  return { rows, above: top, below: nodes.length - top - room, others: [] };
}

function whatMatters(nodes: readonly NodeView[], room: number): RowChoice {
  const parents = parentsOf(nodes);
  const kept = new Set<number>();
  for (const index of inOrderOfWeight(nodes, room)) {
    if (kept.size >= room) break;
    const path = pathTo(index, { parents, kept });
    if (kept.size + path.length <= room) for (const member of path) kept.add(member);
    // Too deep for the room that is left: the node itself counts more than where it lies.
    else kept.add(index);
  }
  const rows = nodes.filter((_, index) => kept.has(index));
  return { rows, above: 0, below: 0, others: nodes.filter((_, index) => !kept.has(index)) };
}

/** The node and the groups it lies in that are not kept yet. */
function pathTo(
  index: number,
  { parents, kept }: { readonly parents: readonly number[]; readonly kept: ReadonlySet<number> },
): readonly number[] {
  const path: number[] = [];
  for (let at = index; at >= 0 && !kept.has(at); at = parents[at] ?? -1) path.push(at);
  return path;
}

/** For each node the index of the group it lies in; -1 at the outermost level. */
function parentsOf(nodes: readonly NodeView[]): readonly number[] {
  const open: number[] = [];
  return nodes.map(({ depth }, index) => {
    open.length = Math.min(open.length, depth);
    open[depth] = index;
    return depth === 0 ? -1 : (open[depth - 1] ?? -1);
  });
}

type Weight = "working" | "failed" | "ended" | "next";

/** Indexes of nodes, the ones to be seen first in front. */
function inOrderOfWeight(nodes: readonly NodeView[], room: number): readonly number[] {
  const found: Record<Weight, number[]> = { working: [], failed: [], ended: [], next: [] };
  nodes.forEach((node, index) => found[weightOf(node)].push(index));
  const latest = (list: number[]) => list.sort((a, b) => (nodes[b]?.endedAt ?? 0) - (nodes[a]?.endedAt ?? 0));
  const failed = latest(found.failed);
  // However much runs, a quarter of the room is kept for what failed.
  const sure = failed.slice(0, Math.max(1, Math.floor(room / 4)));
  const working = found.working.slice(0, Math.max(1, room - sure.length));
  // What comes next is shown beside what ended last.
  const next = found.next.slice(0, Math.ceil(room / 4));
  return [...working, ...failed, ...next, ...latest(found.ended), ...found.next];
}

function weightOf(node: NodeView): Weight {
  if (node.passedOver) return "ended";
  switch (node.status) {
    case "before":
    case "running":
    case "settling":
    case "gates":
    case "retrying":
    case "waiting":
    case "asking":
      return "working";
    case "failed":
      // What failed in it says more.
      return node.failedWithin ? "ended" : "failed";
    case "pending":
    case "ready":
    case "not-run":
      return "next";
    default:
      return "ended";
  }
}
