import { expect, it } from "vitest";
import type { WorkspaceMode } from "../core/workspace.ts";
import { whatLands } from "./landing-contract.ts";
import {
  back,
  type Begin,
  never,
  open,
  own,
  type Start,
  step,
  type WorkspacesScene,
} from "./workspaces-scene.ts";

export interface WorkspacesContractOptions {
  /** `shared` where there is no repository. */
  readonly mode: "run" | "shared";
}

/** Every line of the contract in `ports/workspaces.ts` that any driver can show. */
export function workspacesContract(
  createScene: (files: Readonly<Record<string, string>>) => Promise<WorkspacesScene>,
  { mode }: WorkspacesContractOptions,
): void {
  const begun = async (): Promise<Begin> => {
    const scene = await createScene({ a: "one\n", "dir/b": "two\n" });
    const { commit: base } = await scene.workspaces.base({ runId: "r1", name: "w", mode, setup: {} }, never);
    const tree = await open(scene.workspaces, { mode, place: own, from: base });
    return { scene, base, tree, files: scene.files(scene.workspaces, tree.cwd) };
  };
  whatIsKept(begun, mode);
  whereAttemptsBegin(begun, mode);
  whoWorks(begun, mode);
  if (mode === "run") whatLands(begun);
}

function whatIsKept(begun: Start, mode: WorkspaceMode): void {
  it("gives the same first checkpoint when it is asked again, whatever lies there by then", async () => {
    const { scene, base } = await begun();
    scene.project.write("a", "later\n");
    const again = await scene.another().base({ runId: "r1", name: "w", mode, setup: {} }, never);
    expect(again.commit).toBe(base);
  });

  it("begins from what lies in the project", async () => {
    const { base, tree, files } = await begun();
    expect(files.read()).toEqual({ a: "one\n", "dir/b": "two\n" });
    expect(tree.tip).toBe(base);
  });

  it("tells what differs from the checkpoint before, sorted, and numbers checkpoints", async () => {
    const { tree, files } = await begun();
    files.write("z", "new\n");
    files.write("dir/b", null);
    files.write("a", "other\n");
    const first = await tree.save(step, never);
    expect(first).toMatchObject({ number: 1, files: ["a", "dir/b", "z"] });
    expect(tree.tip).toBe(first.commit);
    expect(await tree.save(step, never)).toMatchObject({ number: 2, files: [] });
  });

  it("puts the whole tree back, and forth again: nothing is lost", async () => {
    const { base, tree, files } = await begun();
    files.write("a", "other\n");
    files.write("new/c", "three\n");
    const saved = await tree.save(step, never);
    files.write("a", "in no checkpoint\n");
    const restored = await tree.restore({ commit: base, note: back }, never);
    expect(restored.files).toEqual(["a", "new/c"]);
    expect(files.read()).toEqual({ a: "one\n", "dir/b": "two\n" });
    await tree.restore({ commit: saved.commit, note: back }, never);
    expect(files.read()).toEqual({ a: "other\n", "dir/b": "two\n", "new/c": "three\n" });
    expect(restored.number).toBe(saved.number + 2);
  });

  it("puts back only the files that are named", async () => {
    const { base, tree, files } = await begun();
    files.write("a", "other\n");
    files.write("dir/b", "other\n");
    files.write("dir/c", "new\n");
    await tree.save(step, never);
    const restored = await tree.restore({ commit: base, files: ["dir/**"], note: back }, never);
    expect(restored.files).toEqual(["dir/b", "dir/c"]);
    expect(files.read()).toEqual({ a: "other\n", "dir/b": "two\n" });
  });

  it("rejects a checkpoint that is not there", async () => {
    const { tree } = await begun();
    const commit = "0123456789".repeat(4);
    await expect(tree.restore({ commit, note: back }, never)).rejects.toMatchObject({
      code: "WORKSPACE_LOST",
    });
  });

  it("rejects with the reason of a signal that has aborted", async () => {
    const { base, tree, scene } = await begun();
    const reason = new Error("stopped");
    const signal = AbortSignal.abort(reason);
    await expect(tree.save(step, signal)).rejects.toBe(reason);
    await expect(tree.begin({ effectId: "e" }, signal)).rejects.toBe(reason);
    await expect(tree.restore({ commit: base, note: back }, signal)).rejects.toBe(reason);
    const request = { runId: "r2", name: "w", mode, setup: {} };
    await expect(scene.workspaces.base(request, signal)).rejects.toBe(reason);
  });
}

