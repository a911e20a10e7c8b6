import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Tutti } from "../src/verbs/tutti.ts";
import { lines, runIn, treeProject, treeRun, writers } from "./tree-project.ts";

async function resumed(tutti: Tutti, id: string): Promise<string> {
  return (await (await tutti.resume(id)).done).status;
}

describe("a rollback of a run in a tree of its own", () => {
  it("goes back, and on from there; the user's folder sees nothing of it", async () => {
    const project = treeProject({ readme: "hello\n" });
    const { id } = await runIn(project, lines);
    const tutti = await project.open();
    const { before } = await tutti.rollback(id, { point: { to: "one" } });
    const back = await treeRun(project, tutti, id);
    expect([back.status, back.file("log")]).toEqual(["paused", "one\n"]);
    expect(await resumed(tutti, id)).toBe("completed");
    expect((await treeRun(project, tutti, id)).file("log")).toBe("one\ntwo\nthree\n");
    await tutti.rollback(id, { point: { to: String(before) } });
    expect((await treeRun(project, tutti, id)).file("log")).toBe("one\ntwo\nthree\n");
    expect(await resumed(tutti, id)).toBe("completed");
    expect((await tutti.show(id)).counts.reused).toBe(3);
    expect(project.git("status", "--porcelain").trim()).toBe("");
  });

  it("to a step that failed asks which is meant: what it left, or what had ended well", async () => {
    const project = treeProject({ readme: "hello\n" });
    const text = lines.replace("echo two >> log", "echo two >> log; exit 1");
    const { id } = await runIn(project, text.replace("{name: two,", "{name: two, retry: 0,"));
    const tutti = await project.open();
    const back = (to: string) => tutti.previewRollback(id, { point: { to } });
    await expect(back("two")).rejects.toThrow(
      'Cannot go to "two": it failed: what it left is checkpoint 2, and what had ended well by then is checkpoint 1',
    );
    expect((await back("2")).files).toEqual([]);
    expect((await back("1")).files).toMatchObject([{ path: "log", removed: 1 }]);
  });

  it("can be cancelled after that, and its tree be taken away", async () => {
    const project = treeProject({ readme: "hello\n" });
    const { id } = await runIn(project, lines);
    const tutti = await project.open();
    await tutti.rollback(id, { point: { to: "one" } });
    expect(await tutti.control(id, { type: "cancel" })).toEqual({ end: "done", status: "cancelled" });
    expect((await tutti.careForTrees()).trees.map(({ isGone }) => isGone)).toEqual([true]);
    expect(await resumed(tutti, id)).toBe("completed");
    expect((await treeRun(project, tutti, id)).file("log")).toBe("one\ntwo\nthree\n");
  });

  it("goes back into a loop, and goes round again from there", async () => {
    const project = treeProject({ readme: "hello\n" });
    const text = `
name: rounds
workspace: run
chain:
  - name: polish
    repeat: {max: 3}
    steps:
      - {name: work, run: "echo work >> log"}
      - {name: check, run: "echo check >> log"}
`;
    const first = await runIn(project, text);
    const { id } = first;
    expect(first.file("log")).toBe("work\ncheck\nwork\ncheck\nwork\ncheck\n");
    const tutti = await project.open();
    const { pending } = await tutti.rollback(id, { point: { to: "polish#2/work" } });
    expect(pending.toSorted()).toEqual(["polish#2/check", "polish#3/check", "polish#3/work"]);
    expect((await treeRun(project, tutti, id)).file("log")).toBe("work\ncheck\nwork\n");
    expect(await resumed(tutti, id)).toBe("completed");
    const again = await treeRun(project, tutti, id);
    expect(again.file("log")).toBe("work\ncheck\nwork\ncheck\nwork\ncheck\n");
    expect((await tutti.show(id)).counts.reused).toBe(3);
  });
});

