import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Landing, Workspace } from "../../ports/workspaces.ts";
import { gitDriver } from "../../../test/git-driver.ts";
import { type GitKill, killsFrom, runKilled } from "../../testing/git-killer.ts";
import {
  photograph,
  photographUser,
  scratchRepository,
  type ScratchRepository,
} from "../../testing/scratch-repository.ts";

const signal = new AbortController().signal;
const lines = (...all: readonly string[]): string => `${all.join("\n")}\n`;
const step = { kind: "WORKFLOW-STEP", what: "completed" } as const;
const source = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
const story = `
import { createGitWorkspaces } from ${source("./workspaces.ts")};
import { createProcesses } from ${source("../../processes/supervisor.ts")};
import { createRealClock } from ${source("../../runtimes/real-clock.ts")};
const [projectDir, from, landing] = process.argv.slice(1);
const shell = (line) => ({ file: "/bin/sh", args: ["-c", line] });
const ready = { processes: createProcesses(), env: process.env, shell };
const driver = createGitWorkspaces({ projectDir, stateDir: projectDir + "/.tutti", clock: createRealClock(), env: process.env, ready });
const { signal } = new AbortController();
const tree = await driver.open({ mode: "shared", place: { runId: "r1", lane: "" }, from, setup: {}, print() {} }, signal);
await tree.takeIn(JSON.parse(landing), signal);
`;

async function treesOf({ dir }: ScratchRepository) {
  const driver = gitDriver(dir);
  const { commit: from } = await driver.base({ runId: "r1", name: "w", mode: "shared", setup: {} }, signal);
  const open = (mode: "shared" | "run", lane: string): Promise<Workspace> =>
    driver.open({ mode, place: { runId: "r1", lane }, from, setup: {}, print: () => {} }, signal);
  return { from, open };
}

/** A writer has changed, made and deleted a file, in a tree that began with what the user has not committed. */
async function workOf(lane: Workspace): Promise<Landing> {
  const work = await lane.begin({ effectId: "e" }, signal);
  writeFileSync(join(lane.cwd, "f"), lines("1 user", "2", "3", "4", "5 w"));
  mkdirSync(join(lane.cwd, "some"));
  writeFileSync(join(lane.cwd, "some/new"), "new\n");
  rmSync(join(lane.cwd, "gone"), { recursive: true });
  const { commit } = await lane.save(step, signal);
  work.release();
  const writer = { runId: "r1", lane: "w" };
  return { writer, commit, strategy: "agent", by: "rebase", note: { ...step, node: "w" } };
}

/** Lands in the user's own folder, is killed, and lands again after the user has worked there. Gives whether it was over before the kill. */
async function landsAgain(kill: GitKill): Promise<boolean> {
  const user = scratchRepository();
  try {
    user.commit("first", {
      ".gitignore": ".tutti\n",
      f: lines("1", "2", "3", "4", "5"),
      "gone/deep": "deep\n",
    });
    user.write({ f: lines("1 user", "2", "3", "4", "5"), mine: "mine\n" });
    user.git("add", "mine");
    const { from, open } = await treesOf(user);
    const landing = await workOf(await open("run", "w"));
    const { files: _, ...others } = photographUser(user);
    const { calls } = await runKilled(story, { args: [user.dir, from, JSON.stringify(landing)], kill });
    user.write({ mine: "mine, later\n", later: "later\n" });
    const left = photograph(user.dir);
    const tree = await (await treesOf(user)).open("shared", "");
    expect(photograph(user.dir)).toEqual(left);
    expect(await tree.takeIn(landing, signal)).toMatchObject({ landed: true });
    expect(photographUser(user)).toEqual({
      ...others,
      files: {
        ".gitignore": "644 .tutti\n",
        f: `644 ${lines("1 user", "2", "3", "4", "5 w")}`,
        "some/new": "644 new\n",
        mine: "644 mine, later\n",
        later: "644 later\n",
      },
    });
    const format = "--format=%(trailers:key=Tutti-Writer,valueonly)";
    expect(user.git("log", "--first-parent", format, tree.tip).match(/\S+/g)).toEqual([landing.commit]);
    user.git("fsck", "--strict");
    return calls < kill.at;
  } finally {
    user.remove();
  }
}

const { first, stride } = killsFrom();
const kinds: readonly GitKill["when"][] = ["before", "beside", "after"];

/** One of them each time, unless all calls are wanted. */
const tried = kinds.filter((_, n) => stride === 1 || n === first % kinds.length);

describe("a landing in the user's own folder, killed at a call of git", () => {
  it.each(tried)(
    "%s leaves the files as they lie, and lands once when it is asked for again",
    async (when) => {
      let isOver = false;
      for (let at = first; !isOver; at += stride) isOver = await landsAgain({ at, when });
      expect(isOver).toBe(true);
    },
    600_000,
  );
});
