import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { gitIn, gitProject, scratchFolder } from "../../testing/git-project.ts";
import { plainGit, type ScratchRepository } from "../../testing/scratch-repository.ts";
import { findRepository, type Repository } from "./repository.ts";
import { adminOf, dropTree, isHalf, makeTree } from "./worktree.ts";

const signal = new AbortController().signal;

interface Project extends ScratchRepository {
  readonly repository: () => Promise<Repository>;
}

function project(): Project {
  const made = gitProject({ "a.txt": "a\n", "deep/b.txt": "b\n" });
  return { ...made, repository: () => found(made.dir) };
}

async function found(projectDir: string): Promise<Repository> {
  const repository = await findRepository({ projectDir, env: plainGit }, signal);
  if (!repository) throw new Error("no repository");
  return repository;
}

const head = (made: Project): string => made.git("rev-parse", "HEAD");
const treeIn = (made: Project): string => join(made.dir, ".tutti", "worktrees", "r1", "run");

/** What git says in the tree, with its own index. */
const inTree = (dir: string, ...args: string[]): string => gitIn(dir)(...args);

it("makes a whole tree that git knows, clean in its own index and in the private one", async () => {
  const made = project();
  const dir = treeIn(made);
  const repository = await made.repository();
  await makeTree(repository, { dir, commit: head(made) }, signal);
  expect(readFileSync(join(dir, "deep/b.txt"), "utf8")).toBe("b\n");
  expect(inTree(dir, "status", "--porcelain")).toBe("");
  expect(inTree(dir, "rev-parse", "--show-toplevel").trim()).toBe(dir);
  expect(inTree(dir, "rev-parse", "--abbrev-ref", "HEAD").trim()).toBe("HEAD");
  const call = { signal, workTree: dir, index: `${dir}.index` };
  expect((await repository.git.run(["status", "--porcelain"], { ...call, cwd: dir })).stdout.toString()).toBe(
    "",
  );
  expect(made.git("worktree", "list", "--porcelain")).toContain(`locked tutti works in ${dir}`);
  expect(made.git("stash", "list") + made.git("branch", "--list")).toBe("* main");
});

it("leaves a whole tree as it is", async () => {
  const made = project();
  const dir = treeIn(made);
  const repository = await made.repository();
  await makeTree(repository, { dir, commit: head(made) }, signal);
  writeFileSync(join(dir, "a.txt"), "changed\n");
  await makeTree(repository, { dir, commit: head(made) }, signal);
  expect(readFileSync(join(dir, "a.txt"), "utf8")).toBe("changed\n");
});

it("runs no hook of the user's, and follows no sparse checkout", async () => {
  const made = project();
  made.git("sparse-checkout", "set", "--no-cone", "/a.txt");
  for (const hook of ["post-checkout", "reference-transaction", "post-index-change"]) {
    writeFileSync(join(made.dir, ".git/hooks", hook), `#!/bin/sh\ntouch "${made.dir}/hooked"\n`);
    chmodSync(join(made.dir, ".git/hooks", hook), 0o755);
  }
  const config = readFileSync(join(made.dir, ".git/config"), "utf8");
  const dir = treeIn(made);
  await makeTree(await made.repository(), { dir, commit: head(made) }, signal);
  expect(existsSync(join(dir, "deep/b.txt"))).toBe(true);
  expect(existsSync(join(made.dir, "hooked"))).toBe(false);
  expect(readFileSync(join(made.dir, ".git/config"), "utf8")).toBe(config);
});

it("begins again where making was cut off, whatever lies there", async () => {
  const made = project();
  const dir = treeIn(made);
  const repository = await made.repository();
  await makeTree(repository, { dir, commit: head(made) }, signal);
  writeFileSync(`${dir}.making`, "");
  rmSync(`${dir}.index`);
  rmSync(join(dir, "a.txt"));
  expect(isHalf(dir)).toBe(true);
  await makeTree(repository, { dir, commit: head(made) }, signal);
  expect(isHalf(dir)).toBe(false);
  expect(inTree(dir, "status", "--porcelain")).toBe("");
  expect(made.git("worktree", "list").split("\n")).toHaveLength(2);
});

it("begins again after a cut that left git's own part half written", async () => {
  const made = project();
  const dir = treeIn(made);
  const repository = await made.repository();
  await makeTree(repository, { dir, commit: head(made) }, signal);
  writeFileSync(`${dir}.making`, "");
  rmSync(dir, { recursive: true });
  rmSync(join(made.dir, ".git/worktrees/run/gitdir"));
  await makeTree(repository, { dir, commit: head(made) }, signal);
  expect(inTree(dir, "status", "--porcelain")).toBe("");
  expect(made.git("worktree", "list").split("\n")).toHaveLength(2);
});

it("makes the tree again when somebody deleted its folder", async () => {
  const made = project();
  const dir = treeIn(made);
  const repository = await made.repository();
  await makeTree(repository, { dir, commit: head(made) }, signal);
  rmSync(dir, { recursive: true });
  await makeTree(repository, { dir, commit: head(made) }, signal);
  expect(inTree(dir, "status", "--porcelain")).toBe("");
  expect(made.git("worktree", "list").split("\n")).toHaveLength(2);
});

it.each([
  ["the link in the tree", (dir: string, root: string) => rmSync(join(dir, ".git"), { force: root !== "" })],
  ["git's part", (_: string, root: string) => rmSync(join(root, ".git/worktrees"), { recursive: true })],
])("links a tree again whose %s is gone, without touching a file", async (_, damage) => {
  const made = project();
  const dir = treeIn(made);
  const repository = await made.repository();
  await makeTree(repository, { dir, commit: head(made) }, signal);
  writeFileSync(join(dir, "a.txt"), "work\n");
  damage(dir, made.dir);
  await makeTree(repository, { dir, commit: head(made) }, signal);
  expect(inTree(dir, "status", "--porcelain")).toBe(" M a.txt\n");
  expect(made.git("worktree", "list").split("\n")).toHaveLength(2);
});