it("what stays done after a rollback is undone by a cancel with the word to undo, and nothing else is done", async () => {
  const project = treeProject({ readme: "hello\n" });
  const text = `
name: undoing
workspace: run
chain:
  - {name: one, run: "echo one > one", undo: "ls > undone"}
  - {name: two, run: "echo two > two", undo: "exit 1"}
  - {name: three, run: "echo three > three"}
`;
  const { id } = await runIn(project, text);
  const tutti = await project.open();
  await tutti.rollback(id, { point: { to: "one" } });
  const end = await tutti.control(id, { type: "cancel", undo: true });
  expect(end).toEqual({ end: "done", status: "cancelled" });
  const left = await treeRun(project, tutti, id);
  expect([left.files, left.file("undone")]).toEqual([["one", "readme", "undone"], "one\nreadme\nundone\n"]);
  const { nodes } = await tutti.show(id);
  expect(nodes.map(({ address, status, undo }) => [address, undo ?? status])).toEqual([
    ["one", "undone"],
    ["one~undo", "verified"],
    ["two", "not-run"],
    ["three", "not-run"],
  ]);
});

it("a run in which nothing stays done that has an undo is cancelled at once", async () => {
  const project = treeProject({ readme: "hello\n" });
  const { id } = await runIn(project, lines);
  const tutti = await project.open();
  await tutti.rollback(id, { point: { to: "one" } });
  const end = await tutti.control(id, { type: "cancel", undo: true });
  expect(end).toEqual({ end: "done", status: "cancelled" });
});

describe("a rollback among writers side by side", () => {
  it("takes back what landed after the point, and lands it again", async () => {
    const project = treeProject({ readme: "hello\n" });
    const { id, files } = await runIn(project, writers);
    expect(files).toEqual(["after", "readme", "x", "y"]);
    const tutti = await project.open();
    const { pending } = await tutti.rollback(id, { point: { to: "all/x" } });
    expect(pending.toSorted()).toEqual(["after", "all/y"]);
    expect((await treeRun(project, tutti, id)).files).toEqual(["readme", "x"]);
    expect(await resumed(tutti, id)).toBe("completed");
    expect((await treeRun(project, tutti, id)).files).toEqual(["after", "readme", "x", "y"]);
    expect((await tutti.changes(id, { node: "all/y" })).files).toMatchObject([
      { path: "y", change: "added" },
    ]);
  });

  it.each(["run", "step"])("takes everything back, and all of it lands again: %s", async (mode) => {
    const project = treeProject({ readme: "hello\n" });
    const { id } = await runIn(project, writers.replace("workspace: run", `workspace: ${mode}`));
    const tutti = await project.open();
    await tutti.rollback(id, { point: { beginning: true } });
    expect((await treeRun(project, tutti, id)).files).toEqual(["readme"]);
    expect(await resumed(tutti, id)).toBe("completed");
    expect((await treeRun(project, tutti, id)).files).toEqual(["after", "readme", "x", "y"]);
  });
});

const lane = `
name: lane
workspace: run
chain:
  - {name: pre, run: "echo pre > pre", writes: [pre]}
  - name: all
    parallel: all
    steps:
      - {name: x, run: "echo x > x", writes: [x]}
      - name: block
        chain:
          - {name: one, run: "echo one > one", writes: [one]}
          - {name: two, run: "cat one > two; test -e ../../../../go", writes: [two], retry: 0}
`;

describe("a point at which a lane had not landed", () => {
  const unknown = "CHECKPOINT_UNKNOWN";

  it("is refused when it lies in that lane, with what can be named", async () => {
    const project = treeProject({ readme: "hello\n", ".gitignore": "go\n" });
    const { id, status } = await runIn(project, lane);
    expect(status).toBe("failed");
    const tutti = await project.open();
    const inLane = { point: { to: "all/block/one" } };
    const message = expect.stringContaining('what was done in "all/block" had not landed by then');
    const numbers = `go to a number of: tutti checkpoints ${id}`;
    for (const asked of [
      () => tutti.previewRollback(id, inLane),
      () => tutti.rollback(id, { ...inLane, rewinds: true }),
      () => tutti.previewRollback(id, { point: { before: "all/block/two" } }),
      () => tutti.previewFork(id, inLane),
    ])
      await expect(asked()).rejects.toMatchObject({ code: unknown, message, fix: numbers });
    project.write({ go: "" });
    expect(await resumed(tutti, id)).toBe("completed");
    const fix = expect.stringContaining("to where that had landed: --to 'all/block'");
    await expect(tutti.rollback(id, inLane)).rejects.toMatchObject({ code: unknown, message, fix });
    expect(await tutti.previewRollback(id, { point: { to: "all/block" } })).toMatchObject({ unlanded: [] });
    expect(await tutti.previewRollback(id, { point: { before: "all/block/one" } })).toMatchObject({
      unlanded: [],
    });
  });

  it("is told with what was done by then, and is done again", async () => {
    const project = treeProject({ readme: "hello\n", ".gitignore": "go\n" });
    const { id } = await runIn(project, lane);
    const tutti = await project.open();
    const before = { shared: ["all/x", "pre"], unlanded: ["all/block/one"] };
    const { shared, ...preview } = await tutti.previewFork(id);
    expect({ ...preview, shared: shared.toSorted() }).toMatchObject(before);
    project.write({ go: "" });
    expect(await resumed(tutti, id)).toBe("completed");
    expect(await tutti.previewFork(id)).toMatchObject({ unlanded: [] });
    const { unlanded, pending } = await tutti.previewRollback(id, { point: { to: "2" } });
    expect(unlanded).toEqual(["all/block/one"]);
    expect(pending).toContain("all/block/one");
  });
});

