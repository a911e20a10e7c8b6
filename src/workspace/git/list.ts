import type { Checkpoint } from "../../ports/checkpoints.ts";
import { readMessage } from "./message.ts";
import { refsRoot, runRefs } from "./refs.ts";
import type { Repository } from "./repository.ts";

/** All checkpoints of a run, or of all runs, by the refs alone; oldest first. */
export async function listCheckpoints(
  repository: Repository,
  { runId }: { readonly runId?: string },
  signal: AbortSignal,
): Promise<readonly Checkpoint[]> {
  const refs = await refsBelow(repository, runId === undefined ? refsRoot : runRefs(runId), signal);
  const tops = refs.filter(({ ref }) =>
    /^refs\/tutti\/[^/]+\/(base|run|lanes|landed|moving)(\/|$)/.test(ref),
  );
  if (tops.length === 0) return [];
  const bases = refs.filter(({ ref }) => ref.endsWith("/base"));
  // What the project's history has is no checkpoint of it, also when a run has landed there.
  const input = [...tops.map(({ id }) => id), ...bases.flatMap(({ id }) => [`^${id}^@`]), ""].join("\n");
  const { stdout } = await repository.git.run(
    [
      "log",
      "--stdin",
      "--topo-order",
      "--date-order",
      "--reverse",
      "-z",
      "--no-show-signature",
      "--format=%H %ct%n%B",
    ],
    { signal, input },
  );
  const found = stdout
    .toString("utf8")
    .split("\0")
    .flatMap((entry) => {
      const one = checkpointIn(entry);
      return one && (runId === undefined || one.checkpoint.place.runId === runId) ? [one] : [];
    });
  return inOrder(found);
}

export interface Found {
  readonly checkpoint: Checkpoint;
  /** Of a landing: the checkpoint that landed. */
  readonly writer: string | undefined;
}

/** Commits have their times in whole seconds, and a landing need not come from what landed: that comes before it all the same. */
export function inOrder(found: readonly Found[]): readonly Checkpoint[] {
  const places = new Map(found.map(({ checkpoint }, index) => [checkpoint.commit, index]));
  const ordered = new Set<Checkpoint>();
  const put = (index: number): void => {
    const one = found[index];
    if (!one || ordered.has(one.checkpoint)) return;
    for (const before of laneBetween(found, index, places.get(one.writer ?? ""))) put(before);
    ordered.add(one.checkpoint);
  };
  for (const index of found.keys()) put(index);
  return [...ordered];
}

/** Places after the first, up to the last, of what lies in the same tree as the last. */
function laneBetween(found: readonly Found[], first: number, last = -1): readonly number[] {
  const lane = found[last]?.checkpoint.place.lane;
  const between = found.slice(first + 1, last + 1).map((one, k) => ({ one, index: first + 1 + k }));
  return between.filter(({ one }) => one.checkpoint.place.lane === lane).map(({ index }) => index);
}

interface RefHeld {
  readonly ref: string;
  readonly id: string;
}

async function refsBelow(
  { git }: Repository,
  root: string,
  signal: AbortSignal,
): Promise<readonly RefHeld[]> {
  const { stdout } = await git.run(
    ["for-each-ref", "--format=%(objecttype) %(objectname) %(refname)", root],
    { signal },
  );
  return stdout
    .toString("utf8")
    .split("\n")
    .flatMap((line) => {
      const [type, id, ref] = line.split(" ");
      return type === "commit" && id !== undefined && ref !== undefined ? [{ id, ref }] : [];
    });
}

function checkpointIn(entry: string): Found | undefined {
  const end = entry.indexOf("\n");
  const [commit = "", seconds] = entry.slice(0, end).split(" ");
  const message = end < 0 ? undefined : readMessage(entry.slice(end + 1));
  if (!message) return undefined;
  const { exact: _, branch: _branch, writer, notCovered: _notCovered, ...told } = message;
  return { checkpoint: { commit, at: Number(seconds) * 1000, ...told }, writer };
}
