import { rmSync } from "node:fs";
import { join } from "node:path";
import type { BaseRequest, WorkspaceBase } from "../../ports/workspaces.ts";
import { type Kept, makeCheckpoint, readKept } from "./checkpoint.ts";
import { type Exact, noExact } from "./exact-record.ts";
import { exactOf } from "./exact.ts";
import { rulesChanged } from "./rules.ts";
import { stagedChanges } from "./changes.ts";
import { branchFor } from "./follow-branch.ts";
import type { Workshop } from "./open.ts";
import { refsOf } from "./refs.ts";
import { headOf, judge, readRef, type RefUpdate, type Repository, updateRefs } from "./repository.ts";
import { allFiles, isStaged, stage, stagedTree } from "./stage.ts";
import { callIn, newTree, type Tree } from "./tree.ts";
import { Queue, Turns } from "../turns.ts";

/** The first checkpoint of a run: what lies in the project now, on what is checked out there. */
export async function base(
  workshop: Workshop,
  { repository, request }: { readonly repository: Repository; readonly request: BaseRequest },
  signal: AbortSignal,
): Promise<WorkspaceBase> {
  const refs = refsOf({ runId: request.runId, lane: "" });
  const known = await readRef(repository, refs.base, signal);
  if (known !== undefined) return told(await readKept(repository, known, signal));
  const place = { runId: request.runId, lane: "" };
  await branchFor({ repository, place }, request.setup.commits === "branch", signal);
  const next =
    request.from === undefined
      ? await ofProject(workshop, { repository, request }, signal)
      : await ofRun(workshop, { repository, request, from: request.from }, signal);
  const updates: RefUpdate[] = [
    { ref: refs.base, to: next.commit, from: null },
    { ref: refs.newest, to: next.commit },
    ...(next.exact.id === undefined ? [] : [{ ref: refs.exact(next.commit), to: next.exact.id }]),
  ];
  await updateRefs(repository, updates, signal);
  return told(next);
}

function told({ commit, parents, message }: Kept): WorkspaceBase {
  const [head] = parents;
  return {
    commit,
    ...(head === undefined ? {} : { head }),
    ...(message?.branch === undefined ? {} : { branch: message.branch }),
  };
}

interface Asked {
  readonly repository: Repository;
  readonly request: BaseRequest;
}

async function ofProject(
  workshop: Workshop,
  { repository, request }: Asked,
  signal: AbortSignal,
): Promise<Kept> {
  await judge(repository, request.mode, signal);
  const tree = projectTree(workshop, { repository, request });
  const { head, branch } = await headOf(repository, signal);
  await stage(tree, signal);
  const call = callIn(tree, signal);
  const content = await stagedTree(tree, call);
  // what lies there may have been written by the rules that are committed
  const uncommitted = head === undefined ? [] : await stagedChanges(repository, head, call);
  const exact = await exactOf(
    tree,
    {
      before: noExact,
      touched: await allFiles(repository, call),
      rulesChanged: rulesChanged(uncommitted),
    },
    signal,
  );
  isStaged(tree);
  if (request.mode !== "shared") rmSync(tree.files.index, { force: true });
  return first(tree, { request, content, exact, head, branch }, signal);
}

/** A fork: what the other run had there, on what it began from. */
async function ofRun(
  workshop: Workshop,
  { repository, request, from }: Asked & { readonly from: string },
  signal: AbortSignal,
): Promise<Kept> {
  const other = await readKept(repository, from, signal);
  const tree = projectTree(workshop, { repository, request });
  const { head, branch } = await headOf(repository, signal);
  return first(tree, { request, content: other.tree, exact: other.exact, head, branch }, signal);
}

interface First {
  readonly request: BaseRequest;
  readonly content: string;
  readonly exact: Exact;
  readonly head: string | undefined;
  readonly branch: string | undefined;
}

function first(
  tree: Tree,
  { request, content, exact, head, branch }: First,
  signal: AbortSignal,
): Promise<Kept> {
  return makeCheckpoint(
    tree,
    {
      tree: content,
      exact,
      parents: head === undefined ? [] : [head],
      number: 0,
      note: { kind: "PRE-WORKFLOW", what: `${request.name} - baseline before workflow execution` },
      ...(branch === undefined ? {} : { branch }),
    },
    signal,
  );
}

/** The project's own folder, with a private index that the run goes on with when that is its tree. */
function projectTree({ treesDir, stateDir, clock }: Workshop, { repository, request }: Asked): Tree {
  const place = { runId: request.runId, lane: "" };
  const newest = { commit: "", number: 0, tree: "", parents: [], exact: noExact, message: undefined };
  const tree = newTree({
    repository,
    place,
    own: false,
    treesDir,
    apart: [stateDir, treesDir],
    clock,
    newest,
    turns: new Turns(),
    queue: new Queue(),
  });
  if (request.mode === "shared") return tree;
  const { dir } = tree.files;
  return { ...tree, files: { ...tree.files, index: join(dir, "..", "base.index") } };
}
