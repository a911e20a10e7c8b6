import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { signal, treeEnv } from "../../../test/tree-scene.ts";
import type { TreeSetup } from "../../language/workspace.ts";
import type { Checkpoints } from "../../ports/checkpoints.ts";
import type { Workspace, Workspaces } from "../../ports/workspaces.ts";
import { gitDriver } from "../../../test/git-driver.ts";
import { gitIn, gitProject, scratchFolder } from "../../testing/git-project.ts";
import type { ScratchRepository } from "../../testing/scratch-repository.ts";
import { readJson } from "./json-file.ts";
import { lsofPlaces } from "./workers.ts";

interface Scene extends ScratchRepository {
  readonly driver: Workspaces & Checkpoints;
  /** As another process has it. */
  readonly other: () => Workspaces & Checkpoints;
  readonly open: (lane?: string, setup?: TreeSetup) => Promise<Workspace>;
  readonly trees: () => Promise<Readonly<Record<string, readonly string[]>>>;
}

function scene(): Scene {
  const made = gitProject({ "a.txt": "a\n", ".gitignore": "*.log\n" });
  const other = () => gitDriver(made.dir, { env: treeEnv });
  const driver = other();
  return {
    ...made,
    driver,
    other,
    open: async (lane = "", setup = {}) => {
      const { commit } = await driver.base({ runId: "r1", name: "w", mode: "run", setup }, signal);
      const place = { runId: "r1", lane };
      return driver.open({ mode: "run", place, from: commit, setup, print: () => {} }, signal);
    },
    trees: async () => {
      const found = await other().trees({}, signal);
      return Object.fromEntries(found.map(({ place, unsaved }) => [place.lane, unsaved]));
    },
  };
}

const place = { runId: "r1", lane: "" };
const unsavedError = { code: "WORKSPACE_UNSAVED" };

it("finds nothing where no run had a tree, and makes nothing", async () => {
  const made = scene();
  expect(await made.driver.trees({}, signal)).toEqual([]);
  expect(await made.driver.tidy(() => true, signal)).toEqual([]);
  expect(existsSync(join(made.dir, ".tutti"))).toBe(false);
});

it("tells all trees with what is in no checkpoint, and changes nothing by looking", async () => {
  const made = scene();
  const own = await made.open();
  const lane = await made.open("fix/[1] a");
  writeFileSync(join(lane.cwd, "new\nname.txt"), "new\n");
  writeFileSync(join(lane.cwd, "x.log"), "ignored\n");
  rmSync(join(lane.cwd, "a.txt"));
  const refs = made.git("for-each-ref");
  const index = readFileSync(`${own.cwd}.index`);
  expect(await made.trees()).toEqual({ "": [], "fix/[1] a": ["a.txt", "new\nname.txt"] });
  expect(made.git("for-each-ref")).toBe(refs);
  expect(readFileSync(`${own.cwd}.index`)).toEqual(index);
  await lane.save({ kind: "WORKFLOW-STEP", what: "completed" }, signal);
  expect((await made.trees())["fix/[1] a"]).toEqual([]);
  expect(await made.driver.trees({ runId: "r2" }, signal)).toEqual([]);
});

it("sees a change that git takes for none: line ends", async () => {
  const made = scene();
  made.commit("rules", { ".gitattributes": "* text=auto\n" });
  const tree = await made.open();
  writeFileSync(join(tree.cwd, "a.txt"), "a\r\n");
  expect(await made.trees()).toEqual({ "": ["a.txt"] });
  expect(await made.trees()).toEqual({ "": ["a.txt"] });
});

it("takes a tree away with everything beside it; its checkpoints stay and it is made again from them", async () => {
  const made = scene();
  const tree = await made.open("", { ports: 2 });
  writeFileSync(join(tree.cwd, "b.txt"), "b\n");
  const { commit } = await tree.save({ kind: "WORKFLOW-STEP", what: "completed" }, signal);
  await made.driver.remove(place, signal);
  expect(existsSync(join(made.dir, ".tutti", "worktrees", "r1"))).toBe(false);
  expect(readJson(join(made.dir, ".tutti", "ports.json"))).toEqual([]);
  expect(made.git("worktree", "list").split("\n")).toHaveLength(1);
  const again = await made.open();
  expect(again.tip).toBe(commit);
  expect(readFileSync(join(again.cwd, "b.txt"), "utf8")).toBe("b\n");
});

it("never takes away what is in no checkpoint, and says how it is kept", async () => {
  const made = scene();
  const tree = await made.open();
  writeFileSync(join(tree.cwd, "b.txt"), "b\n");
  await expect(made.driver.remove(place, signal)).rejects.toMatchObject({
    ...unsavedError,
    message: `Cannot take away the working tree "${tree.cwd}": in no checkpoint is b.txt`,
    fix: expect.stringContaining("tutti doctor --clean --save") as string,
  });
  await expect(made.other().remove(place, signal)).rejects.toMatchObject(unsavedError);
  expect(readFileSync(join(tree.cwd, "b.txt"), "utf8")).toBe("b\n");
});

