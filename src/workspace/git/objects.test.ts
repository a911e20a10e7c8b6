import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { gitDriver } from "../../../test/git-driver.ts";
import { scratchRepository, type ScratchRepository } from "../../testing/scratch-repository.ts";
import { temporaryFolder, tinyDisk } from "../../testing/testbed.ts";
import { keepObject, nameOf } from "./objects.ts";

function scratch(): ScratchRepository {
  const made = scratchRepository();
  onTestFinished(() => made.remove());
  return made;
}

describe("an object", () => {
  const object = { kind: "tree", body: "" } as const;
  const name = nameOf(object, 20);

  it("is kept once, as git keeps it", () => {
    const made = scratch();
    const root = made.dir;
    for (const _ of [1, 2]) keepObject({ commonDir: join(root, ".git"), root }, { name, object });
    const dir = join(root, ".git/objects", name.slice(0, 2));
    expect(readdirSync(dir)).toEqual([name.slice(2)]);
    expect(statSync(join(dir, name.slice(2))).mode & 0o777).toBe(0o444);
    expect(made.git("cat-file", "-t", name)).toBe("tree");
  });

  it("that cannot be written is told, and nothing of it stays", () => {
    const root = temporaryFolder();
    writeFileSync(join(root, "objects"), "");
    expect(() => keepObject({ commonDir: root, root }, { name, object })).toThrow(
      expect.objectContaining({ code: "WORKSPACE_UNFIT", fix: "let this user write into the repository" }),
    );
  });

  it("for which the disk has no room is told, and nothing of it stays", ({ skip }) => {
    const disk = tinyDisk(1);
    if (!disk) return skip("no disk can be mounted here");
    const { folder: root } = disk;
    mkdirSync(join(root, "objects"));
    const body = randomBytes(400_000).toString("latin1");
    writeFileSync(join(root, "fill"), Buffer.alloc(900_000));
    const large = { kind: "commit", body } as const;
    const called = nameOf(large, 20);
    expect(() => keepObject({ commonDir: root, root }, { name: called, object: large })).toThrow(
      expect.objectContaining({ code: "WORKSPACE_UNFIT", fix: "make room on the disk" }),
    );
    expect(readdirSync(join(root, "objects"))).toEqual([called.slice(0, 2)]);
    expect(readdirSync(join(root, "objects", called.slice(0, 2)))).toEqual([]);
  });

  it("of a repository that others write into, too, is kept by git in its way", async () => {
    const project = scratch();
    project.commit("first", { ".gitignore": ".tutti\n", a: "one\n" });
    project.git("init", "--quiet", "--shared=group");
    const { signal } = new AbortController();
    const driver = gitDriver(project.dir);
    const mode = "shared";
    const { commit: from } = await driver.base({ runId: "r", name: "w", mode, setup: {} }, signal);
    const place = { runId: "r", lane: "" };
    const tree = await driver.open({ mode, place, from, setup: {}, print: () => {} }, signal);
    const before = new Set(readdirSync(join(project.dir, ".git/objects")));
    for (const text of ["two\n", "three\n"]) {
      writeFileSync(join(project.dir, "a"), text);
      await tree.save({ kind: "WORKFLOW-STEP", what: "completed" }, signal);
    }
    const made = readdirSync(join(project.dir, ".git/objects")).filter((name) => !before.has(name));
    expect(made.length).toBeGreaterThan(3);
    for (const name of made)
      expect([name, statSync(join(project.dir, ".git/objects", name)).mode & 0o2070]).toEqual([name, 0o2070]);
  });
});
