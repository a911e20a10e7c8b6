import { describe, expect, it } from "vitest";
import { lines, runIn, treeProject, treeRun, writers } from "./tree-project.ts";

describe("a fork", () => {
  it("of a run in no repository is refused with what can be done there, also where it is only shown", async () => {
    const project = treeProject({ readme: "hello\n" }, { repository: false });
    const tutti = await project.open();
    const text = lines.replace("workspace: run", "workspace: shared");
    const { id, done } = await tutti.start(await tutti.load({ kind: "text", text }));
    await done;
    const refused = {
      code: "WORKSPACE_UNFIT",
      fix: "go on from there in this run: tutti rollback; or begin one anew: tutti run",
    };
    await expect(tutti.previewFork(id)).rejects.toMatchObject(refused);
    await expect(tutti.fork(id)).rejects.toMatchObject(refused);
  });

  it("of a run of which nothing is kept works in the project's folder, and that is said", async () => {
    const project = treeProject({ readme: "hello\n" }, { repository: false });
    const tutti = await project.open();
    const text = lines.replace("workspace: run", "workspace: none");
    const { id, done } = await tutti.start(await tutti.load({ kind: "text", text }));
    await done;
    expect(await tutti.previewFork(id)).toMatchObject({ where: "project" });
    expect((await (await tutti.fork(id)).done).view.workspace).toBeUndefined();
  });

  it("begins with what had ended well, in a tree of its own, and does the rest", async () => {
    const project = treeProject({ readme: "hello\n" });
    const { id } = await runIn(project, lines);
    const tutti = await project.open();
    const point = { point: { to: "two" } };
    expect(await tutti.previewFork(id, point)).toMatchObject({
      shared: ["one", "two"],
      sharedUsd: 0,
      where: "tree",
    });
    const handle = await tutti.fork(id, point);
    expect((await handle.done).status).toBe("completed");
    const forked = await treeRun(project, tutti, handle.id);
    expect(forked.file("log")).toBe("one\ntwo\nthree\n");
    expect(forked.titles).toHaveLength(3);
    expect(forked.events.filter(({ type }) => type === "attempt.started")).toHaveLength(1);
    expect((await treeRun(project, tutti, id)).titles).toHaveLength(5);
  });

  it("lands what its writers do, and brings all of it to a branch, what it was given, too", async () => {
    const project = treeProject({ readme: "hello\n" });
    const { id } = await runIn(project, writers);
    const tutti = await project.open();
    const handle = await tutti.fork(id, { point: { to: "all/x" } });
    expect((await handle.done).status).toBe("completed");
    const forked = await treeRun(project, tutti, handle.id);
    expect(forked.files).toEqual(["after", "readme", "x", "y"]);
    expect(
      forked.events.flatMap((event) => (event.type === "attempt.started" ? [event.address] : [])),
    ).toEqual(["all/y", "after"]);
    project.git("config", "user.name", "reader");
    project.git("config", "user.email", "reader@localhost");
    expect((await tutti.land(handle.id, { to: "forked" })).files).toEqual(["after", "x", "y"]);
    expect(project.git("ls-tree", "--name-only", "forked").trim().split("\n")).toEqual(forked.files);
  });

  it("does anew what rests on an input that is another", async () => {
    const project = treeProject({ readme: "hello\n" });
    const text = `
name: inputs
workspace: run
inputs:
  word: {type: string, default: old}
chain:
  - {name: still, run: "echo still > still"}
  - {name: word, run: "echo \${{ inputs.word }} > word"}
`;
    const { id } = await runIn(project, text);
    const tutti = await project.open();
    const handle = await tutti.fork(id, { inputs: { word: "new" } });
    expect((await handle.done).status).toBe("completed");
    expect((await treeRun(project, tutti, handle.id)).file("word")).toBe("new\n");
    expect((await tutti.show(handle.id)).counts.reused).toBe(1);
  });
});

describe("a fork of a run in which a way was taken after another", () => {
  it("stays on that way, and does the one that failed no more", async () => {
    const project = treeProject({ readme: "hello\n" });
    const text = `
name: ways
workspace: run
chain:
  - name: do
    switch:
      on_failure: next
      cases:
        x: {when: "true", steps: [{name: work, run: "echo x >> log; exit 1"}]}
        y: {when: "true", steps: [{name: work, run: "echo \${{ do.tried[0].way }} >> log"}]}
  - {name: after, run: "cat log"}
`;
    const { id } = await runIn(project, text);
    const tutti = await project.open();
    const handle = await tutti.fork(id, { point: { to: "do/y/work" } });
    expect((await handle.done).status).toBe("completed");
    const forked = await treeRun(project, tutti, handle.id);
    expect(forked.file("log")).toBe("x\n");
    expect(
      forked.events.flatMap((event) => (event.type === "attempt.started" ? [event.address] : [])),
    ).toEqual(["after"]);
  });
});