it("a repository inside counts until a remote has what is in it", async () => {
  const made = scene();
  const tree = await made.open();
  const far = gitProject({ "x.txt": "x\n" });
  gitIn(tree.cwd)("clone", "-q", far.dir, "vendor");
  const vendor = gitIn(join(tree.cwd, "vendor"));
  await tree.save({ kind: "WORKFLOW-STEP", what: "completed" }, signal);
  expect(await made.trees()).toEqual({ "": [] });
  writeFileSync(join(tree.cwd, "vendor", "y.txt"), "y\n");
  expect(await made.trees()).toEqual({ "": ["vendor/"] });
  vendor("add", "-A");
  vendor("-c", "user.name=U", "-c", "user.email=u@e", "commit", "-qm", "mine");
  await tree.save({ kind: "WORKFLOW-STEP", what: "completed" }, signal);
  expect(await made.trees()).toEqual({ "": ["vendor/"] });
  vendor("push", "-q", "origin", "HEAD:refs/heads/mine");
  expect(await made.trees()).toEqual({ "": [] });
});

it("a repository inside without a commit counts, too", async () => {
  const made = scene();
  const tree = await made.open();
  mkdirSync(join(tree.cwd, "inner"));
  gitIn(join(tree.cwd, "inner"))("init", "-q");
  await tree.save({ kind: "WORKFLOW-STEP", what: "completed" }, signal);
  expect(await made.trees()).toEqual({ "": ["inner/"] });
  await expect(made.driver.remove(place, signal)).rejects.toMatchObject(unsavedError);
});

it("stays while a process works in it", async () => {
  const made = scene();
  const tree = await made.open();
  const worker = spawn("sleep", ["600"], { cwd: tree.cwd });
  onTestFinished(() => void worker.kill("SIGKILL"));
  await once(worker, "spawn");
  await expect(made.driver.remove(place, signal)).rejects.toMatchObject({
    ...unsavedError,
    fix: `leave that folder, or end what runs there: kill ${worker.pid}`,
  });
  worker.kill("SIGKILL");
  await once(worker, "exit");
  await made.driver.remove(place, signal);
  expect(await made.trees()).toEqual({});
});

it("waits for who works in it in this process", async () => {
  const made = scene();
  const tree = await made.open();
  const work = await tree.begin({ effectId: "e1" }, signal);
  const order: string[] = [];
  const removed = made.driver.remove(place, signal).then(() => order.push("removed"));
  await made.trees();
  order.push("released");
  work.release();
  await removed;
  expect(order).toEqual(["released", "removed"]);
});

it("forgets a tree that somebody deleted, and only that", async () => {
  const made = scene();
  const tree = await made.open();
  await made.open("other");
  const foreign = join(scratchFolder(), "run");
  made.git("worktree", "add", "-q", "--detach", foreign);
  rmSync(tree.cwd, { recursive: true });
  rmSync(foreign, { recursive: true });
  await made.driver.remove(place, signal);
  expect(made.git("worktree", "list").split("\n")).toHaveLength(3);
  expect(made.git("worktree", "list")).toContain(foreign);
});

it("knows a tree by its checkpoints when the file beside it is lost; without both nothing of it is saved", async () => {
  const made = scene();
  const tree = await made.open("fix");
  await tree.save({ kind: "WORKFLOW-STEP", what: "completed" }, signal);
  writeFileSync(join(tree.cwd, "b.txt"), "b\n");
  rmSync(`${tree.cwd}.json`);
  expect(await made.trees()).toEqual({ fix: ["b.txt"] });
  const lost = await made.open("lost");
  for (const ref of made.git("for-each-ref", "--format=%(refname)", "refs/tutti").split("\n"))
    made.git("update-ref", "-d", ref);
  expect(await made.trees()).toEqual({ lost: ["./"] });
  await expect(made.driver.remove({ runId: "r1", lane: "lost" }, signal)).rejects.toMatchObject(unsavedError);
  expect(existsSync(lost.cwd)).toBe(true);
});

it("a tree that git cannot look at counts as unsaved, stays, and hides no other", async () => {
  const made = scene();
  await made.open("fine");
  const tree = await made.open();
  writeFileSync(join(tree.cwd, ".gitattributes"), "*.x filter=gone\n");
  writeFileSync(join(tree.cwd, "a.x"), "x\n");
  made.git("config", "filter.gone.required", "true");
  made.git("config", "filter.gone.clean", "false");
  expect(await made.trees()).toEqual({ "": ["./"], fine: [] });
  await expect(made.driver.remove(place, signal)).rejects.toMatchObject({ code: "WORKSPACE_UNFIT" });
  expect(existsSync(join(tree.cwd, "a.x"))).toBe(true);
});

