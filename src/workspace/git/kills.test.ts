import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gitDriver } from "../../../test/git-driver.ts";
import { type GitKill, type Killed, killsFrom, runKilled } from "../../testing/git-killer.ts";
import {
  photograph,
  plainGit,
  scratchRepository,
  type ScratchRepository,
} from "../../testing/scratch-repository.ts";

const signal = new AbortController().signal;
const source = (path: string): string => new URL(path, import.meta.url).href;

/** The story of a process: it says what it has done, one line each. */
const story = `
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { createGitWorkspaces } from ${JSON.stringify(source("./workspaces.ts"))};
import { createProcesses } from ${JSON.stringify(source("../../processes/supervisor.ts"))};
import { createRealClock } from ${JSON.stringify(source("../../runtimes/real-clock.ts"))};
const [projectDir, mode, exact] = process.argv.slice(1);
const shell = (line) => ({ file: "/bin/sh", args: ["-c", line] });
const ready = { processes: createProcesses(), env: process.env, shell };
const driver = createGitWorkspaces({ projectDir, stateDir: projectDir + "/.tutti", clock: createRealClock(), env: process.env, ready });
const { signal } = new AbortController();
const { commit: from } = await driver.base({ runId: "r", name: "w", mode, setup: {} }, signal);
console.log("base " + from);
const tree = await driver.open({ mode, place: { runId: "r", lane: "" }, from, setup: {}, print() {} }, signal);
const work = await tree.begin({ effectId: "e1", from }, signal);
writeFileSync(tree.cwd + "/a.txt", "by the step\\n");
writeFileSync(tree.cwd + "/new.txt", "new\\n");
if (exact) writeFileSync(tree.cwd + "/crlf.txt", "one\\r\\ntwo\\n");
if (exact) chmodSync(tree.cwd + "/new.txt", 0o600);
rmSync(tree.cwd + "/dir", { recursive: true });
const note = { kind: "WORKFLOW-STEP", what: "completed", node: "n" };
const saved = await tree.save(note, signal);
console.log("saved " + saved.commit);
work.release();
await tree.restore({ commit: from, note }, signal);
await tree.restore({ commit: saved.commit, note }, signal);
console.log("done");
`;

function project(exact: boolean): ScratchRepository {
  const scratch = scratchRepository();
  scratch.commit("first", {
    ".gitignore": ".tutti\nignored\n",
    "a.txt": "a\n",
    ...(exact ? { ".gitattributes": "crlf.txt text\n", "crlf.txt": "one\r\n" } : {}),
    "dir/b.txt": "b\n",
    link: { link: "a.txt" },
  });
  scratch.write({ "a.txt": "staged\n" });
  scratch.git("add", "a.txt");
  scratch.write({ "a.txt": "not staged\n", "untracked.txt": "new\n", ignored: "as it is\n" });
  return scratch;
}

/** What the step makes of it. */
function edited(exact: boolean): Readonly<Record<string, string>> {
  const plain = { "a.txt": "644 by the step\n", "new.txt": `${exact ? "600" : "644"} new\n` };
  return exact ? { ...plain, "crlf.txt": "644 one\r\ntwo\n" } : plain;
}

function users(scratch: ScratchRepository): unknown {
  const { dir } = scratch;
  const refs = scratch.git("for-each-ref", "--format=%(refname) %(objectname)").split("\n");
  return {
    index: readFileSync(join(dir, ".git/index"), "latin1"),
    head: readFileSync(join(dir, ".git/HEAD"), "utf8"),
    config: readFileSync(join(dir, ".git/config"), "utf8"),
    refs: refs.filter((line) => !line.startsWith("refs/tutti/")),
  };
}

type Mode = "run" | "shared";
interface Kill extends GitKill {
  /** With files that git would not write back as they are. */
  readonly exact: boolean;
}

async function tell(dir: string, mode: Mode, { exact, ...kill }: Kill): Promise<Killed> {
  // in a folder that the user writes in, too, nothing of it is going on any more
  const args = [dir, mode, ...(exact ? ["exact"] : [])];
  const told = await runKilled(story, { args, kill, leavesGit: mode === "run" });
  if (told.calls < kill.at && !told.said.includes("done")) throw new Error(`it said only: ${told.said}`);
  return told;
}

/** After the kill: whole, nothing lost, nothing of the user's changed; and the work can go on. */
async function survives(mode: Mode, kill: Kill): Promise<boolean> {
  const scratch = project(kill.exact);
  try {
    const before = photograph(scratch.dir);
    const usersBefore = users(scratch);
    const { said, calls } = await tell(scratch.dir, mode, kill);
    const driver = gitDriver(scratch.dir);
    const { commit: from } = await driver.base({ runId: "r", name: "w", mode, setup: {} }, signal);
    // days later the user works in it
    if (mode === "shared") scratch.write({ "a.txt": "later\n", "later.txt": "later\n" });
    const left = photograph(scratch.dir);
    const place = { runId: "r", lane: "" };
    const tree = await driver.open({ mode, place, from, setup: {}, print: () => {} }, signal);
    const { "a.txt": _a, "crlf.txt": _crlf, "dir/b.txt": _b, ...same } = before;
    const ignored = mode === "run" ? { ignored: undefined } : {};
    const whole = [before, { ...same, ...edited(kill.exact) }].map((files) => tidy({ ...files, ...ignored }));
    expect(mode === "shared" ? [left] : whole).toContainEqual(photograph(tree.cwd));
    expect(said.includes("base") ? said : `base ${from}`).toContain(`base ${from}`);
    const saved = /^saved (.*)$/m.exec(said)?.[1] ?? from;
    await tree.restore({ commit: saved, note }, signal);
    expect(photograph(tree.cwd)).toEqual(whole[saved === from ? 0 : 1]);
    await tree.restore({ commit: from, note }, signal);
    expect(photograph(tree.cwd)).toEqual(whole[0]);
    expect(photograph(scratch.dir)).toEqual(before);
    expect(users(scratch)).toEqual(usersBefore);
    execFileSync("git", ["fsck", "--strict"], { cwd: scratch.dir, env: plainGit, stdio: "pipe" });
    return calls < kill.at;
  } finally {
    scratch.remove();
  }
}

const note = { kind: "WORKFLOW-RECOVERY", what: "put back" } as const;

function tidy(files: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

describe.each<[Mode, boolean]>([
  ["run", false],
  ["run", true],
  ["shared", false],
  ["shared", true],
])("in a tree of mode %s (files that git changes: %s), a kill at every call of git", (mode, exact) => {
  it.each<Kill["when"]>(["before", "beside", "after"])(
    "%s it leaves a whole state, and nothing of the user's is touched",
    async (when) => {
      let isOver = false;
      const { first, stride } = killsFrom();
      for (let at = first; !isOver; at += stride) isOver = await survives(mode, { at, when, exact });
      expect(isOver).toBe(true);
    },
    900_000,
  );
});
