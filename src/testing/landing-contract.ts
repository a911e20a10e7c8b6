import { expect, it } from "vitest";
import type { Landing } from "../ports/workspaces.ts";
import { never, open, type Start, step } from "./workspaces-scene.ts";

/** How work that was done in trees of their own comes together, of the contract in `ports/workspaces.ts`. */
export function whatLands(begun: Start): void {
  const lanes = async () => {
    const start = await begun();
    const lane = async (name: string) => {
      const tree = await open(start.scene.workspaces, {
        mode: "run",
        place: { runId: "r1", lane: name },
        from: start.base,
      });
      return { tree, files: start.scene.files(start.scene.workspaces, tree.cwd) };
    };
    return { ...start, one: await lane("one"), two: await lane("two") };
  };
  const landing = (lane: string, commit: string): Landing => ({
    writer: { runId: "r1", lane },
    commit,
    strategy: "agent",
    by: "rebase",
    note: { kind: "WORKFLOW-STEP", what: "landed", node: lane },
  });

  it("keeps writers apart until they land, and gives the same for the same", async () => {
    const { tree, files, one, two } = await lanes();
    one.files.write("a", "by one\n");
    two.files.write("dir/b", "by two\n");
    expect(files.read()).toEqual({ a: "one\n", "dir/b": "two\n" });
    const first = await tree.takeIn(landing("one", (await one.tree.save(step, never)).commit), never);
    expect(first).toMatchObject({ landed: true, files: ["a"] });
    const second = landing("two", (await two.tree.save(step, never)).commit);
    const landed = await tree.takeIn(second, never);
    expect(landed).toMatchObject({ landed: true, files: ["dir/b"] });
    expect(await tree.takeIn(second, never)).toEqual(landed);
    expect(files.read()).toEqual({ a: "by one\n", "dir/b": "by two\n" });
    expect(landed).toMatchObject({ commit: tree.tip });
  });

  it("gives all who open it at once, when it is new, the same tree", async () => {
    const { scene, base, tree } = await begun();
    const place = { runId: "r1", lane: "many" };
    const opening = ["a", "b", "c"].map(() => open(scene.workspaces, { mode: "run", place, from: base }));
    const [first, ...others] = await Promise.all(opening);
    if (!first) throw new Error("nothing was opened");
    expect(others.map(({ cwd, tip }) => [cwd, tip])).toEqual(others.map(() => [first.cwd, first.tip]));
    scene.files(scene.workspaces, first.cwd).write("a", "many\n");
    const { commit } = await first.save(step, never);
    expect(await tree.takeIn(landing("many", commit), never)).toMatchObject({ landed: true, files: ["a"] });
  });

  it("tells a conflict and leaves the tree as it is; the writer brings both together", async () => {
    const { tree, files, one, two } = await lanes();
    one.files.write("a", "by one\n");
    two.files.write("a", "by two\n");
    await tree.takeIn(landing("one", (await one.tree.save(step, never)).commit), never);
    const refused = await tree.takeIn(landing("two", (await two.tree.save(step, never)).commit), never);
    expect(refused).toMatchObject({ landed: false, conflicts: [{ path: "a" }] });
    expect(files.read()["a"]).toBe("by one\n");
    two.files.write("a", "by both\n");
    const mended = landing("two", (await two.tree.save(step, never)).commit);
    expect(await tree.takeIn(mended, never)).toMatchObject({ landed: true, files: ["a"] });
    expect(files.read()["a"]).toBe("by both\n");
  });

  it.each([
    ["agent", "theirs", "by two\n"],
    ["human", "ours", "by one\n"],
    ["serialize", "theirs", "by two\n"],
  ] as const)("lands a conflict that was given by %s as %s decides it", async (first, then, is) => {
    const { tree, files, one, two } = await lanes();
    one.files.write("a", "by one\n");
    for (const name of ["a", "c"]) two.files.write(name, "by two\n");
    await tree.takeIn(landing("one", (await one.tree.save(step, never)).commit), never);
    const { commit } = await two.tree.save(step, never);
    const refused = await tree.takeIn({ ...landing("two", commit), strategy: first }, never);
    const given = refused.landed ? "" : refused.tip.commit;
    const again = { ...landing("two", given), strategy: then };
    expect(await tree.takeIn(again, never)).toMatchObject({ landed: true, decided: ["a"] });
    expect(files.read()).toMatchObject({ a: is, c: "by two\n" });
  });

  it.each([
    ["ours", "by one\n"],
    ["theirs", "by two\n"],
  ] as const)("tells which files %s has decided, each time it is asked", async (strategy, is) => {
    const { tree, files, one, two } = await lanes();
    one.files.write("a", "by one\n");
    for (const name of ["a", "c"]) two.files.write(name, "by two\n");
    const { commit: first } = await one.tree.save(step, never);
    const alone = await tree.takeIn({ ...landing("one", first), strategy }, never);
    expect(alone).not.toHaveProperty("decided");
    const { commit } = await two.tree.save(step, never);
    const landed = await tree.takeIn({ ...landing("two", commit), strategy }, never);
    expect(landed).toMatchObject({ landed: true, decided: ["a"] });
    expect(await tree.takeIn({ ...landing("two", commit), strategy }, never)).toEqual(landed);
    expect(files.read()).toMatchObject({ a: is, c: "by two\n" });
  });
}
