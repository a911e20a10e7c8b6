import type { ParentRef } from "../core/child-record.ts";
import type { RunState } from "../core/state.ts";
import type { CheckpointRef, TreesState, WorkPlace } from "../core/workspace.ts";
import { isTuttiError, TuttiError } from "../errors.ts";
import type { Checkpoint, Difference, DifferenceRequest, FileChange } from "../ports/checkpoints.ts";
import type { Workspace } from "../ports/workspaces.ts";
import type { Parts } from "./parts.ts";

/** What every verb may be given that works with files. */
export interface Stoppable {
  readonly signal?: AbortSignal;
  /** Told what making a tree ready prints. */
  readonly print?: (line: string) => void;
}

const never = new AbortController().signal;

export function signalOf({ signal = never }: Stoppable): AbortSignal {
  return signal;
}

interface Wanted {
  /** For the refusal. */
  readonly what: string;
  /** A tree of the run's own, which only a repository has; absent: any checkpoints. */
  readonly lands?: boolean;
}

/** The trees of a run whose own they are. Rejects where none are kept, and for a run that works in those of another. */
export async function treesOf(
  parts: Suiting,
  { runId, trees, parent }: Pick<RunState, "runId" | "trees" | "parent">,
  { what, lands = false, ...options }: Wanted & Stoppable,
): Promise<TreesState> {
  if (parent && trees?.origin.place.runId !== runId) throw isInside(parent, what);
  if (trees) return trees;
  const fix = lands
    ? `what it did is in the project's folder already; ${await toLandNext(parts, options)}`
    : `take its steps back without files: tutti rewind ${runId} --to NODE; ${await toKeepNext(parts, options)}`;
  throw new TuttiError(
    "CHECKPOINT_UNKNOWN",
    `Cannot ${what}: no checkpoints are kept of run "${runId}", whose steps work in the project's folder`,
    { fix },
  );
}

type Suiting = Pick<Parts, "workspaces">;
type Suits = Awaited<ReturnType<Parts["workspaces"]["suits"]>>;

/** A repository that cannot be used is told when somebody works in it. */
async function suitsNow({ workspaces }: Suiting, options: Stoppable): Promise<Suits> {
  try {
    return await workspaces.suits(signalOf(options));
  } catch (error) {
    if (isTuttiError(error, "WORKSPACE_UNFIT")) return "run";
    throw error;
  }
}

/** What to do about work that lies in the project's folder, and how the next run can land; said of where the project is. */
export async function toLandNext(parts: Suiting, options: Stoppable): Promise<string> {
  const suits = await suitsNow(parts, options);
  const next = 'the next run can land with "workspace: run"';
  return suits === "run"
    ? `commit it with git; ${next}`
    : `only in a git repository is there a branch to land on: git init, and a first commit; then ${next}`;
}

async function toKeepNext(parts: Suiting, options: Stoppable): Promise<string> {
  const suits = await suitsNow(parts, options);
  return suits === undefined
    ? "checkpoints need git, and a folder that is a project's"
    : `the next run keeps checkpoints with "workspace: ${suits}"`;
}

export function isInside(parent: ParentRef, what: string): TuttiError {
  return new TuttiError(
    "RUN_STATE",
    `Cannot ${what}: it does the step "${parent.address}" of run ${parent.runId}, which goes on with what it did`,
    { fix: `name that one: ${parent.runId}` },
  );
}

/** The newest checkpoint of what ended well. */
export function tipOf({ tips, origin }: TreesState): CheckpointRef {
  return tips.get("") ?? { commit: origin.base, number: 0 };
}

/** The run's own tree, made when it is not there. */
export function openTree(
  parts: Parts,
  { trees, workflow }: { readonly trees: TreesState; readonly workflow: RunState["workflow"] },
  options: Stoppable,
): Promise<Workspace> {
  const { mode, place } = trees.origin;
  const { workspaces } = parts;
  const request = { mode, place, from: tipOf(trees).commit, setup: workflow.trees ?? {} };
  return workspaces.open({ ...request, print: options.print ?? (() => {}) }, signalOf(options));
}

interface Changing {
  readonly place: WorkPlace;
  /** The last that was made of the tree. */
  readonly newest: Checkpoint | undefined;
  /** Another process works in the tree: what lies there is not looked at. */
  readonly isOwned?: boolean;
}

/** What would become other in a tree if it were put to a checkpoint. */
export async function changesTo(
  parts: Parts,
  { place, newest, isOwned = false }: Changing,
  { commit, files, ...options }: Stoppable & Pick<DifferenceRequest, "files"> & { readonly commit: string },
): Promise<Difference> {
  const { checkpoints } = parts;
  const wanted = files ? { files } : {};
  const signal = signalOf(options);
  if (isOwned && newest)
    return checkpoints.difference({ ...wanted, from: newest.commit, to: commit }, signal);
  try {
    const found = await checkpoints.difference({ ...wanted, from: commit, place }, signal);
    return { files: found.files.map(reversed) };
  } catch (error) {
    // the tree of a run that completed is taken away, and all of it is in its checkpoints
    if (!isTuttiError(error, "WORKSPACE_LOST") || !newest) throw error;
    return checkpoints.difference({ ...wanted, from: newest.commit, to: commit }, signal);
  }
}

function reversed({ path, change, added, removed }: FileChange): FileChange {
  const other = change === "added" ? "deleted" : change === "deleted" ? "added" : change;
  return {
    path,
    change: other,
    ...(removed === undefined ? {} : { added: removed }),
    ...(added === undefined ? {} : { removed: added }),
  };
}