function whereAttemptsBegin(begun: Start, mode: WorkspaceMode): void {
  it("keeps what an attempt left in no checkpoint when its process died, before the next begins", async () => {
    const { scene, base, tree, files } = await begun();
    await tree.begin({ effectId: "build#1", from: base }, never);
    files.write("a", "half\n");
    const next = scene.another();
    const again = await open(next, { mode, place: own, from: base });
    const work = await again.begin({ effectId: "build#1", from: base }, never);
    work.release();
    const { found } = work;
    expect(found).toMatchObject({ files: ["a"], kept: mode === "shared" });
    expect(scene.files(next, again.cwd).read()["a"]).toBe(mode === "shared" ? "half\n" : "one\n");
    await again.restore({ commit: found?.commit ?? "", note: back }, never);
    expect(scene.files(next, again.cwd).read()["a"]).toBe("half\n");
  });

  it("takes work whose signal has aborted for cut off", async () => {
    const { base, tree, files } = await begun();
    const abort = new AbortController();
    const work = await tree.begin({ effectId: "build#1", from: base }, abort.signal);
    files.write("a", "half\n");
    abort.abort(new Error("stopped"));
    work.release();
    const { found } = await tree.begin({ effectId: "build#2", from: base }, never);
    expect(found).toMatchObject({ files: ["a"], kept: mode === "shared" });
  });

  it("keeps what people changed while nobody worked", async () => {
    const { base, tree, files } = await begun();
    (await tree.begin({ effectId: "build#1", from: base }, never)).release();
    files.write("a", "by hand\n");
    const { found } = await tree.begin({ effectId: "build#2", from: base }, never);
    expect(found).toMatchObject({ files: ["a"], kept: true });
    expect(files.read()["a"]).toBe("by hand\n");
  });

  it("goes on with what is there when no checkpoint is named, or somebody else works", async () => {
    const { scene, base, tree, files } = await begun();
    const work = await tree.begin({ effectId: "one" }, never);
    files.write("a", "at work\n");
    const other = await open(scene.workspaces, { mode, place: own, from: base });
    const beside = await other.begin({ effectId: "two", from: base }, never);
    expect(beside.found).toBeUndefined();
    expect(files.read()["a"]).toBe("at work\n");
    work.release();
    beside.release();
  });

  if (mode === "shared") return;
  it("begins from the checkpoint that is named, when all that lies there is in one", async () => {
    const { base, tree, files } = await begun();
    files.write("a", "failed\n");
    const failed = await tree.save({ ...back, what: "attempt 1 failed" }, never);
    const { found } = await tree.begin({ effectId: "build#2", from: base }, never);
    expect(found).toBeUndefined();
    expect(files.read()["a"]).toBe("one\n");
    expect(tree.tip).not.toBe(failed.commit);
  });

  it("leaves what people changed alone for those who only look, and puts back what is in a checkpoint", async () => {
    const { base, tree, files } = await begun();
    files.write("a", "by hand\n");
    const look = { from: base, looks: true } as const;
    const work = await tree.begin({ effectId: "gate#1", ...look }, never);
    work.release();
    expect(work.found).toBeUndefined();
    expect(files.read()["a"]).toBe("by hand\n");
    expect(tree.tip).toBe(base);
    await tree.save({ ...back, what: "attempt 1 failed" }, never);
    (await tree.begin({ effectId: "gate#2", ...look }, never)).release();
    expect(files.read()["a"]).toBe("one\n");
  });

  it("leaves the project as it is", async () => {
    const { scene, tree, files } = await begun();
    files.write("a", "other\n");
    await tree.save(step, never);
    expect(scene.project.read()).toEqual({ a: "one\n", "dir/b": "two\n" });
  });
}

function whoWorks(begun: Start, mode: WorkspaceMode): void {
  it("does not put a tree back while others work in it, and lets nobody overtake who waits", async () => {
    const { scene, base, tree } = await begun();
    const other = await open(scene.workspaces, { mode, place: own, from: base });
    const work = await tree.begin({ effectId: "one" }, never);
    const order: string[] = [];
    const restoring = other.restore({ commit: base, note: back }, never).then(() => order.push("restored"));
    const later = tree.begin({ effectId: "two" }, never).then((next) => {
      order.push("began");
      next.release();
    });
    await tree.save(step, never);
    expect(order).toEqual([]);
    work.release();
    await Promise.all([restoring, later]);
    expect(order).toEqual(["restored", "began"]);
  });

  it("puts a tree back for those who work in it themselves", async () => {
    const { base, tree, files } = await begun();
    const work = await tree.begin({ effectId: "one" }, never);
    files.write("a", "forbidden\n");
    await tree.restore({ commit: base, note: back }, never);
    expect(files.read()["a"]).toBe("one\n");
    work.release();
  });

  it("does not wait when its signal aborts, and the others go on", async () => {
    const { scene, base, tree } = await begun();
    const other = await open(scene.workspaces, { mode, place: own, from: base });
    const work = await tree.begin({ effectId: "one" }, never);
    const abort = new AbortController();
    const restoring = other.restore({ commit: base, note: back }, abort.signal);
    const later = tree.begin({ effectId: "two" }, never);
    const reason = new Error("stopped");
    abort.abort(reason);
    await expect(restoring).rejects.toBe(reason);
    (await later).release();
    work.release();
  });
}
