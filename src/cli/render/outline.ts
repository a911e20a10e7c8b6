import type { NodeView } from "../../core/view.ts";
import { isHolder } from "./parts.ts";
import { numberText, statusTone, statusWord } from "./words.ts";

/** A node with what lies in it. */
interface Tree {
  readonly node: NodeView;
  readonly inside: readonly Tree[];
}

/**
 * The nodes as they are shown: what lies in the way of a branch lies in the branch, and an item or a round of one step
 * is that step. Time linear in the nodes; the same list again where there is nothing to fold.
 */
export function foldParts(nodes: readonly NodeView[]): readonly NodeView[] {
  const holds = nodes.some(({ kind }) => kind === "branch" || kind === "loop" || kind === "each");
  if (!holds && nodes.every(({ undo }) => undo === undefined)) return nodes;
  const flat: NodeView[] = [];
  for (const tree of treesOf(nodes)) addFlat(flat, fold(tree), 0);
  return flat;
}

function addFlat(flat: NodeView[], { node, inside }: Tree, depth: number): void {
  flat.push(node.depth === depth ? node : { ...node, depth });
  for (const tree of inside) addFlat(flat, tree, depth + 1);
}

function treesOf(nodes: readonly NodeView[]): readonly Tree[] {
  const roots: Tree[] = [];
  const open: Tree[][] = [roots];
  for (const node of nodes) {
    const inside: Tree[] = [];
    open.length = Math.min(open.length, node.depth + 1);
    (open[node.depth] ?? roots).push({ node, inside });
    open[node.depth + 1] = inside;
  }
  return roots;
}

function fold({ node, inside }: Tree): Tree {
  switch (node.kind) {
    case "branch":
      return takenBack({ node, inside: inside.flatMap((way) => way.inside.map(fold)) });
    case "loop":
    case "each":
      return takenBack({ node, inside: inside.map(foldPart) });
    default:
      return takenBack({ node, inside: inside.map(fold) });
  }
}

/** What holds others is undone when all that was done in it is. */
function takenBack({ node, inside }: Tree): Tree {
  const isWell = isHolder(node) && hasEndedWell(node) && node.undo === undefined;
  const done = isWell ? inside.filter((tree) => hasEndedWell(tree.node)) : [];
  const isUndone = done.length > 0 && done.every((tree) => tree.node.undo === "undone");
  return { node: isUndone ? { ...node, undo: "undone" } : node, inside };
}

function hasEndedWell({ status }: NodeView): boolean {
  return status === "verified" || status === "claimed";
}

function foldPart(part: Tree): Tree {
  const inside = part.inside.map(fold);
  const [only] = inside;
  if (!only || inside.length > 1 || isHolder(only.node)) return takenBack({ node: part.node, inside });
  const { name, item, title } = part.node;
  const told = item === undefined ? {} : { item, title };
  return { node: { ...only.node, ...told, name: `${name} ${only.node.name}` }, inside: only.inside };
}

/** A line of an outline: a node, or what stands for nodes that are left out. */
export type OutlineLine =
  | { readonly node: NodeView; readonly depth: number; readonly rest?: undefined }
  | { readonly node?: undefined; readonly depth: number; readonly rest: string };

/** From so many rounds or items on, only those that matter are shown. */
const wide = 20;
const mostFailed = 5;
const mostWorking = 8;
const mostLast = 5;

/**
 * The nodes of a run, or those in one of them, line by line. Of many rounds or items: the first that failed, those at
 * work, the last rounds, and how many there are besides. Failed items come first.
 */
export function outlineOf(nodes: readonly NodeView[], within?: string): readonly OutlineLine[] {
  const lines: OutlineLine[] = [];
  const trees = treesOf(nodes);
  const found = within === undefined ? undefined : find(trees, within);
  if (within === undefined) for (const tree of trees) addLines(lines, fold(tree), 0);
  else if (found) addInside(lines, fold(found), 0);
  return lines;
}

/** Those of folded nodes that an outline shows. */
export function keyNodes(folded: readonly NodeView[]): readonly NodeView[] {
  const lines: OutlineLine[] = [];
  for (const tree of treesOf(folded)) addLines(lines, tree, 0);
  return lines.flatMap(({ node }) => node ?? []);
}

function find(trees: readonly Tree[], address: string): Tree | undefined {
  for (const tree of trees) {
    const found = tree.node.address === address ? tree : find(tree.inside, address);
    if (found) return found;
  }
  return undefined;
}

function addLines(lines: OutlineLine[], tree: Tree, depth: number): void {
  lines.push({ node: tree.node, depth });
  addInside(lines, tree, depth + 1);
}

function addInside(lines: OutlineLine[], { node, inside }: Tree, depth: number): void {
  const repeats = node.kind === "each" || node.kind === "loop";
  const shown = new Set(repeats ? choose(node, inside) : inside);
  const left = inside.filter((tree) => !shown.has(tree));
  const rest = repeats ? restText(node, left) : undefined;
  // Rounds that are left out come before those that are shown, items after them.
  if (rest !== undefined && node.kind === "loop") lines.push({ rest, depth });
  for (const tree of shown) addLines(lines, tree, depth);
  if (rest !== undefined && node.kind === "each") lines.push({ rest, depth });
}

function choose({ kind }: NodeView, parts: readonly Tree[]): readonly Tree[] {
  const failed = parts.filter(({ node }) => node.status === "failed");
  const others = parts.filter(({ node }) => node.status !== "failed");
  if (parts.length <= wide) return kind === "each" ? [...failed, ...others] : parts;
  const working = others.filter(({ node }) => ["busy", "warn"].includes(statusTone(node.status)));
  const few = [...failed.slice(0, mostFailed), ...working.slice(0, mostWorking)];
  if (kind === "each") return few;
  const chosen = new Set([...few, ...parts.slice(-mostLast)]);
  return parts.filter((part) => chosen.has(part));
}

/** `… and 9,983 more: 120 verified, 9,863 not begun`. */
function restText({ items, rounds }: NodeView, left: readonly Tree[]): string | undefined {
  const counts = new Map<string, number>();
  const count = (word: string, more: number) => counts.set(word, (counts.get(word) ?? 0) + more);
  for (const { node } of left) count(statusWord(node.status), 1);
  const toBegin = items ? items.total - items.begun : 0;
  if (toBegin > 0) count("not begun", toBegin);
  const forgotten = rounds ? rounds.forgotten : 0;
  if (forgotten > 0) count("only in the log", forgotten);
  const total = left.length + toBegin + forgotten;
  if (total === 0) return undefined;
  const states = [...counts].map(([word, number]) => `${numberText(number)} ${word}`).join(", ");
  return `… and ${numberText(total)} more: ${states}`;
}
