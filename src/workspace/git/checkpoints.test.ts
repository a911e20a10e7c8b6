import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TreeSetup } from "../../language/workspace.ts";
import type { Workspace } from "../../ports/workspaces.ts";
import { gitDriver } from "../../../test/git-driver.ts";
import {
  photograph,
  plainGit,
  scratchRepository,
  type ScratchRepository,
} from "../../testing/scratch-repository.ts";

const signal = new AbortController().signal;
const note = { kind: "WORKFLOW-STEP", what: "completed", node: "build", attempt: 1, costUsd: 0.5 } as const;
let scratch: ScratchRepository;

beforeEach(() => {
  scratch = scratchRepository();
  scratch.commit("first", { ".gitignore": "*.log\n", a: "one\n", "dir/b": "two\n", "dir/é": "three\n" });
});
afterEach(() => scratch.remove());

function driver() {
  return gitDriver(scratch.dir);
}

async function begun(runId = "r1", setup: TreeSetup = {}, lane = "") {
  const workspaces = driver();
  const { commit: base } = await workspaces.base({ runId, name: "demo", mode: "run", setup }, signal);
  const request = { mode: "run" as const, place: { runId, lane }, from: base, setup, print: () => {} };
  return { workspaces, base, tree: await workspaces.open(request, signal) };
}

function put(tree: Pick<Workspace, "cwd">, path: string, text: string): void {
  mkdirSync(join(tree.cwd, path, ".."), { recursive: true });
  writeFileSync(join(tree.cwd, path), text);
}

describe("the list of checkpoints", () => {
  it("has all of a run, oldest first, with what is known of them, and none of another's", async () => {
    const { workspaces, tree, base } = await begun();
    put(tree, "a", "other\n");
    const saved = await tree.save(note, signal);
    await begun("r2");
    const found = await workspaces.list({ runId: "r1" }, signal);
    expect(found.map(({ commit }) => commit)).toEqual([base, saved.commit]);
    expect(found[0]).toMatchObject({
      kind: "PRE-WORKFLOW",
      number: 0,
      title: "PRE-WORKFLOW: demo - baseline before workflow execution",
    });
    expect(found[1]).toMatchObject({
      node: "build",
      attempt: 1,
      costUsd: 0.5,
      number: 1,
      place: { runId: "r1", lane: "" },
    });
    expect(await workspaces.list({}, signal)).toHaveLength(3);
  });

  it("is empty where nothing was kept", async () => {
    expect(await driver().list({}, signal)).toEqual([]);
  });

  it("knows runs and lanes of any name", async () => {
    const runId = "../..\nTutti-Run: x.lock";
    const { workspaces, tree } = await begun(runId, {}, "a/b [3]..~^:");
    put(tree, "a", "other\n");
    await tree.save(note, signal);
    const found = await workspaces.list({ runId }, signal);
    expect(found.at(-1)?.place).toEqual({ runId, lane: "a/b [3]..~^:" });
    scratch.git("fsck", "--strict");
  });
});

describe("the difference of checkpoints", () => {
  it("tells of each file what became of it, and gives a patch that git applies", async () => {
    const { workspaces, tree, base } = await begun();
    put(tree, "a", "one\nmore\n");
    put(tree, "new", "new\n");
    rmSync(join(tree.cwd, "dir/é"));
    const { commit: to } = await tree.save(note, signal);
    const { files, patch } = await workspaces.difference({ from: base, to, patch: true }, signal);
    expect(files).toEqual([
      { path: "a", change: "changed", added: 1, removed: 0 },
      { path: "dir/é", change: "deleted", added: 0, removed: 1 },
      { path: "new", change: "added", added: 1, removed: 0 },
    ]);
    execFileSync("git", ["apply", "--index"], { cwd: scratch.dir, env: plainGit, input: patch });
    expect(photograph(scratch.dir)).toEqual(photograph(tree.cwd));
  });

  it("tells of the tree as it is now, without a change to anything, and of some files only", async () => {
    const { workspaces, tree, base } = await begun();
    put(tree, "a", "not saved\n");
    put(tree, "dir/b", "not saved\n");
    const refs = scratch.git("for-each-ref");
    const place = { runId: "r1", lane: "" };
    const found = await workspaces.difference({ from: base, place, files: ["dir"] }, signal);
    expect(found.files).toEqual([{ path: "dir/b", change: "changed", added: 1, removed: 1 }]);
    expect(scratch.git("for-each-ref")).toBe(refs);
  });
});

