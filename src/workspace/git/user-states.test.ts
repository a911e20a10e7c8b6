import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { gitDriver } from "../../../test/git-driver.ts";
import { photograph, plainGit } from "../../testing/scratch-repository.ts";

const signal = new AbortController().signal;
const note = { kind: "WORKFLOW-STEP", what: "completed", node: "n" } as const;
const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function newDir(): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "tutti-states-")));
  dirs.push(dir);
  return dir;
}

const asAda = {
  ...plainGit,
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.org",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.org",
  GIT_EDITOR: "true",
  GIT_SEQUENCE_EDITOR: "sed -i 1s/pick/edit/",
};

/** Runs lines of a shell there; they may fail. */
function shell(dir: string, lines: string): void {
  try {
    execFileSync("sh", ["-c", lines], { cwd: dir, env: asAda, stdio: "pipe" });
  } catch (error) {
    if (!lines.includes("# fails")) throw error;
  }
}

function gitIn(dir: string, ...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: dir, env: plainGit, encoding: "utf8", stdio: "pipe" });
}

const start = `git init --quiet --initial-branch=main
printf '.tutti\\nignored\\n' > .gitignore; echo a > a; mkdir -p dir other; echo b > dir/b; echo c > other/c; ln -s a link
git add . && git commit --quiet -m first
echo a2 >> a; git commit --quiet -am second`;

const branches = `${start}
git checkout --quiet -b side; echo side > dir/b; git commit --quiet -am side; git checkout --quiet main`;
const clash = `${branches}
echo main > dir/b; git commit --quiet -am main`;

interface State {
  readonly name: string;
  /** Makes it, in an empty folder. */
  readonly make: string;
  /** The project's folder from there. */
  readonly project?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Why it is refused. */
  readonly refused?: RegExp;
  /** Only in this mode. */
  readonly refusedIn?: "run" | "shared";
}

const hook =
  'mkdir -p .git/hooks; for hook in post-index-change reference-transaction post-checkout pre-commit pre-auto-gc; do printf \'#!/bin/sh\\ntouch "%s/hook-ran"; exit 1\\n\' "$PWD" > .git/hooks/$hook; chmod +x .git/hooks/$hook; done';