it("takes the rest away of one that was half made, or half taken away", async () => {
  const made = scene();
  const tree = await made.open();
  rmSync(join(tree.cwd, "a.txt"));
  writeFileSync(`${tree.cwd}.making`, "");
  expect(await made.trees()).toEqual({ "": [] });
  await made.driver.remove(place, signal);
  expect(existsSync(join(made.dir, ".tutti", "worktrees", "r1"))).toBe(false);
});

it("tidies what is over: files beside trees that are gone, ports, installs; the rest stays", async () => {
  const made = scene();
  const over = await made.open("over", { ports: 1 });
  await made.open("goes-on", { ports: 1 });
  const shared = { runId: "r2", lane: "" };
  const { commit } = await made.driver.base({ runId: "r2", name: "w", mode: "shared", setup: {} }, signal);
  const request = {
    mode: "shared" as const,
    place: shared,
    from: commit,
    setup: { ports: 1 },
    print: () => {},
  };
  const users = await made.driver.open(request, signal);
  const work = await users.begin({ effectId: "e" }, signal);
  work.release();
  await users.save({ kind: "WORKFLOW-FINAL", what: "completed" }, signal);
  rmSync(over.cwd, { recursive: true });
  expect(await made.driver.tidy(({ lane, runId }) => lane === "over" || runId === "r2", signal)).toEqual([
    "took away what was left of 2 trees",
    "gave back the ports of 2 trees",
  ]);
  expect(readJson(join(made.dir, ".tutti", "ports.json"))).toMatchObject([{ place: { lane: "goes-on" } }]);
  expect(await made.driver.tidy(() => false, signal)).toEqual([]);
  // The project's folder is still what the run of it is compared with.
  writeFileSync(join(made.dir, "later.txt"), "later\n");
  const { files } = await made.driver.difference({ from: commit, place: shared }, signal);
  expect(files.map(({ path }) => path)).toEqual(["later.txt"]);
});

it("the project's folder gives back what it had besides, and nothing of it goes", async () => {
  const made = scene();
  const { commit } = await made.driver.base({ runId: "r1", name: "w", mode: "shared", setup: {} }, signal);
  const request = { mode: "shared" as const, place, from: commit, setup: { ports: 1 }, print: () => {} };
  const users = await made.driver.open(request, signal);
  (await users.begin({ effectId: "e" }, signal)).release();
  // Another run goes on to work there.
  const others = await made.driver.open({ ...request, place: { runId: "r2", lane: "" } }, signal);
  const work = await others.begin({ effectId: "f" }, signal);
  writeFileSync(join(made.dir, "mine.txt"), "mine\n");
  await made.driver.remove(place, signal);
  work.release();
  expect(readJson(join(made.dir, ".tutti", "ports.json"))).toMatchObject([{ place: { runId: "r2" } }]);
  expect(readFileSync(join(made.dir, "mine.txt"), "utf8")).toBe("mine\n");
});

it("a tree that somebody deleted is not taken for the project's folder", async () => {
  const made = scene();
  const tree = await made.open();
  const { commit } = await tree.save({ kind: "WORKFLOW-STEP", what: "completed" }, signal);
  rmSync(tree.cwd, { recursive: true });
  writeFileSync(join(made.dir, "mine.txt"), "mine\n");
  expect((await made.other().difference({ from: commit, place }, signal)).files).toEqual([]);
});

it("tidies what the repository knows of trees that somebody deleted, and leaves those of other people", async () => {
  const made = scene();
  await made.open();
  const foreign = join(scratchFolder(), "run");
  made.git("worktree", "add", "-q", "--detach", "--lock", foreign);
  rmSync(foreign, { recursive: true });
  rmSync(join(made.dir, ".tutti", "worktrees", "r1"), { recursive: true });
  expect(await made.driver.tidy(() => false, signal)).toEqual(["took away what was left of 1 tree"]);
  expect(made.git("worktree", "list").split("\n")).toHaveLength(2);
  expect(made.git("worktree", "list")).toContain(foreign);
});

it.each(["", "lane"])(
  "opened by several at once the tree of lane %j is one, and saves follow each other",
  async (lane) => {
    const made = scene();
    await made.driver.base({ runId: "r1", name: "w", mode: "run", setup: {} }, signal);
    const opened = await Promise.all([made.open(lane), made.open(lane), made.open(lane)]);
    const saves = opened.map((tree) => tree.save({ kind: "WORKFLOW-STEP", what: "completed" }, signal));
    const more = Promise.all([made.open(lane), made.open(lane)]);
    expect((await Promise.all(saves)).map(({ number }) => number)).toEqual([1, 2, 3]);
    const last = (await more).map((tree) => tree.save({ kind: "WORKFLOW-STEP", what: "completed" }, signal));
    expect((await Promise.all(last)).map(({ number }) => number)).toEqual([4, 5]);
  },
);

it("reads what lsof prints", () => {
  expect(lsofPlaces("p12\nfcwd\nn/a b\np13\nfcwd\nn/\n")).toEqual([
    { pid: 12, cwd: "/a b" },
    { pid: 13, cwd: "/" },
  ]);
});