it("links a tree again in which somebody made a repository in place of the link, which is kept beside it", async () => {
  const made = project();
  const dir = treeIn(made);
  const repository = await made.repository();
  await makeTree(repository, { dir, commit: head(made) }, signal);
  writeFileSync(join(dir, "a.txt"), "work\n");
  for (const aside of [`${dir}.repository1`, `${dir}.repository2`]) {
    rmSync(join(dir, ".git"));
    inTree(dir, "init", "--quiet");
    inTree(dir, "add", "--all");
    expect(await makeTree(repository, { dir, commit: head(made) }, signal)).toBe(aside);
    expect(existsSync(join(aside, "index"))).toBe(true);
    expect(inTree(dir, "status", "--porcelain")).toBe(" M a.txt\n");
    expect(await makeTree(repository, { dir, commit: head(made) }, signal)).toBeUndefined();
  }
  expect(made.git("worktree", "list").split("\n")).toHaveLength(2);
});

it("links a tree again after the whole project was moved", async () => {
  const made = project();
  await makeTree(await made.repository(), { dir: treeIn(made), commit: head(made) }, signal);
  writeFileSync(join(treeIn(made), "a.txt"), "work\n");
  const root = join(scratchFolder(), "else where");
  renameSync(made.dir, root);
  const dir = join(root, ".tutti", "worktrees", "r1", "run");
  await makeTree(await found(root), { dir, commit: inTree(root, "rev-parse", "HEAD").trim() }, signal);
  expect(inTree(dir, "status", "--porcelain")).toBe(" M a.txt\n");
  expect(inTree(root, "worktree", "list").trim().split("\n")).toHaveLength(2);
});

it("takes a tree away and leaves those of other people", async () => {
  const made = project();
  const dir = treeIn(made);
  const repository = await made.repository();
  const other = join(scratchFolder(), "run");
  made.git("worktree", "add", "-q", "--detach", other);
  await makeTree(repository, { dir, commit: head(made) }, signal);
  mkdirSync(join(dir, "sealed"));
  writeFileSync(join(dir, "sealed", "x"), "");
  chmodSync(join(dir, "sealed"), 0o555);
  rmSync(other, { recursive: true });
  await dropTree(repository, dir);
  expect(existsSync(dir)).toBe(false);
  expect(existsSync(`${dir}.index`)).toBe(false);
  expect(made.git("worktree", "list")).toContain(other);
  expect(made.git("worktree", "list").split("\n")).toHaveLength(2);
});

it("leaves no folder for working trees where there was none", async () => {
  const made = project();
  const dir = treeIn(made);
  const repository = await made.repository();
  await makeTree(repository, { dir, commit: head(made) }, signal);
  rmSync(dir, { recursive: true });
  await dropTree(repository, dir);
  expect(existsSync(join(made.dir, ".git/worktrees"))).toBe(false);
});

it("does not take a repository inside the tree, or around it, for its own", async () => {
  const made = project();
  const repository = await made.repository();
  const dir = treeIn(made);
  mkdirSync(dir, { recursive: true });
  expect(adminOf(repository, dir)).toBeUndefined();
  inTree(dir, "init", "-q");
  expect(adminOf(repository, dir)).toBeUndefined();
});

it("makes trees of a project that is itself a linked working tree, side by side", async () => {
  const made = project();
  const root = join(scratchFolder(), "linked and 'odd'");
  made.git("worktree", "add", "-q", "--detach", root);
  const repository = await found(root);
  const dirs = ["x", "y", "z"].map((name) => join(root, ".tutti", name, "run"));
  await Promise.all(dirs.map((dir) => makeTree(repository, { dir, commit: head(made) }, signal)));
  for (const dir of dirs) expect(inTree(dir, "status", "--porcelain")).toBe("");
});

it("makes and takes away many trees at once, also while others take the empty folder of trees away", async () => {
  const made = project();
  const repository = await made.repository();
  const commit = head(made);
  const folder = join(made.dir, ".git/worktrees");
  const spin = `const { rmdirSync } = require("node:fs"); for (;;) try { rmdirSync(process.argv[1]); } catch {}`;
  const other = spawn(process.execPath, ["-e", spin, folder], { stdio: "ignore" });
  const again = async (name: string): Promise<void> => {
    const dir = join(made.dir, ".tutti", "worktrees", "r1", name);
    for (let times = 0; times < 12; times += 1) {
      await makeTree(repository, { dir, commit }, signal);
      await dropTree(repository, dir);
    }
  };
  try {
    const ended = await Promise.allSettled(["a", "b", "c", "d"].map(again));
    expect(ended.filter(({ status }) => status === "rejected")).toEqual([]);
  } finally {
    other.kill("SIGKILL");
  }
  expect(existsSync(folder)).toBe(false);
}, 120_000);

it("stops when it is told to, and goes on the next time", async () => {
  const made = project();
  const dir = treeIn(made);
  const repository = await made.repository();
  const stop = new AbortController();
  const making = makeTree(repository, { dir, commit: head(made) }, stop.signal);
  stop.abort(new RangeError("enough"));
  await expect(making).rejects.toThrow("enough");
  await makeTree(repository, { dir, commit: head(made) }, signal);
  expect(inTree(dir, "status", "--porcelain")).toBe("");
});