const states: readonly State[] = [
  { name: "nothing changed", make: start },
  {
    name: "staged, other than in the tree",
    make: `${start}; echo s > a; git add a; echo t > a; git rm -q --cached dir/b; git mv other/c other/d`,
  },
  {
    name: "changed, deleted and untracked, not staged",
    make: `${start}; echo t > a; rm dir/b; echo n > new; echo i > ignored`,
  },
  { name: "added without content", make: `${start}; echo n > new; git add --intent-to-add new` },
  {
    name: "a merge that waits for its commit",
    make: `${branches}; git merge --quiet --no-commit --no-ff side`,
  },
  { name: "a merge with conflicts", make: `${clash}; git merge side # fails`, refused: /conflict: dir\/b/ },
  { name: "a rebase that has stopped", make: `${branches}; git rebase --quiet -i HEAD~1` },
  { name: "a rebase with conflicts", make: `${clash}; git rebase --quiet side # fails`, refused: /conflict/ },
  { name: "a cherry-pick that waits", make: `${branches}; git cherry-pick --no-commit side` },
  { name: "a detached head", make: `${start}; git checkout --quiet --detach HEAD~1` },
  { name: "a bare repository", make: "git init --quiet --bare", refused: /bare/ },
  { name: "no commit yet", make: "git init --quiet; echo a > a", refused: /no commit yet/, refusedIn: "run" },
  {
    name: "the inside of a git folder",
    make: start,
    project: ".git/objects",
    refused: /inside of a git folder/,
  },
  {
    name: "a shallow clone",
    make: `mkdir up; (cd up; ${start}); git clone --quiet --depth 1 "file://$PWD/up" down`,
    project: "down",
  },
  {
    name: "a sparse checkout",
    make: `${start}; git sparse-checkout set --cone dir; echo more >> dir/b; mkdir other; echo n > other/new`,
  },
  {
    name: "a sparse index",
    make: `${start}; git sparse-checkout set --cone --sparse-index dir; echo more >> dir/b`,
  },
  {
    name: "a linked working tree",
    make: `mkdir main; cd main; ${start}; git worktree add --quiet ../linked -b linked; cd ../linked; echo l > a; git add a`,
    project: "linked",
  },
  {
    name: "a working tree of a working tree",
    make: `mkdir main; cd main; ${start}; git worktree add --quiet ../one; cd ../one; git worktree add --quiet ../two; echo l > ../two/a`,
    project: "two",
  },
  { name: "a folder below the top", make: `${start}; echo n > dir/new; echo t > a`, project: "dir" },
  {
    name: "a submodule",
    make: `mkdir up; (cd up; ${start}); git init --quiet top; cd top; git -c protocol.file.allow=always submodule --quiet add ../up sub; echo t > sub/a`,
    project: "top/sub",
  },
  {
    name: "a submodule inside",
    make: `mkdir up; (cd up; ${start}); git init --quiet top; cd top; git -c protocol.file.allow=always submodule --quiet add ../up sub; git commit --quiet -m sub; echo t > sub/a`,
    project: "top",
  },
  {
    name: "files that git was told not to look at",
    make: `${start}; git update-index --assume-unchanged a; git update-index --skip-worktree dir/b; echo t > a; echo t > dir/b`,
  },
  {
    name: "a repository inside that has no commit",
    make: `${start}; git init --quiet inner; echo n > inner/n; echo t > a`,
  },
  {
    name: "a repository inside",
    make: `${start}; git init --quiet inner; cd inner; git commit --quiet --allow-empty -m i; echo n > n`,
  },
  { name: "hooks that fail and tell", make: `${start}; ${hook}; echo t > a` },
  {
    name: "commits to be signed by a program that is not there",
    make: `${start}; git config commit.gpgSign true; git config gpg.program /nonexistent; echo t > a`,
  },
  {
    name: "settings for speed",
    make: `${start}; git config core.untrackedCache true; git config core.splitIndex true; git config feature.manyFiles true; git update-index --split-index --untracked-cache; echo t > a`,
  },
  {
    name: "line ends of Windows",
    make: `${start}; git config core.autocrlf true; git config core.safecrlf true; printf 'one\\r\\ntwo\\n' > a; printf 'x\\r\\n' > new`,
  },
  {
    name: "other hashes",
    make: `git init --quiet --object-format=sha256; ${start.replace("git init --quiet --initial-branch=main", "")}; echo t > a`,
  },
  { name: "a log of every ref", make: `${start}; git config core.logAllRefUpdates always; echo t > a` },
  {
    name: "a call from one of git's own hooks",
    make: `${start}; echo t > a`,
    env: {
      GIT_DIR: "/nonexistent/.git",
      GIT_INDEX_FILE: "/nonexistent/index",
      GIT_WORK_TREE: "/nonexistent",
      GIT_PREFIX: "x/",
    },
  },
  {
    name: "a filter whose program is not there",
    make: `${start}; git config filter.x.clean /nonexistent; git config filter.x.required true; echo 'a filter=x' > .gitattributes; echo t > a`,
    refused: /filter/,
  },
];

function users(dir: string): unknown {
  const git = gitIn(dir, "rev-parse", "--absolute-git-dir").trim();
  const common = gitIn(dir, "rev-parse", "--path-format=absolute", "--git-common-dir").trim();
  const read = (path: string): string => (existsSync(path) ? readFileSync(path, "latin1") : "");
  return {
    index: read(join(git, "index")),
    head: read(join(git, "HEAD")) + read(join(git, "MERGE_HEAD")) + read(join(git, "logs/HEAD")),
    config: read(join(common, "config")) + read(join(git, "config.worktree")),
    sparse: read(join(git, "info/sparse-checkout")),
    refs: gitIn(dir, "for-each-ref")
      .split("\n")
      .filter((line) => !line.includes("refs/tutti/")),
    logs: existsSync(join(common, "logs/refs/tutti")),
    files: photograph(dir),
  };
}

