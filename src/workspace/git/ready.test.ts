import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { treeScene } from "../../../test/tree-scene.ts";
import { tinyDisk } from "../../testing/testbed.ts";
import { dropTree } from "./worktree.ts";

it("runs the install once in each tree, there, with the tree's environment and ports", async () => {
  const made = treeScene({ "app/a": "" }, {}, "app");
  const line = 'echo "$PWD $KIND $TUTTI_PORT $TUTTI_PORTS $TUTTI_RUN" >> ../ran';
  const setup = { install: { line, key: [], keep: [] }, ports: 2, env: { KIND: "tree" } };
  const first = await made.ready(setup);
  expect(await made.ready(setup)).toEqual(first);
  const cwd = join(made.files("").dir, "app");
  expect(made.textIn("ran")).toBe(`${cwd} tree ${first["TUTTI_PORT"]} 2 r1\n`);
  expect(first).toMatchObject({ KIND: "tree", TUTTI_PORTS: "2" });
  expect(made.said).toContain(`installs: ${line}`);
});

it("makes a tree ready again that was made anew", async () => {
  const made = treeScene({ ".gitignore": "/mark\n" });
  const setup = { install: { line: "echo x >> mark", key: [], keep: [] } };
  await made.ready(setup);
  rmSync(made.files("").dir, { recursive: true });
  await made.ready(setup);
  expect(made.textIn("mark")).toBe("x\n");
});

it("when the setup becomes another, what somebody changed in a copied file stays", async () => {
  const made = treeScene({ ".gitignore": "*.env\n" }, { "a.env": "1\n", "b.env": "1\n" });
  await made.ready({ copy: ["a.env"] });
  writeFileSync(join(made.files("").dir, "a.env"), "changed\n");
  await made.ready({ copy: ["*.env"] });
  expect([made.textIn("a.env"), made.textIn("b.env")]).toEqual(["changed\n", "1\n"]);
});

it("a full disk is told as what it is", async ({ skip }) => {
  const disk = tinyDisk(1);
  if (!disk) return skip("only root on Linux can mount a disk");
  const made = treeScene({ ".gitignore": "*.bin\n" }, { "big.bin": Buffer.alloc(3_000_000) });
  const stateDir = join(disk.folder, "state");
  mkdirSync(stateDir);
  await expect(made.ready({ copy: ["*.bin"] }, { stateDir })).rejects.toMatchObject({
    code: "WORKSPACE_NOT_READY",
    message: expect.stringContaining("the disk is full") as string,
    fix: "make room on the disk, then go on with tutti resume",
  });
});

it("a tree that was taken away gives place to a new one that is made ready", async () => {
  const made = treeScene({ ".gitignore": "*.env\n" }, { "a.env": "1\n" });
  await made.ready({ copy: ["*.env"] });
  const repository = await made.repository();
  await dropTree(repository, made.files("").dir);
  expect(made.isIn("a.env")).toBe(false);
  await made.ready({ copy: ["*.env"] });
  expect(made.isIn("a.env")).toBe(true);
});
