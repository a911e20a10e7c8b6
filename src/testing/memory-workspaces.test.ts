import { describe, expect, it } from "vitest";
import type { Workspace } from "../ports/workspaces.ts";
import { createMemoryWorkspaces, type MemoryWorkspaces } from "./memory-workspaces.ts";

const signal = new AbortController().signal;
const note = { kind: "WORKFLOW-STEP", what: "completed", node: "a" } as const;
const setup = {};
const print = (): void => {};

async function begun(): Promise<{ workspaces: MemoryWorkspaces; base: string; run: Workspace }> {
  const workspaces = createMemoryWorkspaces();
  workspaces.repository.project.set("a", "one\n");
  const { commit: base } = await workspaces.base({ runId: "r1", name: "w", mode: "run", setup }, signal);
  return { workspaces, base, run: await open(workspaces, "", base) };
}

function open(workspaces: MemoryWorkspaces, lane: string, from: string): Promise<Workspace> {
  return workspaces.open({ mode: "run", place: { runId: "r1", lane }, from, setup, print }, signal);
}

describe("working trees in memory", () => {
  it("keep what an attempt left, and put the tree back for the next", async () => {
    const { workspaces, base, run } = await begun();
    const files = workspaces.files(run.cwd);
    const first = await run.begin({ effectId: "a#1", from: base }, signal);
    files.set("a", "two\n");
    files.set("b", "new\n");
    const saved = await run.save(note, signal);
    first.release();
    expect(saved).toMatchObject({ number: 1, files: ["a", "b"] });
    await run.begin({ effectId: "a#2", from: base }, signal);
    expect([...files]).toEqual([["a", "one\n"]]);
    expect([...workspaces.repository.project]).toEqual([["a", "one\n"]]);
  });

  it("tell what was cut off from what people changed", async () => {
    const { workspaces, base, run } = await begun();
    await run.begin({ effectId: "a#1", from: base }, signal);
    workspaces.files(run.cwd).set("a", "half\n");
    // another process
    const next = createMemoryWorkspaces(workspaces.repository);
    const again = await open(next, "", base);
    const second = await again.begin({ effectId: "a#1", from: base }, signal);
    expect(second.found).toMatchObject({ files: ["a"], kept: false });
    expect(next.files(again.cwd).get("a")).toBe("one\n");
    second.release();
    next.files(again.cwd).set("a", "by hand\n");
    const third = await again.begin({ effectId: "a#2", from: base }, signal);
    expect(third.found).toMatchObject({ files: ["a"], kept: true });
    expect(next.files(again.cwd).get("a")).toBe("by hand\n");
  });

  it("are not restored while somebody else works in them, in the order of asking", async () => {
    const { base, run, workspaces } = await begun();
    const other = await open(workspaces, "", base);
    const work = await run.begin({ effectId: "a#1" }, signal);
    const order: string[] = [];
    const restoring = other.restore({ commit: base, note }, signal).then(() => order.push("restored"));
    const later = run.begin({ effectId: "b#1" }, signal).then(() => order.push("began"));
    await run.restore({ commit: base, note }, signal);
    expect(order).toEqual([]);
    work.release();
    await Promise.all([restoring, later]);
    expect(order).toEqual(["restored", "began"]);
  });

  it("stop waiting when that is aborted", async () => {
    const { base, run, workspaces } = await begun();
    await run.begin({ effectId: "a#1" }, signal);
    const stopper = new AbortController();
    const other = await open(workspaces, "", base);
    const waiting = other.restore({ commit: base, note }, stopper.signal);
    stopper.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    expect(await run.begin({ effectId: "b#1" }, signal)).toBeDefined();
  });

  it("restore some files and keep what lay there", async () => {
    const { base, run, workspaces } = await begun();
    const files = workspaces.files(run.cwd);
    files.set("a", "two\n").set("src/b", "new\n");
    const restored = await run.restore({ commit: base, files: ["src/**"], note }, signal);
    expect(restored.files).toEqual(["src/b"]);
    expect([...files]).toEqual([["a", "two\n"]]);
  });

  async function writers(strategy: "agent" | "ours" | "theirs" | "serialize") {
    const { workspaces, base, run } = await begun();
    const lanes = ["x", "y"].map(async (name) => {
      const lane = await open(workspaces, name, base);
      workspaces.files(lane.cwd).set("a", `${name}\n`).set(name, "mine\n");
      const { commit } = await lane.save({ ...note, node: name }, signal);
      const writer = { runId: "r1", lane: name };
      return { writer, commit, strategy, by: "rebase", note: { ...note, node: name } } as const;
    });
    const [x, y] = await Promise.all(lanes);
    if (!x || !y) throw new Error("no writers");
    return { workspaces, run, x, y };
  }

  it("take in what writers did, once", async () => {
    const { run, x, workspaces } = await writers("agent");
    const landed = await run.takeIn(x, signal);
    expect(landed).toMatchObject({ landed: true, files: ["a", "x"], number: 1 });
    expect(await run.takeIn(x, signal)).toEqual(landed);
    expect(workspaces.files(run.cwd).get("a")).toBe("x\n");
  });

  it("give a writer both texts with marks where they cannot be brought together, until these are gone", async () => {
    const { run, x, y, workspaces } = await writers("agent");
    await run.takeIn(x, signal);
    const refused = await run.takeIn(y, signal);
    expect(refused).toMatchObject({
      landed: false,
      conflicts: [{ path: "a", kind: "content", with: ["x"] }],
    });
    if (refused.landed) return;
    const lane = await open(workspaces, "y", "");
    const files = workspaces.files(lane.cwd);
    expect(files.get("a")).toBe("<<<<<<< there\nx\n=======\ny\n>>>>>>> yours\n");
    expect(files.get("x")).toBe("mine\n");
    const again = await run.takeIn({ ...y, commit: refused.tip.commit }, signal);
    expect(again).toMatchObject({ landed: false, conflicts: [{ path: "a" }] });
    files.set("a", "x and y\n");
    const { commit } = await lane.save(note, signal);
    expect(await run.takeIn({ ...y, commit }, signal)).toMatchObject({ landed: true, files: ["a", "y"] });
  });

  it.each([
    ["ours", "x\n"],
    ["theirs", "y\n"],
  ] as const)("take what is %s where that is said", async (strategy, text) => {
    const { run, x, y, workspaces } = await writers(strategy);
    await run.takeIn(x, signal);
    expect(await run.takeIn(y, signal)).toMatchObject({ landed: true });
    expect(workspaces.files(run.cwd).get("a")).toBe(text);
    expect(workspaces.files(run.cwd).get("y")).toBe("mine\n");
  });

  it("let a writer begin again on what is there where that is said", async () => {
    const { run, x, y, workspaces } = await writers("serialize");
    await run.takeIn(x, signal);
    expect(await run.takeIn(y, signal)).toMatchObject({ landed: false });
    const lane = await open(workspaces, "y", "");
    expect([...workspaces.files(lane.cwd)]).toEqual([...workspaces.files(run.cwd)]);
  });
});
