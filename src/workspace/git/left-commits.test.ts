import { rmSync } from "node:fs";
import { expect, it } from "vitest";
import { signal, treeEnv } from "../../../test/tree-scene.ts";
import type { Workspaces } from "../../ports/workspaces.ts";
import type { Checkpoints } from "../../ports/checkpoints.ts";
import { gitDriver } from "../../../test/git-driver.ts";
import { gitIn, gitProject } from "../../testing/git-project.ts";

const place = { runId: "r1", lane: "" };

async function scene() {
  const made = gitProject({ "a.txt": "a\n" });
  const driver: Workspaces & Checkpoints = gitDriver(made.dir, { env: treeEnv });
  const { commit: from } = await driver.base({ runId: "r1", name: "w", mode: "run", setup: {} }, signal);
  const open = () => driver.open({ mode: "run", place, from, setup: {}, print: () => {} }, signal);
  const { cwd } = await open();
  const git = gitIn(cwd);
  const commit = (name: string): string => {
    git("-c", "user.name=U", "-c", "user.email=u@e", "commit", "-q", "--allow-empty", "-m", name);
    return git("rev-parse", "HEAD").trim();
  };
  return { made, driver, open, cwd, git, commit };
}

it("commits that somebody made in a tree and left have refs when the tree is gone", async () => {
  const { made, driver, git, commit } = await scene();
  const start = git("rev-parse", "HEAD").trim();
  commit("one");
  const two = commit("two");
  git("checkout", "-q", start);
  const other = commit("other");
  git("branch", "kept", commit("on a branch"));
  git("checkout", "-q", start);
  const refs = await driver.remove(place, signal);
  expect(refs.map((ref) => made.git("rev-parse", ref).trim()).toSorted()).toEqual([two]);
  expect(refs).toEqual(["refs/tutti/r1/commits/run/1"]);
  expect(made.git("branch", "--contains", other)).toContain("kept");
  expect((await driver.list({ runId: "r1" }, signal)).map(({ kind }) => kind)).toEqual(["PRE-WORKFLOW"]);
});

it("they have them also when somebody deleted the tree, and it is made again", async () => {
  const { made, open, cwd, commit } = await scene();
  const one = commit("one");
  rmSync(cwd, { recursive: true });
  await open();
  expect(made.git("rev-parse", "refs/tutti/r1/commits/run/1").trim()).toBe(one);
});

it("a tree in which nobody made a commit leaves no refs of such", async () => {
  const { made, driver } = await scene();
  expect(await driver.remove(place, signal)).toEqual([]);
  expect(made.git("for-each-ref", "refs/tutti/r1/commits")).toBe("");
});
