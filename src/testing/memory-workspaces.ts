import type { CheckpointRef, WorkPlace, WorkspaceMode } from "../core/workspace.ts";
import { globTest } from "../files/glob.ts";
import type {
  BaseRequest,
  Begun,
  CheckpointKind,
  CheckpointNote,
  Fault,
  FaultSearch,
  Landed,
  Landing,
  OpenRequest,
  RestoreTarget,
  Saved,
  Work,
  Workspace,
  WorkspaceBase,
  Workspaces,
} from "../ports/workspaces.ts";
import { decided, merged } from "./memory-merge.ts";
import {
  changedPaths,
  type Files,
  fill,
  keyOf,
  type MemoryCommit,
  MemoryRepository,
  type MemoryTree,
} from "./memory-repository.ts";
import { type Turn, Turns } from "../workspace/turns.ts";

export interface MemoryWorkspaces extends Workspaces {
  readonly repository: MemoryRepository;
  /** What lies in the tree of this folder, to be read and written. */
  files(cwd: string): Map<string, string>;
}

/**
 * Working trees that are maps from path to content; their folders are names only. Files are merged as wholes. Another driver
 * over the same repository is another process: it does not know who works in a tree, only who did.
 */
export function createMemoryWorkspaces(repository = new MemoryRepository()): MemoryWorkspaces {
  const turns = new Map<string, Turns>();
  const trees = new Map<string, MemoryTree>();
  return {
    repository,
    files: (cwd) => trees.get(cwd)?.files ?? new Map(),
    suits: async () => "run",
    requireFork: async () => {},
    base: async (request, signal) => {
      signal.throwIfAborted();
      return baseOf(repository, request);
    },
    open: async ({ mode, place, from }: OpenRequest, signal) => {
      signal.throwIfAborted();
      const tree = repository.tree(place) ?? repository.newTree(place, from, { shared: mode === "shared" });
      const key = keyOf(place);
      const cwd = mode === "shared" ? "/memory/project" : `/memory/${place.runId}/${place.lane || "run"}`;
      trees.set(cwd, tree);
      const own = turns.get(key) ?? new Turns();
      turns.set(key, own);
      const openCopy = (files: Files): string => {
        const copy = `${cwd}/copy${trees.size}`;
        trees.set(copy, { ...tree, files: new Map(files) });
        return copy;
      };
      return workspaceOf({ repository, tree, turns: own, mode, open: openCopy }, cwd);
    },
  };
}

function baseOf(repository: MemoryRepository, { runId, name, from }: BaseRequest): WorkspaceBase {
  const known = repository.bases.get(runId);
  if (known !== undefined) return { commit: known };
  const files = from === undefined ? repository.project : repository.commit(from).files;
  const note = { kind: "PRE-WORKFLOW", what: `${name} - baseline before workflow execution` } as const;
  const parents = from === undefined ? [] : [from];
  const { commit } = repository.add({ parents, files, place: { runId, lane: "" }, note });
  repository.bases.set(runId, commit);
  return { commit };
}

/** A tree with all that is done about it. */
interface Place {
  readonly repository: MemoryRepository;
  readonly tree: MemoryTree;
  readonly turns: Turns;
  readonly mode: WorkspaceMode;
  /** Gives the name of a folder with these files, that nobody else knows. */
  readonly open: (files: Files) => string;
}

function workspaceOf(at: Place, cwd: string): Workspace {
  const { repository, tree, turns } = at;
  const owner = {};
  return {
    cwd,
    env: {},
    get tip() {
      return tree.newest;
    },
    begin: async (work, signal) => {
      const turn = await turns.enter(owner, signal);
      return begun(at, work, { turn, signal });
    },
    save: async (note, signal) => {
      signal.throwIfAborted();
      return saved(at, note);
    },
    restore: (target, signal) => turns.alone(owner, async () => restored(at, target), signal),
    takeIn: (writer, signal) => turns.alone(owner, async () => takenIn(repository, tree, writer), signal),
    atFault: async (search, signal) => {
      signal.throwIfAborted();
      return faultIn(at, search);
    },
  };
}

/** Every one is tried, oldest first; what a check writes is not kept. */
async function faultIn(
  { repository, open }: Place,
  { until, check }: FaultSearch,
): Promise<Fault | undefined> {
  const chain: MemoryCommit[] = [];
  for (let at: string | undefined = until; at !== undefined; at = repository.commit(at).parents[0])
    chain.unshift(repository.commit(at));
  const first = chain.findIndex(({ note }) => note.what === "landed");
  if (first < 0) return undefined;
  const holds = ({ files }: MemoryCommit): Promise<boolean> => check({ cwd: open(files), env: {} });
  if (await holds(repository.commit(until))) return undefined;
  const steps = chain.slice(first).filter(({ note }) => note.kind === "WORKFLOW-STEP");
  for (const [index, step] of steps.entries()) {
    if (await holds(step)) continue;
    const { commit, note } = step;
    return { node: note.node ?? "", commit, tried: index + 2, sure: true };
  }
  return undefined;
}

function saved({ repository, tree }: Pick<Place, "repository" | "tree">, note: CheckpointNote): Saved {
  const before = repository.commit(tree.newest);
  const made = repository.add({ parents: [tree.newest], files: tree.files, place: tree.place, note });
  tree.newest = made.commit;
  return savedOf(made, before.files);
}

function savedOf({ commit, number, files }: MemoryCommit, before: Files): Saved {
  return { commit, number, files: changedPaths(before, files) };
}

interface Entered {
  readonly turn: Turn;
  readonly signal: AbortSignal;
}