describe("a rollback that was cut off when the files were back and the log did not know", () => {
  const text = `
name: cut
workspace: MODE
chain:
  - {name: one, run: "echo one >> log"}
  - {name: two, run: "echo two >> log"}
  - {name: three, run: "test -e ../../../../go -o -e go && cat log > copy", retry: 0}
`;

  it("has not happened to a tree of the run's own: the next attempt begins where the log says", async () => {
    const project = treeProject({ readme: "hello\n", ".gitignore": "go\n" });
    const { id, status } = await runIn(project, text.replace("MODE", "run"));
    expect(status).toBe("failed");
    const tutti = await project.open();
    await tutti.emergencyRollback(id, { to: "1" });
    expect((await treeRun(project, tutti, id)).file("log")).toBe("one\n");
    project.write({ go: "" });
    expect(await resumed(tutti, id)).toBe("completed");
    expect((await treeRun(project, tutti, id)).file("copy")).toBe("one\ntwo\n");
  });

  it("is said again where steps work in the project's folder", async () => {
    const project = treeProject({ readme: "hello\n", ".gitignore": "go\n" });
    const { id } = await runIn(project, text.replace("MODE", "shared"));
    const tutti = await project.open();
    await tutti.emergencyRollback(id, { to: "1" });
    const { pending } = await tutti.rollback(id, { point: { to: "one" } });
    expect(pending).toEqual(["two"]);
    project.write({ go: "" });
    expect(await resumed(tutti, id)).toBe("completed");
    expect(readFileSync(join(project.cwd, "copy"), "utf8")).toBe("one\ntwo\n");
  });
});

describe("a rollback of a run with a run inside", () => {
  const text = `
name: outer
workspace: run
chain:
  - {name: before, run: "echo before >> log"}
  - name: inner
    workflow: child.yaml
    mode: child
  - {name: after, run: "echo after >> log"}
`;
  const child = `
name: child
chain:
  - {name: x, run: "echo x >> log"}
  - {name: y, run: "echo y >> log"}
`;

  it("takes back what the run inside did, which another does then; it cannot be put back alone", async () => {
    const project = treeProject({ readme: "hello\n", "child.yaml": child, "outer.yaml": text });
    const tutti = await project.open();
    const source = await tutti.load({ kind: "file", path: join(project.cwd, "outer.yaml") });
    const handle = await tutti.start(source);
    await handle.done;
    const { id } = handle;
    const inside = async (): Promise<readonly string[]> =>
      (await tutti.runs()).map(({ runId }) => runId).filter((one) => one !== id);
    const [first = ""] = await inside();
    await expect(tutti.rollback(first, { point: { to: "x" } })).rejects.toThrow(
      `it does the step "inner" of run ${id}`,
    );
    await tutti.rollback(id, { point: { before: "inner" } });
    expect((await treeRun(project, tutti, id)).file("log")).toBe("before\n");
    expect(await resumed(tutti, id)).toBe("completed");
    expect((await treeRun(project, tutti, id)).file("log")).toBe("before\nx\ny\nafter\n");
    expect(await inside()).toHaveLength(2);
  });
});
