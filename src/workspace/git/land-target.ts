import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { TuttiError } from "../../errors.ts";
import { createGit, type Git } from "./git.ts";
import { readKept } from "./checkpoint.ts";
import { readRef, refBeside, type Repository } from "./repository.ts";

/** A branch of the user's, and where it is checked out. */
export interface LandTarget {
  readonly branch: string;
  readonly ref: string;
  /** Absent: there is none of this name yet. */
  readonly tip?: string;
  /** What the commits come after: `tip`, or the commit that was checked out when the run began. Absent: nothing. */
  readonly onto?: string;
  readonly holder?: Holder;
}

/** A working tree of the user's in which the branch is checked out. */
export interface Holder {
  readonly root: string;
  readonly gitDir: string;
  /** Bound to it and its own index. */
  readonly git: Git;
}

export interface Where {
  readonly repository: Repository;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Rejects USAGE when no branch is meant, WORKSPACE_UNFIT when it is one that nothing can land on now. */
export async function findTarget(
  where: Where,
  { to, base }: { readonly to?: string; readonly base: string },
  signal: AbortSignal,
): Promise<LandTarget> {
  const { repository } = where;
  const ref =
    to === undefined ? await checkedOut(repository, signal) : await refNamed(repository, to, signal);
  const branch = ref.replace(/^refs\/heads\//, "");
  const tip = await readRef(repository, ref, signal);
  const holder = await holderOf(where, ref, signal);
  refuseBusy(repository, { ref, branch, holder });
  if (tip !== undefined) return { branch, ref, tip, onto: tip, ...(holder ? { holder } : {}) };
  if (holder)
    throw unfit(
      branch,
      "it is checked out and has no commit yet",
      "make a first one, or name another: --to BRANCH",
    );
  const other = await refBeside(repository, ref, signal);
  if (other !== undefined)
    throw unfit(
      branch,
      `git has no place for it beside the branch "${other.replace(/^refs\/heads\//, "")}"`,
      "name another: --to BRANCH",
    );
  const [onto] = (await readKept(repository, base, signal)).parents;
  return { branch, ref, ...(onto === undefined ? {} : { onto }) };
}

async function checkedOut({ git, root }: Repository, signal: AbortSignal): Promise<string> {
  const head = await git.run(["symbolic-ref", "--quiet", "HEAD"], { signal, ok: [0, 1] });
  const ref = head.stdout.toString("utf8").trim();
  if (ref.startsWith("refs/heads/")) return ref;
  throw new TuttiError("USAGE", `Cannot land in "${root}": no branch is checked out there`, {
    fix: "name the branch: --to BRANCH",
  });
}

/** The branch itself, when the name only leads to another. */
async function refNamed({ git }: Repository, name: string, signal: AbortSignal): Promise<string> {
  const ref = `refs/heads/${name}`;
  const { exitCode } = await git.run(["check-ref-format", ref], { signal, ok: [0, 1] });
  if (exitCode !== 0 || isOther(name))
    throw new TuttiError("USAGE", `Cannot land on "${name}": that is no name of a branch`, {
      fix: "name a branch as git would: --to my/branch",
    });
  const led = await git.run(["symbolic-ref", "--quiet", ref], { signal, ok: [0, 1, 128] });
  return led.exitCode === 0 ? led.stdout.toString("utf8").trim() : ref;
}

/** Names that git takes for something else than a branch. */
function isOther(name: string): boolean {
  return name.startsWith("-") || name.startsWith("refs/") || name === "HEAD" || name === "@";
}

export function unfit(branch: string, why: string, fix: string): TuttiError {
  return new TuttiError("WORKSPACE_UNFIT", `Cannot land on "${branch}": ${why}`, { fix });
}

/** Undefined when it is checked out nowhere. */
async function holderOf(
  { repository, env }: Where,
  ref: string,
  signal: AbortSignal,
): Promise<Holder | undefined> {
  const { git, root, gitDir } = repository;
  const branch = ref.replace(/^refs\/heads\//, "");
  const holders: Holder[] = [];
  const head = await git.run(["symbolic-ref", "--quiet", "HEAD"], { signal, ok: [0, 1] });
  if (head.stdout.toString("utf8").trim() === ref) holders.push(holder(root, gitDir, env));
  const { stdout } = await git.run(["worktree", "list", "--porcelain", "-z"], { signal });
  for (const entry of stdout.toString("utf8").split("\0\0")) {
    const lines = entry.split("\0");
    if (!lines.includes(`branch ${ref}`)) continue;
    const path = lines[0]?.replace(/^worktree /, "") ?? "";
    if (!existsSync(path))
      throw unfit(
        branch,
        `it is checked out at "${path}", which is not there`,
        "git worktree prune, if it is gone for good",
      );
    const own = await createGit({ env, cwd: path }).run(["rev-parse", "--absolute-git-dir"], { signal });
    const dir = own.stdout.toString("utf8").replace(/\n$/, "");
    if (!holders.some((known) => known.gitDir === dir)) holders.push(holder(realpathSync(path), dir, env));
  }
  if (holders.length > 1) {
    const places = holders.map((each) => each.root).join(" and ");
    throw unfit(
      branch,
      `it is checked out more than once: ${places}`,
      "switch to another branch in one of them",
    );
  }
  return holders[0];
}

function holder(root: string, gitDir: string, env: Where["env"]): Holder {
  const git = createGit({ env, cwd: root, gitDir, workTree: root, config: ["core.untrackedCache=keep"] });
  return { root, gitDir, git };
}

const underWay: readonly (readonly [file: string, what: string, fix: string])[] = [
  ["MERGE_HEAD", "a merge", "finish it (git commit) or give it up (git merge --abort)"],
  ["rebase-merge", "a rebase", "finish it (git rebase --continue) or give it up (git rebase --abort)"],
  [
    "rebase-apply",
    "a rebase",
    "finish it (git rebase --continue, git am --continue) or give it up (--abort)",
  ],
  ["CHERRY_PICK_HEAD", "a cherry-pick", "finish it (git cherry-pick --continue) or give it up (--abort)"],
  ["REVERT_HEAD", "a revert", "finish it (git revert --continue) or give it up (--abort)"],
  ["sequencer", "a row of cherry-picks", "finish it (git cherry-pick --continue) or give it up (--abort)"],
  ["BISECT_LOG", "a bisection", "end it (git bisect reset)"],
];

function refuseBusy(
  { commonDir }: Repository,
  {
    ref,
    branch,
    holder,
  }: { readonly ref: string; readonly branch: string; readonly holder: Holder | undefined },
): void {
  for (const [file, what, fix] of underWay)
    if (holder && existsSync(join(holder.gitDir, file)))
      throw unfit(branch, `${what} is under way in "${holder.root}"`, fix);
  if (holder && existsSync(join(holder.gitDir, "index.lock")))
    throw unfit(
      branch,
      `git is at work in "${holder.root}"`,
      `try again; if no git runs there, remove ${join(holder.gitDir, "index.lock")}`,
    );
  const admin = join(commonDir, "worktrees");
  const dirs = [commonDir, ...(existsSync(admin) ? readdirSync(admin).map((name) => join(admin, name)) : [])];
  for (const dir of dirs)
    if (
      ["rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START"].some((file) =>
        names(join(dir, file), { ref, branch }),
      )
    )
      throw unfit(branch, `a rebase or bisection of it is under way ("${dir}")`, "finish it or give it up");
}

function names(file: string, { ref, branch }: { readonly ref: string; readonly branch: string }): boolean {
  const text = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  return text === ref || text === branch;
}