describe("a checkpoint", () => {
  it("is written out whole into an empty folder only", async () => {
    const { workspaces, tree } = await begun();
    put(tree, "new/file", "new\n");
    const { commit } = await tree.save(note, signal);
    const dir = join(scratch.dir, ".tutti/out");
    await workspaces.writeOut({ commit, dir }, signal);
    expect(readFileSync(join(scratch.dir, ".tutti/.gitignore"), "utf8")).toBe("*\n");
    expect(photograph(dir)).toEqual(photograph(tree.cwd));
    const file = join(dir, "new/file");
    for (const into of [dir, file, join(file, "below")]) {
      const again = expect(workspaces.writeOut({ commit, dir: into }, signal)).rejects;
      await again.toMatchObject({ code: "WORKSPACE_UNFIT", fix: "name a new folder" });
    }
  });

  it("is a commit of a branch, too, where that is wished; not of one that somebody works on", async () => {
    const { tree } = await begun("r1", { commits: "branch" });
    put(tree, "a", "other\n");
    const { commit } = await tree.save(note, signal);
    expect(scratch.git("rev-parse", "tutti/r1")).toBe(commit);
    scratch.git("checkout", "--quiet", "tutti/r1");
    const held = await begun("r1", { commits: "branch" });
    await held.tree.save(note, signal);
    expect(scratch.git("rev-parse", "tutti/r1")).toBe(commit);
  });

  it("is not begun where git has no place for that branch, and nothing is written", async () => {
    scratch.git("branch", "tutti");
    await expect(begun("r9", { commits: "branch" })).rejects.toThrow(
      'git has no place for the branch "tutti/r9" beside "tutti"',
    );
    expect(existsSync(join(scratch.dir, ".tutti/worktrees/r9"))).toBe(false);
  });

  it("says what it cannot hold: the files of a repository inside", async () => {
    const { tree } = await begun();
    mkdirSync(join(tree.cwd, "inner"));
    execFileSync("git", ["init", "--quiet", "inner"], { cwd: tree.cwd, env: plainGit });
    put(tree, "inner/n", "n\n");
    const { commit } = await tree.save(note, signal);
    expect(scratch.git("log", "-1", "--format=%B", commit)).toContain("Not-Covered: inner");
    expect(existsSync(join(tree.cwd, "inner/n"))).toBe(true);
  });
});

describe("a repository that a step makes inside", () => {
  const makeInner = (cwd: string): void => {
    mkdirSync(join(cwd, "nest"));
    const git = (...args: readonly string[]): Buffer =>
      execFileSync("git", args, { cwd: join(cwd, "nest"), env: plainGit });
    git("init", "--quiet");
    put({ cwd }, "nest/n", "n\n");
    git("add", "n");
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "n");
  };

  it("leaves nothing in a checkpoint, and that is said once", async () => {
    const { tree, workspaces, base } = await begun();
    makeInner(tree.cwd);
    put(tree, "a", "other\n");
    const saved = await tree.save(note, signal);
    expect(saved.files).toEqual(["a"]);
    expect(saved.notKept).toEqual(["nest/ is a repository of its own: its files are in no checkpoint"]);
    expect(scratch.git("ls-tree", "-r", saved.commit)).not.toContain("160000");
    expect(scratch.git("log", "-1", "--format=%B", saved.commit)).toContain("Not-Covered: nest");
    const again = await tree.save(note, signal);
    expect(again).toMatchObject({ files: [] });
    expect(again).not.toHaveProperty("notKept");
    const place = { runId: "r1", lane: "" };
    const found = await workspaces.difference({ from: base, place }, signal);
    expect(found.files.map(({ path }) => path)).toEqual(["a"]);
    expect((await tree.restore({ commit: base, note }, signal)).files).toEqual(["a"]);
    expect(readFileSync(join(tree.cwd, "nest/n"), "utf8")).toBe("n\n");
  });

  it("is not taken in either after a process that died while it looked", async () => {
    const { tree } = await begun();
    await tree.save(note, signal);
    const index = join(scratch.dir, ".tutti/worktrees/r1/run.index");
    copyFileSync(index, `${index}.before`);
    makeInner(tree.cwd);
    execFileSync("git", ["add", "--all"], { cwd: tree.cwd, env: { ...plainGit, GIT_INDEX_FILE: index } });
    const saved = await tree.save(note, signal);
    expect(saved.files).toEqual([]);
    expect(saved.notKept).toHaveLength(1);
    expect(scratch.git("ls-tree", "-r", saved.commit)).not.toContain("160000");
  });
});

