import { existsSync, readFileSync, realpathSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, parse, relative, resolve, sep } from "node:path";
import type { WorkspaceMode } from "../../core/workspace.ts";
import { TuttiError } from "../../errors.ts";
import { createGit, type Git } from "./git.ts";

/** The repository around a project, or tutti's own where there is none. */
export interface Repository {
  /** Bound to the repository: calls need no folder. With `workTree` and `index` they are about one tree. */
  readonly git: Git;
  /** Git folder of the project's working tree; absolute. */
  readonly gitDir: string;
  /** The same, or that of the main one when the project is a linked working tree. */
  readonly commonDir: string;
  /** Top folder of the project's working tree. */
  readonly root: string;
  /** The project's folder from there, with `/`; "" when it is the same. */
  readonly prefix: string;
  /** `own`: the project lies in no repository, its snapshots are kept in one of tutti's. */
  readonly kind: "user" | "own";
}

export interface RepositoryOptions {
  readonly projectDir: string;
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The repository that the project lies in; undefined when it lies in none. A bare one counts as one that is unfit. */
export async function findRepository(
  { projectDir, env }: Omit<RepositoryOptions, "stateDir">,
  signal: AbortSignal,
): Promise<Repository | undefined> {
  const project = realpathSync(projectDir);
  const around = createGit({ env, cwd: project });
  const asked = await around.run(
    ["rev-parse", "--path-format=absolute", "--is-bare-repository", "--absolute-git-dir", "--git-common-dir"],
    { signal, ok: [0, 128] },
  );
  if (asked.exitCode !== 0) {
    if (asked.stderr.includes("not a git repository")) return undefined;
    await around.run(["rev-parse", "--git-dir"], { signal });
    return undefined;
  }
  const [bare, gitDir, commonDir] = linesOf(asked.stdout);
  if (gitDir === undefined || commonDir === undefined)
    throw unfit(project, "git does not say where its repository is");
  if (bare === "true")
    throw unfit(project, "the repository is bare: it has no working tree", "clone it, and work in the clone");
  const inTree = await around.run(["rev-parse", "--show-toplevel"], { signal, ok: [0, 128] });
  const [root] = linesOf(inTree.stdout);
  if (root === undefined)
    throw unfit(project, "this is the inside of a git folder", "work in the project's own folder");
  return {
    git: createGit({ env, cwd: root, gitDir, workTree: root }),
    gitDir,
    commonDir,
    root,
    prefix: relative(root, project).split(sep).join("/"),
    kind: "user",
  };
}

// A line end in the path of a repository: nothing that git prints could be told apart, it would be refused below.
function linesOf(bytes: Buffer): readonly string[] {
  return bytes
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
}

/** Rejects WORKSPACE_UNFIT when no run can begin in the repository as it is now. */
export async function judge(repository: Repository, mode: WorkspaceMode, signal: AbortSignal): Promise<void> {
  if (repository.kind === "own") return;
  const { git, root } = repository;
  if (mode !== "shared" && (await headOf(repository, signal)).head === undefined)
    throw unfit(
      root,
      "the repository has no commit yet",
      "make a first one: git commit --allow-empty -m start",
    );
  const { stdout } = await git.run(["ls-files", "--unmerged", "-z"], { signal });
  const paths = [
    ...new Set(
      stdout
        .toString("utf8")
        .split("\0")
        .filter((entry) => entry !== "")
        .map((entry) => entry.slice(entry.indexOf("\t") + 1)),
    ),
  ];
  if (paths.length > 0)
    throw unfit(
      root,
      `a merge is not finished, ${paths.length === 1 ? "a file is" : "files are"} in conflict: ${paths.slice(0, 5).join(", ")}${paths.length > 5 ? ", …" : ""}`,
      "finish it (git add, git commit) or give it up (git merge --abort, git rebase --abort)",
    );
}

/** What is checked out in the project: absent parts are not there. */
export async function headOf(
  { git }: Repository,
  signal: AbortSignal,
): Promise<{ readonly head?: string; readonly branch?: string }> {
  const commit = await git.run(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], {
    signal,
    ok: [0, 1, 128],
  });
  const branch = await git.run(["symbolic-ref", "--quiet", "--short", "HEAD"], { signal, ok: [0, 1, 128] });
  return {
    ...(commit.exitCode === 0 ? { head: commit.stdout.toString("utf8").trim() } : {}),
    ...(branch.exitCode === 0 ? { branch: branch.stdout.toString("utf8").trim() } : {}),
  };
}

/** The full name of a commit that is in the repository; undefined when it is not. */
export async function commitIn(
  { git }: Repository,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await git.run(["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`], {
    signal,
    ok: [0, 1, 128],
  });
  return found.exitCode === 0 ? found.stdout.toString("utf8").trim() : undefined;
}

/** What a ref names that lies in a file of its own; undefined: it does not, or is not there. Asks no git. */
export function looseRef({ commonDir }: Repository, ref: string): string | undefined {
  try {
    return /^[0-9a-f]{40,64}(?=\n)/.exec(readFileSync(join(commonDir, ref), "latin1"))?.[0];
  } catch {
    return undefined;
  }
}

