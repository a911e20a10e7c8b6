import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type GitKill, killsFrom, runKilled } from "../src/testing/git-killer.ts";
import { runIn, treeProject, treeRun } from "./tree-project.ts";

const engine = fileURLToPath(new URL("../src/engine.ts", import.meta.url));

const story = `
import { openTutti } from ${JSON.stringify(engine)};
const [cwd, id] = process.argv.slice(-2);
const tutti = await openTutti({ cwd, home: cwd + "/.tutti" });
await tutti.rollback(id, { point: { to: "one" } });
await tutti.close();
`;

/** Its third step fails until there is a file that git ignores. */
const text = `
name: cut
workspace: run
chain:
  - {name: one, run: "echo one >> log"}
  - {name: two, run: "echo two >> log"}
  - {name: three, run: "test -e ../../../../go && cat log > copy", retry: 0}
`;

/** After the kill the run goes on, from before or from after the rollback, and comes to the same end. */
async function survives(kill: GitKill): Promise<boolean> {
  const project = treeProject({ readme: "hello\n", ".gitignore": "go\n" });
  const { id } = await runIn(project, text);
  const { calls } = await runKilled(story, { args: [project.cwd, id], kill });
  const tutti = await project.open();
  const { status } = await tutti.show(id);
  expect(["failed", "paused"]).toContain(status);
  project.write({ go: "" });
  const { done } = await tutti.resume(id);
  expect((await done).status).toBe("completed");
  expect((await tutti.show(id)).counts.reused).toBe(status === "paused" ? 1 : 2);
  const end = await treeRun(project, tutti, id);
  expect([end.file("log"), end.file("copy")]).toEqual(["one\ntwo\n", "one\ntwo\n"]);
  expect(project.git("status", "--porcelain").trim()).toBe("");
  execFileSync("git", ["fsck", "--strict"], { cwd: project.cwd, stdio: "pipe" });
  return calls < kill.at;
}

const inFolder = `
name: cut
workspace: shared
chain:
  - {name: one, run: "echo one >> log"}
  - {name: two, run: "echo two >> log; echo two > copy"}
  - {name: three, run: "test -e go", retry: 0}
`;

/** Days after the kill nothing that the user has done meanwhile is changed by what is asked of the run. */
async function leavesAlone(kill: GitKill): Promise<boolean> {
  const project = treeProject({ readme: "hello\n", ".gitignore": "go\n" });
  const { id } = await runIn(project, inFolder);
  const { calls } = await runKilled(story, { args: [project.cwd, id], kill });
  const mine = { readme: "later\n", notes: "later\n", copy: "later\n" };
  project.write({ ...mine, go: "" });
  const read = (name: string): string => readFileSync(join(project.cwd, name), "utf8");
  const log = existsSync(join(project.cwd, "log")) ? read("log") : "";
  const left = (): readonly string[] => Object.keys(mine).map(read);
  const tutti = await project.open();
  const files = ["log"];
  const preview = await tutti.previewRollback(id, { point: { to: "two" }, files });
  expect(preview.files.map(({ path }) => path)).toEqual(log === "one\ntwo\n" ? [] : files);
  await tutti.rollback(id, { point: { to: "two" }, files });
  expect([read("log"), ...left()]).toEqual(["one\ntwo\n", ...Object.values(mine)]);
  const { done } = await tutti.resume(id);
  expect((await done).status).toBe("completed");
  expect(left().slice(0, 2)).toEqual(["later\n", "later\n"]);
  return calls < kill.at;
}

describe("a rollback of the user's folder whose process is killed at a call of git", () => {
  it.each<GitKill["when"]>(["before", "beside", "after"])(
    "%s it: what the user does after that stays",
    async (when) => {
      const { first, stride } = killsFrom();
      let isOver = false;
      for (let at = first; !isOver; at += stride) isOver = await leavesAlone({ at, when });
      expect(isOver).toBe(true);
    },
    900_000,
  );
});

describe("a rollback whose process is killed at a call of git", () => {
  it.each<GitKill["when"]>(["before", "beside", "after"])(
    "%s it: the run goes on and comes to the same end",
    async (when) => {
      const { first, stride } = killsFrom();
      let isOver = false;
      for (let at = first; !isOver; at += stride) isOver = await survives({ at, when });
      expect(isOver).toBe(true);
    },
    900_000,
  );
});