it("a submodule that goes to a commit which no remote of it has is told", async () => {
  const inner = ["-C", "sub", "-c", "user.name=a", "-c", "user.email=a@b"];
  scratch.git("init", "--quiet", "sub");
  scratch.git(...inner, "commit", "--quiet", "--allow-empty", "-m", "one");
  scratch.git("add", "sub");
  scratch.git("commit", "--quiet", "-m", "sub");
  const workspaces = driver();
  const shared = { mode: "shared", setup: {} } as const;
  const { commit: from } = await workspaces.base({ runId: "r1", name: "demo", ...shared }, signal);
  const place = { runId: "r1", lane: "" };
  const tree = await workspaces.open({ ...shared, place, from, print: () => {} }, signal);
  scratch.git(...inner, "commit", "--quiet", "--allow-empty", "-m", "two");
  const { files, notKept } = await tree.save(note, signal);
  const at = scratch.git("-C", "sub", "rev-parse", "HEAD").trim().slice(0, 12);
  expect(files).toEqual(["sub"]);
  expect(notKept).toEqual([`sub/ is at commit ${at}, which no remote of it has`]);
});

describe("a restore", () => {
  it("is refused when what git ignores lies in the way, and changes nothing then", async () => {
    const { tree, base } = await begun();
    put(tree, "out", "a file\n");
    const { commit } = await tree.save(note, signal);
    await tree.restore({ commit: base, note }, signal);
    put(tree, "out/x.log", "ignored\n");
    const before = photograph(tree.cwd);
    const tip = tree.tip;
    await expect(tree.restore({ commit, note }, signal)).rejects.toMatchObject({
      code: "WORKSPACE_UNFIT",
      message: expect.stringContaining("in the way: out/x.log") as string,
    });
    expect(photograph(tree.cwd)).toEqual(before);
    expect(tree.tip).toBe(tip);
  });

  it("that was cut off is ended by the next to open, and what people changed meanwhile is a checkpoint", async () => {
    const { tree, base } = await begun();
    put(tree, "a", "other\n");
    const { commit } = await tree.save(note, signal);
    const index = readFileSync(join(scratch.dir, ".tutti/worktrees/r1/run.index"));
    await tree.restore({ commit: base, note }, signal);
    // as it is when the process dies before the files follow, and somebody edits one of them
    writeFileSync(join(scratch.dir, ".tutti/worktrees/r1/run.index"), index);
    scratch.git("update-ref", "refs/tutti/r1/moving/run", tree.tip);
    put(tree, "a", "by hand\n");
    const again = await begun();
    expect(readFileSync(join(again.tree.cwd, "a"), "utf8")).toBe("one\n");
    const found = (await again.workspaces.list({ runId: "r1" }, signal)).at(-2);
    expect(found?.title).toBe("WORKFLOW-RECOVERY: found while the tree was being put back in r1");
    expect(scratch.at(found?.commit ?? "", "a")).toBe("by hand\n");
    expect(scratch.at(commit, "a")).toBe("other\n");
    expect(scratch.git("for-each-ref", "refs/tutti/r1/moving")).toBe("");
  });
});
