import { TuttiError } from "../errors.ts";
import { globTest } from "../files/glob.ts";
import type { Checkpoint, Checkpoints, FileChange } from "../ports/checkpoints.ts";
import { beginning } from "./core-run.ts";
import { changedPaths, type Files, type MemoryCommit, type MemoryRepository } from "./memory-repository.ts";

/** What was kept in a repository in memory. Trees are there as long as nobody says otherwise; nothing is written out. */
export function createMemoryCheckpoints(repository: MemoryRepository): Checkpoints {
  return {
    list: async ({ runId }) =>
      [...repository.commits.values()]
        .filter(({ place }) => runId === undefined || place.runId === runId)
        .map(checkpointOf),
    difference: async ({ from, to, place, files }) => {
      const tree = place && repository.tree(place);
      if (to === undefined && !tree) throw lost();
      const after = to === undefined ? (tree?.files ?? new Map()) : repository.commit(to).files;
      const before = repository.commit(from).files;
      const tests = files?.map(globTest);
      const paths = changedPaths(before, after).filter((path) => tests?.some((test) => test(path)) ?? true);
      return { files: paths.map((path) => changeOf(path, before, after)) };
    },
    writeOut: () => Promise.reject(new TuttiError("UNSUPPORTED", "Cannot write out", { fix: "use git" })),
    trees: async () => [],
    remove: async () => [],
    tidy: async () => [],
  };
}

/** The time stands still. */
function checkpointOf({ commit, number, place, note }: MemoryCommit): Checkpoint {
  const { kind, what, ...facts } = note;
  return { commit, number, place, kind, title: `${kind}: ${what}`, at: beginning, ...facts };
}

function changeOf(path: string, before: Files, after: Files): FileChange {
  if (!before.has(path)) return { path, change: "added", added: 1, removed: 0 };
  if (!after.has(path)) return { path, change: "deleted", added: 0, removed: 1 };
  return { path, change: "changed", added: 1, removed: 1 };
}

function lost(): TuttiError {
  return new TuttiError("WORKSPACE_LOST", "Cannot look at the tree: it is not there", { fix: "open it" });
}