/** What the step does not take away. */
const left = /^(inner|sub|node_modules)\/|^(\.gitignore|ignored)$/;

async function story(projectDir: string, mode: "run" | "shared", env: State["env"] = {}): Promise<void> {
  const driver = gitDriver(projectDir, { env: { ...plainGit, ...env }, own: plainGit });
  const { commit: from } = await driver.base({ runId: "r", name: "w", mode, setup: {} }, signal);
  const place = { runId: "r", lane: "" };
  const tree = await driver.open({ mode, place, from, setup: {}, print: () => {} }, signal);
  const before = photograph(tree.cwd);
  mkdirSync(join(tree.cwd, "step"), { recursive: true });
  writeFileSync(join(tree.cwd, "step/made"), "by the step\n");
  chmodSync(join(tree.cwd, "step/made"), 0o755);
  for (const path of Object.keys(before).filter((name) => !left.test(name))) rmSync(join(tree.cwd, path));
  const edited = photograph(tree.cwd);
  const saved = await tree.save(note, signal);
  await tree.restore({ commit: from, note }, signal);
  expect(photograph(tree.cwd)).toEqual(before);
  await tree.restore({ commit: saved.commit, note }, signal);
  expect(photograph(tree.cwd)).toEqual(edited);
  await tree.restore({ commit: from, note }, signal);
  expect(photograph(tree.cwd)).toEqual(before);
}

describe.each<"run" | "shared">(["run", "shared"])("in mode %s, a project with", (mode) => {
  const isRefused = ({ refused, refusedIn = mode }: State): boolean =>
    refused !== undefined && refusedIn === mode;

  it.each(states.filter((state) => !isRefused(state)))(
    "$name is kept exactly and otherwise left alone",
    async ({ make, project = ".", env }) => {
      const top = newDir();
      shell(top, make);
      const dir = join(top, project);
      const before = users(dir);
      await story(dir, mode, env);
      expect(users(dir)).toEqual(before);
      gitIn(dir, "fsck", "--strict");
      expect(existsSync(join(top, "hook-ran"))).toBe(false);
    },
  );

  it.each(states.filter(isRefused))(
    "$name is refused, with a reason",
    async ({ make, project = ".", refused }) => {
      const top = newDir();
      shell(top, make);
      const dir = join(top, project);
      const refusal = expect(story(dir, mode)).rejects;
      await refusal.toMatchObject({
        code: "WORKSPACE_UNFIT",
        message: expect.stringMatching(refused ?? /./) as string,
      });
      expect(existsSync(join(top, ".git/refs/tutti"))).toBe(false);
    },
  );
});

describe("without a repository", () => {
  it("refuses a tree of a run's own, and the home folder", async () => {
    const dir = newDir();
    writeFileSync(join(dir, "a"), "a\n");
    await expect(story(dir, "run")).rejects.toMatchObject({ code: "WORKSPACE_UNFIT" });
    await expect(story(dir, "shared")).resolves.toBeUndefined();
  });

  it("says so when there is no git", async () => {
    const dir = newDir();
    const refusal = expect(story(dir, "shared", { PATH: "/nonexistent" })).rejects;
    await refusal.toMatchObject({
      code: "WORKSPACE_UNFIT",
      fix: expect.stringMatching(/install git/) as string,
    });
  });

  it("keeps bytes as they are, and leaves out what is installed", async () => {
    const dir = newDir();
    shell(
      dir,
      "mkdir node_modules; echo x > node_modules/x; printf 'a\\r\\n' > a; echo '* text eol=lf' > .gitattributes",
    );
    const before = photograph(dir);
    await story(dir, "shared");
    expect(photograph(dir)).toEqual(before);
    expect(
      gitIn(dir, "--git-dir", ".tutti/snapshots.git", "ls-tree", "-r", "--name-only", "refs/tutti/r/base"),
    ).toBe(".gitattributes\na\n");
  });
});
