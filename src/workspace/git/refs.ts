import { hash } from "node:crypto";
import { join } from "node:path";
import type { WorkPlace } from "../../core/workspace.ts";

/** Under which everything that tutti keeps lies in a repository. */
export const refsRoot = "refs/tutti/";

/** Where the checkpoints of a place, and what is under way with it, are kept. */
export interface PlaceRefs {
  /** `run`, or the readable name of the lane; the same as that of its files. */
  readonly slug: string;
  /** The first checkpoint of the run. */
  readonly base: string;
  /** The newest checkpoint of this tree. */
  readonly newest: string;
  /** The commit that a lane landed as. */
  readonly landed: string;
  /** The commit that the tree is being put to. */
  readonly moving: string;
  /** What the run is doing to a branch of the user's. */
  readonly landing: string;
  /** The bytes of a checkpoint that git would not write back as they were. */
  exact(commit: string): string;
}

export function refsOf(place: WorkPlace): PlaceRefs {
  const root = runRefs(place.runId);
  const slug = laneSlug(place.lane);
  return {
    slug,
    base: `${root}base`,
    newest: place.lane === "" ? `${root}run` : `${root}lanes/${slug}`,
    landed: `${root}landed/${slug}`,
    moving: `${root}moving/${slug}`,
    landing: `${root}landing`,
    exact: (commit) => `${root}exact/${commit}`,
  };
}

/** `refs/tutti/<run>/` */
export function runRefs(runId: string): string {
  return `${refsRoot}${runSlug(runId)}/`;
}

/** A run id as part of a ref and a name of a folder; the id itself when it is plain. */
export function runSlug(runId: string): string {
  return /^[a-z0-9][a-z0-9_-]{0,63}$/.test(runId) ? runId : readable(runId);
}

/** The address of a node as part of a ref and a name of a file; `run` for the run's own tree. */
export function laneSlug(lane: string): string {
  return lane === "" ? "run" : readable(lane);
}

// The point before the hash keeps these apart from every plain name.
function readable(name: string): string {
  const words = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 40);
  return `${words === "" ? "x" : words}.${hash("sha256", name).slice(0, 12)}`;
}

/** Files of a place in the state folder. */
export interface PlaceFiles {
  /** The working tree, when it is tutti's own. */
  readonly dir: string;
  /** Its private index. */
  readonly index: string;
  /** What must survive of it besides: see tree-file.ts. */
  readonly record: string;
}

/** `treesDir`: `<stateDir>/worktrees`, or what tutti.yaml names. */
export function filesOf(treesDir: string, place: WorkPlace): PlaceFiles {
  const dir = join(treesDir, runSlug(place.runId), laneSlug(place.lane));
  return { dir, index: `${dir}.index`, record: `${dir}.json` };
}