function begun(at: Place, { effectId, from, looks }: Work, { turn, signal }: Entered): Begun {
  const { tree, repository } = at;
  const left = changedPaths(repository.commit(tree.newest).files, tree.files);
  const stays = looks && left.length > 0 && tree.atWork.size === 0;
  const found = from !== undefined && turn.isAlone && !stays ? settled(at, from) : undefined;
  tree.atWork.add(effectId);
  const release = (): void => {
    if (!signal.aborted) tree.atWork.delete(effectId);
    turn.leave();
  };
  return { ...(found ? { found } : {}), release };
}

/** Puts the tree to where an attempt begins, and what lies there into a checkpoint. */
function settled(at: Place, from: string): Begun["found"] {
  const { repository, tree, mode } = at;
  const wasCutOff = tree.atWork.size > 0;
  tree.atWork.clear();
  const left = changedPaths(repository.commit(tree.newest).files, tree.files);
  const kept = mode === "shared" || !wasCutOff;
  const found =
    left.length > 0 ? saved(at, recovery(kept ? "found" : "left by work that was cut off")) : undefined;
  if (mode !== "shared" && !(found && kept)) moveTo(at, repository.commit(from), recovery("put back"));
  return found && { ...found, kept };
}

function recovery(what: string): CheckpointNote {
  return noteOf("WORKFLOW-RECOVERY", what);
}

function noteOf(kind: CheckpointKind, what: string): CheckpointNote {
  return { kind, what };
}

/** A new checkpoint that has the content of another, unless the tree has it already. */
function moveTo({ repository, tree }: Place, target: MemoryCommit, note: CheckpointNote): void {
  if (keyOf(target.place) !== keyOf(tree.place)) tree.base = target.commit;
  if (changedPaths(tree.files, target.files).length === 0) return;
  fill(tree.files, target.files);
  saved({ repository, tree }, note);
}

function restored(at: Place, { commit, files: globs, note }: RestoreTarget): Saved {
  const { repository, tree } = at;
  const target = repository.commit(commit);
  keepUnsaved(at);
  const before = repository.commit(tree.newest);
  const tests = globs?.map(globTest);
  const isMeant = (path: string): boolean => tests?.some((test) => test(path)) ?? true;
  for (const path of changedPaths(tree.files, target.files).filter(isMeant)) {
    const text = target.files.get(path);
    if (text === undefined) tree.files.delete(path);
    else tree.files.set(path, text);
  }
  return { ...saved(at, note), files: changedPaths(before.files, tree.files) };
}

function keepUnsaved({ repository, tree }: Pick<Place, "repository" | "tree">): void {
  const newest = repository.commit(tree.newest);
  if (changedPaths(newest.files, tree.files).length > 0) saved({ repository, tree }, recovery("found"));
}

function takenIn(repository: MemoryRepository, tree: MemoryTree, writer: Landing): Landed {
  const place: WorkPlace = writer.writer;
  const lane = repository.tree(place) ?? repository.newTree(place, writer.commit, { shared: false });
  const known = lane.landed.get(writer.commit);
  if (known) return { landed: true, ...known };
  keepUnsaved({ repository, tree });
  const ours = repository.commit(tree.newest);
  const { strategy, by, note } = writer;
  const { theirs, base, unmended, bySide } = decided(repository, { lane, landing: writer });
  if (unmended.length > 0) {
    const conflicts = unmended.map((path) => ({
      path,
      kind: "content",
      with: [],
      left: "marks" as const,
      excerpt: theirs.files.get(path) ?? "",
    }));
    return { landed: false, conflicts, tip: refOf(repository.commit(lane.newest)) };
  }
  const {
    files,
    conflicts,
    decided: here,
  } = merged(repository, {
    base: repository.commit(base),
    ours,
    theirs,
    strategy,
  });
  if (conflicts.length > 0) {
    const paths = conflicts.map(({ path }) => path);
    const tip = refused(repository, lane, { files, ours, strategy, paths });
    lane.given = { as: tip.commit, work: theirs.commit, base };
    return { landed: false, conflicts, tip };
  }
  fill(tree.files, files);
  const parents = by === "merge" ? [ours.commit, theirs.commit] : [ours.commit];
  const made = repository.add({ parents, files, place: tree.place, note });
  tree.newest = made.commit;
  const both = [...new Set([...bySide, ...here])].sort();
  const landed = { ...savedOf(made, ours.files), ...(both.length > 0 ? { decided: both } : {}) };
  lane.landed.set(writer.commit, landed);
  lane.base = writer.commit;
  lane.marked = [];
  lane.given = undefined;
  return { landed: true, ...landed };
}

interface Refusal {
  readonly files: Files;
  readonly ours: MemoryCommit;
  readonly strategy: Landing["strategy"];
  readonly paths: readonly string[];
}

/** The writer gets what is to be brought together, or what it has to begin from; gives its newest checkpoint. */
function refused(
  repository: MemoryRepository,
  lane: MemoryTree,
  { files, ours, strategy, paths }: Refusal,
): CheckpointRef {
  keepUnsaved({ repository, tree: lane });
  const again = strategy === "serialize";
  fill(lane.files, again ? ours.files : files);
  const note = recovery(again ? "to be done again" : "conflicts to be resolved");
  const parents = [lane.newest, ours.commit];
  const made = repository.add({ parents, files: lane.files, place: lane.place, note });
  lane.newest = made.commit;
  lane.base = ours.commit;
  lane.marked = again ? [] : paths;
  return refOf(made);
}

function refOf({ commit, number }: MemoryCommit): CheckpointRef {
  return { commit, number };
}
