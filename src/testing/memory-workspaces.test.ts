import { describe, expect, it } from "vitest";
import type { Workspace } from "../ports/workspaces.ts";
import { MemoryRepository } from "./memory-repository.ts";
import { createMemoryWorkspaces, type MemoryWorkspaces } from "./memory-workspaces.ts";
import { workspacesContract } from "./workspaces-contract.ts";
import type { FolderFiles } from "./workspaces-scene.ts";

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

function folder(files: Map<string, string>): FolderFiles {
  return {
    read: () => Object.fromEntries(files),
    write: (path, text) => void (text === null ? files.delete(path) : files.set(path, text)),
  };
}

describe.each(["run", "shared"] as const)("trees in memory, of mode %s", (mode) => {
  workspacesContract(
    async (files) => {
      const repository = new MemoryRepository();
      for (const [path, text] of Object.entries(files)) repository.project.set(path, text);
      return {
        workspaces: createMemoryWorkspaces(repository),
        another: () => createMemoryWorkspaces(repository),
        project: folder(repository.project),
        files: (workspaces, cwd) => folder((workspaces as MemoryWorkspaces).files(cwd)),
      };
    },
    { mode },
  );
});

describe("working trees in memory", () => {
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
