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
  return stdout
    .toString("utf8")
    .split("\0")
    .flatMap((entry) => {
      const found = checkpointIn(entry);
      return found && (runId === undefined || found.place.runId === runId) ? [found] : [];
    });
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

function checkpointIn(entry: string): Checkpoint | undefined {
  const end = entry.indexOf("\n");
  const [commit = "", seconds] = entry.slice(0, end).split(" ");
  const message = end < 0 ? undefined : readMessage(entry.slice(end + 1));
  if (!message) return undefined;
  const { exact: _, branch: _branch, writer: _writer, notCovered: _notCovered, ...told } = message;
  return { commit, at: Number(seconds) * 1000, ...told };
}
