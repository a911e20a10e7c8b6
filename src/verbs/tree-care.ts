import type { RunStatus } from "../core/events.ts";
import { isFinal } from "../core/state.ts";
import type { WorkPlace } from "../core/workspace.ts";
import { isTuttiError } from "../errors.ts";
import type { TreeState } from "../ports/checkpoints.ts";
import type { RunLog, RunRow } from "../ports/run-store.ts";
import type { Parts } from "./parts.ts";
import { stateOf } from "./run-state.ts";
import { signalOf, type Stoppable } from "./run-trees.ts";

/** A working tree, and what of its run is known. */
export interface TreeView extends TreeState {
  /** Absent: no run of this id is stored here. */
  readonly status?: RunStatus;
  /** Why nobody will work in it unless the run is taken up again; absent: somebody does, or will. */
  readonly over?: "ended" | "interrupted" | "unknown";
}

export interface TreeCare {
  readonly trees: readonly CaredTree[];
  /** What was given back besides, a line each. */
  readonly tidied: readonly string[];
}

export interface CaredTree extends Pick<TreeView, "place" | "dir" | "status" | "over"> {
  readonly isGone: boolean;
  /** The checkpoint that its unsaved files became before. */
  readonly saved?: string;
  /** Refs of commits that were made in it and were nowhere else. */
  readonly commits?: readonly string[];
  /** Why it stays, and what to do. */
  readonly why?: string;
  readonly fix?: string;
}

export interface TreeCareOptions extends Stoppable {
  /** What is in no checkpoint becomes one. */
  readonly save?: boolean;
}

/** All working trees of tutti's own. */
export async function listTrees(parts: Parts, options: Stoppable = {}): Promise<readonly TreeView[]> {
  const found = await parts.checkpoints.trees({}, signalOf(options));
  const rows = await rowsOf(parts);
  return found.map((tree) => viewOf(tree, rows.get(tree.place.runId)));
}

/**
 * Takes away the trees of runs that have ended, were interrupted, or are not known any more, but none with something in it that is in no
 * checkpoint, and none in which a process works; gives back what such runs had besides. Refs and commits stay: a tree is made
 * again when it is needed.
 */
export async function careForTrees(parts: Parts, options: TreeCareOptions = {}): Promise<TreeCare> {
  const trees: CaredTree[] = [];
  for (const view of await listTrees(parts, options)) trees.push(await careFor(parts, view, options));
  const rows = await rowsOf(parts);
  const kept = new Set(trees.filter(({ isGone }) => !isGone).map(({ place }) => keyOf(place)));
  const isOver = (place: WorkPlace): boolean => {
    const row = rows.get(place.runId);
    return (row === undefined || isFinal(row.status)) && !kept.has(keyOf(place));
  };
  return { trees, tidied: await parts.checkpoints.tidy(isOver, signalOf(options)) };
}

async function rowsOf({ store }: Parts): Promise<ReadonlyMap<string, RunRow>> {
  return new Map((await store.list()).map((row) => [row.runId, row]));
}

function viewOf(tree: TreeState, row: RunRow | undefined): TreeView {
  const over = overOf(row);
  return { ...tree, ...(row ? { status: row.status } : {}), ...(over ? { over } : {}) };
}

function overOf(row: RunRow | undefined): TreeView["over"] {
  if (!row) return "unknown";
  if (row.owner !== undefined || row.status === "waiting" || row.status === "paused") return undefined;
  return isFinal(row.status) ? "ended" : "interrupted";
}

function keyOf({ runId, lane }: WorkPlace): string {
  return JSON.stringify([runId, lane]);
}

async function careFor(parts: Parts, view: TreeView, options: TreeCareOptions): Promise<CaredTree> {
  const { place, dir, status, over } = view;
  const about = { place, dir, ...(status ? { status } : {}), ...(over ? { over } : {}) };
  if (!over) return { ...about, isGone: false, ...whyInUse(view) };
  let log: RunLog | undefined;
  let kept: { readonly saved?: string } = {};
  try {
    // Nobody takes the run up meanwhile.
    if (over !== "unknown") log = await parts.store.open(place.runId, { withLost: true });
    if (options.save) kept = await saveOpen(parts, view, options);
    const commits = await parts.checkpoints.remove(place, signalOf(options));
    return { ...about, isGone: true, ...kept, ...commitsPart(commits) };
  } catch (error) {
    if (!isTuttiError(error)) throw error;
    const known = `Cannot take away the working tree "${dir}": `;
    const { message, fix } = error;
    const why = message.startsWith(known) ? message.slice(known.length) : message;
    return { ...about, isGone: false, ...kept, why, fix };
  } finally {
    await log?.release();
  }
}

function commitsPart(commits: readonly string[]): Pick<CaredTree, "commits"> {
  return commits.length === 0 ? {} : { commits };
}

function whyInUse({ status, place }: TreeView): { readonly why: string; readonly fix: string } {
  const { runId } = place;
  return status === "waiting" || status === "paused"
    ? { why: "its run goes on there", fix: `tutti resume ${runId}; or end it: tutti cancel ${runId}` }
    : { why: "a process drives its run", fix: `see what it does: tutti watch ${runId}` };
}

/** Nothing where everything is in a checkpoint, and where there is none to begin from. */
async function saveOpen(
  parts: Parts,
  { place, unsaved }: TreeView,
  options: Stoppable,
): Promise<{ readonly saved?: string }> {
  const { checkpoints, workspaces } = parts;
  if (unsaved.length === 0) return {};
  const signal = signalOf(options);
  const kept = await checkpoints.list({ runId: place.runId }, signal);
  const from = kept.findLast((one) => one.place.lane === place.lane) ?? kept[0];
  if (!from) return {};
  const setup = (await stateOf(parts, place.runId))?.workflow.trees ?? {};
  const print = options.print ?? (() => {});
  const tree = await workspaces.open({ mode: "run", place, from: from.commit, setup, print }, signal);
  const note = { kind: "WORKFLOW-RECOVERY", what: "kept before its tree was taken away" } as const;
  return { saved: (await tree.save(note, signal)).commit };
}
