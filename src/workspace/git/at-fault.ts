import type { WorkPlace } from "../../core/workspace.ts";
import type { Fault, FaultSearch, Workspace } from "../../ports/workspaces.ts";
import { writerAtFault } from "./bisect.ts";
import { type CheckpointMessage, readMessage } from "./message.ts";
import { openTree, type Workshop } from "./open.ts";
import { refsOf } from "./refs.ts";
import { type Repository, updateRefs } from "./repository.ts";
import { restore } from "./restore.ts";
import { projectIn, type Tree } from "./tree.ts";

const known = new WeakMap<Workshop, Map<string, Fault | undefined>>();

export interface FaultParts {
  readonly workshop: Workshop;
  readonly tree: Tree;
  /** Takes the tree of a place away. */
  readonly remove: (place: WorkPlace, signal: AbortSignal) => Promise<unknown>;
}

/** Whose work makes a check fail; see the port. */
export async function atFault(
  parts: FaultParts,
  search: FaultSearch,
  signal: AbortSignal,
): Promise<Fault | undefined> {
  const { workshop, tree } = parts;
  const answers = known.get(workshop) ?? new Map<string, Fault | undefined>();
  known.set(workshop, answers);
  const key = JSON.stringify([tree.place, search.gate, search.until]);
  if (!answers.has(key)) answers.set(key, await searchFor(parts, search, signal));
  return answers.get(key);
}

async function searchFor(
  { workshop, tree, remove }: FaultParts,
  search: FaultSearch,
  signal: AbortSignal,
): Promise<Fault | undefined> {
  const { repository, place } = tree;
  const works = await worksIn(repository, search, signal);
  const [first] = works;
  if (!first) return undefined;
  const own = { runId: place.runId, lane: `${place.lane}~${search.effectId}` };
  const tried = { times: 0 };
  try {
    const check = await checkerIn(workshop, { tree, place: own, from: first.before, search, tried }, signal);
    if (await check(search.until)) return undefined;
    const landings = works.map(({ commit }) => commit);
    const fault = await writerAtFault({ landings, good: first.before, check }, signal);
    const node = works.find(({ commit }) => commit === fault?.commit)?.node;
    return fault && node !== undefined ? { ...fault, node, tried: tried.times } : undefined;
  } finally {
    // what is left of a search that was given up goes with the run
    if (!signal.aborted) {
      await remove(own, signal);
      await updateRefs(repository, [{ ref: refsOf(own).newest }], signal);
    }
  }
}

interface Scratch {
  readonly tree: Tree;
  readonly place: WorkPlace;
  readonly from: string;
  readonly search: FaultSearch;
  readonly tried: { times: number };
}

/** Checks a commit in a tree of its own, and leaves there nothing that is in no checkpoint. */
async function checkerIn(
  workshop: Workshop,
  { tree, place, from, search, tried }: Scratch,
  signal: AbortSignal,
): Promise<(commit: string) => Promise<boolean>> {
  const { setup, print } = search;
  const request = { mode: "run", place, from, setup, print } as const;
  const { tree: scratch, env } = await openTree(workshop, { repository: tree.repository, request }, signal);
  const site: Pick<Workspace, "cwd" | "env"> = { cwd: projectIn(scratch), env };
  const goTo = (commit: string): Promise<unknown> => {
    const note = { kind: "WORKFLOW-RECOVERY", what: "a search for who is at fault" } as const;
    return scratch.queue.run(() => restore(scratch, { commit, note }, signal), signal);
  };
  return async (commit) => {
    await goTo(commit);
    tried.times += 1;
    const holds = await search.check(site);
    await goTo(commit);
    return holds;
  };
}

interface WorkDone {
  readonly commit: string;
  /** The checkpoint before it. */
  readonly before: string;
  readonly node: string;
}

/** What ended well in the chain of checkpoints since the first landing, or since the gate held last; oldest first. */
async function worksIn(
  repository: Repository,
  { until, gate }: FaultSearch,
  signal: AbortSignal,
): Promise<readonly WorkDone[]> {
  const chain = await chainTo(repository, until, signal);
  const held = chain.findLastIndex(
    ({ message: { kind, gates = [] } }) => kind === "WORKFLOW-QUALITY" && gates.includes(gate),
  );
  const since = chain.slice(held + 1).filter(({ message: { kind } }) => kind === "WORKFLOW-STEP");
  const first = since.findIndex(({ message: { writer } }) => writer !== undefined);
  if (first < 0) return [];
  return since
    .slice(first)
    .flatMap(({ commit, before, message: { node } }) =>
      before === undefined || node === undefined ? [] : [{ commit, before, node }],
    );
}

interface Link {
  readonly commit: string;
  readonly before: string | undefined;
  readonly message: CheckpointMessage;
}

/** The checkpoints of a tree, and of the one it was made from, oldest first. */
async function chainTo(repository: Repository, until: string, signal: AbortSignal): Promise<readonly Link[]> {
  const { stdout } = await repository.git.run(
    ["log", "--first-parent", "-z", "--no-show-signature", "--format=%H %P%n%B", until],
    { signal },
  );
  const links: Link[] = [];
  for (const entry of stdout.toString("utf8").split("\0")) {
    const end = entry.indexOf("\n");
    const [commit = "", before] = entry.slice(0, end).split(" ");
    const message = end < 0 ? undefined : readMessage(entry.slice(end + 1));
    if (!message) break;
    links.unshift({ commit, before, message });
  }
  return links;
}