/** What a ref points to; undefined when there is no such ref. */
export async function readRef(
  { git }: Repository,
  ref: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await git.run(["rev-parse", "--verify", "--quiet", ref], { signal, ok: [0, 1, 128] });
  return found.exitCode === 0 ? found.stdout.toString("utf8").trim() : undefined;
}

/** A ref because of which there can be none of this name: one is a folder of the other. */
export async function refBeside(
  { git }: Repository,
  ref: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const parts = ref.split("/");
  const above = parts.map((_, at) => parts.slice(0, at).join("/")).slice(3);
  const { stdout } = await git.run(["for-each-ref", "--format=%(refname)", ref, ...above], { signal });
  const found = stdout.toString("utf8").split("\n");
  return found.find((name) => name.startsWith(`${ref}/`) || above.includes(name));
}

/** Whether the history of the second has the first, or they are the same. */
export async function isPartOf(
  { git }: Repository,
  [older, newer]: readonly [string, string],
  signal: AbortSignal,
): Promise<boolean> {
  const { exitCode } = await git.run(["merge-base", "--is-ancestor", older, newer], { signal, ok: [0, 1] });
  return exitCode === 0;
}

export interface RefUpdate {
  readonly ref: string;
  /** Absent: the ref goes. */
  readonly to?: string;
  /** What it has to be now; `null`: nothing. Absent: whatever it is. */
  readonly from?: string | null;
}

/** All of them or none. */
export async function updateRefs(
  repository: Repository,
  updates: readonly RefUpdate[],
  signal: AbortSignal,
): Promise<void> {
  await startRefUpdater(repository, signal).update(updates);
}

/** A process that waits for what it is to do, once: to start it takes longer. */
export interface RefUpdater {
  update(updates: readonly RefUpdate[]): Promise<void>;
  /** There is nothing to do after all. Resolves when the process is gone. */
  dismiss(): Promise<void>;
}

export function startRefUpdater({ git }: Repository, signal: AbortSignal): RefUpdater {
  const { promise: input, resolve: give } = Promise.withResolvers<string>();
  const ended = git.run(["update-ref", "-z", "--stdin"], { signal, input });
  const gone = ended.then(
    () => undefined,
    () => undefined,
  );
  return {
    async update(updates) {
      give(refInput(updates));
      await ended;
    },
    dismiss() {
      give("");
      return gone;
    },
  };
}

/** For `git update-ref -z --stdin`. */
export function refInput(updates: readonly RefUpdate[]): string {
  const zero = "0".repeat(updates.find(({ to }) => to !== undefined)?.to?.length ?? 40);
  return updates
    .map(({ ref, to, from }) => {
      const old = from === undefined ? "" : (from ?? zero);
      return to === undefined ? `delete ${ref}\0${old}\0` : `update ${ref}\0${to}\0${old}\0`;
    })
    .join("");
}

const leftOut = ["node_modules", ".tutti", ".git"];

function ownGitDir({ stateDir }: Pick<RepositoryOptions, "stateDir">): string {
  return resolve(stateDir, "snapshots.git");
}

export function hasOwnRepository(options: Pick<RepositoryOptions, "stateDir">): boolean {
  return existsSync(join(ownGitDir(options), "HEAD"));
}

/** Tutti's own repository for a project that lies in none; made when it is not there. */
export async function ownRepository(
  { projectDir, stateDir, env }: RepositoryOptions,
  signal: AbortSignal,
): Promise<Repository> {
  const root = realpathSync(projectDir);
  if (root === parse(root).root || root === homedir())
    throw unfit(
      root,
      "this is no folder of a project, everything in it would be kept",
      "work in a folder of its own",
    );
  const gitDir = ownGitDir({ stateDir });
  const config = ["core.autocrlf=false", "core.fileMode=true", "core.bare=false"];
  const git = createGit({ env, cwd: root, gitDir, workTree: root, config });
  if (!existsSync(join(gitDir, "HEAD")))
    await createGit({ env, cwd: root }).run(["init", "--quiet", "--bare", "--template=", gitDir], { signal });
  await writeRules(gitDir, excludesIn(root, stateDir));
  return { git, gitDir, commonDir: gitDir, root, prefix: "", kind: "own" };
}

function excludesIn(root: string, stateDir: string): readonly string[] {
  const state = relative(root, resolve(stateDir)).split(sep).join("/");
  const inside = state !== "" && !state.startsWith("..") && !isAbsolute(state);
  return [
    ...leftOut,
    ...(inside && !leftOut.includes(state) ? [`/${state.replaceAll(/[*?[\\ ]/g, String.raw`\$&`)}`] : []),
  ];
}

async function writeRules(gitDir: string, excludes: readonly string[]): Promise<void> {
  await mkdir(join(gitDir, "info"), { recursive: true });
  await writeFile(join(gitDir, "info", "exclude"), `${excludes.join("\n")}\n`);
  // Bytes as they are, whatever .gitattributes of the project say.
  await writeFile(
    join(gitDir, "info", "attributes"),
    "* -text -ident -filter -eol -crlf -working-tree-encoding\n",
  );
}

export function unfit(place: string, why: string, fix = "put the repository in order"): TuttiError {
  return new TuttiError("WORKSPACE_UNFIT", `Cannot use the repository at "${place}": ${why}`, { fix });
}
