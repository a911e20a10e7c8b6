import { assert, array, asyncProperty, constantFrom, nat, record, uniqueArray } from "fast-check";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Landing, Workspace } from "../../ports/workspaces.ts";
import { gitDriver } from "../../../test/git-driver.ts";
import { type GitKill, killsFrom, runKilled } from "../../testing/git-killer.ts";
import { gitProject } from "../../testing/git-project.ts";
import {
  photograph,
  photographUser,
  scratchRepository,
  type ScratchRepository,
} from "../../testing/scratch-repository.ts";

const signal = new AbortController().signal;
const lines = (...all: readonly string[]): string => `${all.join("\n")}\n`;
const eight = Array.from({ length: 8 }, (_, n) => n);
const step = { kind: "WORKFLOW-STEP", what: "completed" } as const;

/** A run with its tree, and lanes from it, as one process has them. */
async function runIn({ dir }: ScratchRepository) {
  const driver = gitDriver(dir);
  const { commit: from } = await driver.base({ runId: "r1", name: "w", mode: "run", setup: {} }, signal);
  const open = (lane: string): Promise<Workspace> =>
    driver.open(
      { mode: "run", place: { runId: "r1", lane }, from, setup: {}, print: () => undefined },
      signal,
    );
  return { run: await open(""), open };
}

async function write(tree: Workspace, files: Readonly<Record<string, string>>): Promise<string> {
  const work = await tree.begin({ effectId: `e ${tree.cwd}` }, signal);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree.cwd, name)), { recursive: true });
    writeFileSync(join(tree.cwd, name), text);
  }
  const { commit } = await tree.save(step, signal);
  work.release();
  return commit;
}

function landing(lane: string, commit: string): Landing {
  return {
    writer: { runId: "r1", lane },
    commit,
    strategy: "agent",
    by: "rebase",
    note: { ...step, node: lane },
  };
}

describe("eight writers side by side", () => {
  it("all land, and every line of every one of them is there", async () => {
    const user = gitProject({
      ".gitignore": ".tutti\n",
      shared: lines(...Array.from({ length: 40 }, (_, n) => `line ${n}`)),
    });
    const before = photographUser(user);
    const { run, open } = await runIn(user);
    await Promise.all(
      eight.map(async (n) => {
        const shared = Array.from({ length: 40 }, (_, line) =>
          line === n * 5 ? `line of ${n}` : `line ${line}`,
        );
        const commit = await write(await open(`all/w${n}`), {
          [`new/${n}`]: `${n}\n`,
          shared: lines(...shared),
        });
        expect(await run.takeIn(landing(`all/w${n}`, commit), signal)).toMatchObject({ landed: true });
      }),
    );
    const files = photograph(run.cwd);
    for (const n of eight) {
      expect(files[`new/${n}`]).toBe(`644 ${n}\n`);
      expect(files["shared"]).toContain(`line of ${n}\n`);
    }
    expect((await run.save(step, signal)).files).toEqual([]);
    expect(photographUser(user)).toEqual(before);
    user.git("fsck", "--strict");
  }, 120_000);

  it("land or get their conflict, and nothing of anybody vanishes", async () => {
    const user = gitProject({ ".gitignore": ".tutti\n", f: lines("a", "b", "c") });
    const { run, open } = await runIn(user);
    const met = await Promise.all(
      eight.map(async (n) => {
        const lane = `all/w${n}`;
        const tree = await open(lane);
        let commit = await write(tree, { f: lines("a", `b of ${n}`, "c"), [`own${n}`]: "own\n" });
        for (let conflicts = 0; ; conflicts += 1) {
          const landed = await run.takeIn(landing(lane, commit), signal);
          if (landed.landed) return conflicts;
          const both = readFileSync(join(tree.cwd, "f"), "utf8").split("\n");
          const lasting = new Set(both.filter((line) => line.startsWith("b of ")));
          commit = await write(tree, { f: lines("a", ...lasting, "c") });
        }
      }),
    );
    expect(met.filter((conflicts) => conflicts > 0)).toHaveLength(7);
    const files = photograph(run.cwd);
    for (const n of eight) {
      expect(files["f"]?.split("\n")).toContain(`b of ${n}`);
      expect(files[`own${n}`]).toBe("644 own\n");
    }
    user.git("fsck", "--strict");
  }, 120_000);
});

describe("a writer that does its work again", () => {
  it("has the tree it begins from in common with it, also where its own has the same content already", async () => {
    const user = gitProject({ ".gitignore": ".tutti\n", f: "as it was\n" });
    const { run, open } = await runIn(user);
    const from = run.tip;
    const tree = await open("w");
    const first = await write(tree, { f: "first try\n" });
    expect(await run.takeIn(landing("w", first), signal)).toMatchObject({ landed: true });
    for (const each of [run, tree]) await each.restore({ commit: from, note: step }, signal);
    const work = await tree.begin({ effectId: "again", from: run.tip }, signal);
    writeFileSync(join(tree.cwd, "f"), "second try\n");
    const { commit } = await tree.save(step, signal);
    work.release();
    expect(await run.takeIn(landing("w", commit), signal)).toMatchObject({ landed: true, files: ["f"] });
    expect(photograph(run.cwd)["f"]).toBe("644 second try\n");
  });
});

describe("work that landed and was taken out again by going back", () => {
  it("lands again when that is asked for again", async () => {
    const user = gitProject({ ".gitignore": ".tutti\n", f: "as it was\n" });
    const { run, open } = await runIn(user);
    const from = run.tip;
    const commit = await write(await open("w"), { made: "by the writer\n" });
    expect(await run.takeIn(landing("w", commit), signal)).toMatchObject({ landed: true });
    const other = await run.begin({ effectId: "other", from }, signal);
    expect(photograph(run.cwd)["made"]).toBeUndefined();
    other.release();
    expect(await run.takeIn(landing("w", commit), signal)).toMatchObject({ landed: true, files: ["made"] });
    expect(photograph(run.cwd)["made"]).toBe("644 by the writer\n");
  });
});

/** Lines of a file, each of its own, some of them changed by a writer. */
function linesBy(writer: string, changed: ReadonlySet<number>): string {
  return lines(...Array.from({ length: 12 }, (_, n) => (changed.has(n) ? `${n} ${writer}` : `${n}`)));
}

const someLines = uniqueArray(nat(11), { minLength: 1, maxLength: 4 });
const writers = array(
  record({ changed: someLines, strategy: constantFrom("agent", "ours", "theirs", "serialize") }),
  {
    minLength: 2,
    maxLength: 4,
  },
);

describe("writers of the same file, whatever they change and however they are brought together", () => {
  it("nothing that is in the target goes but for a writer that is to win, and nothing of a writer that lands but for the target", async () => {
    await assert(
      asyncProperty(writers, async (all) => {
        const user = scratchRepository();
        try {
          user.commit("first", { ".gitignore": ".tutti\n", f: linesBy("", new Set()) });
          const { run, open } = await runIn(user);
          const now = (tree: Workspace): readonly string[] =>
            readFileSync(join(tree.cwd, "f"), "utf8").split("\n");
          const trees = await Promise.all(all.map((_, n) => open(`w${n}`)));
          for (const [n, { changed, strategy }] of all.entries()) {
            const tree = trees[n] ?? run;
            const mine = changed.map((line) => `${line} w${n}`);
            const before = now(run);
            const theirs = before.filter((line) => line.includes("w"));
            const commit = await write(tree, { f: linesBy(`w${n}`, new Set(changed)), [`own${n}`]: "own\n" });
            const landed = await run.takeIn({ ...landing(`w${n}`, commit), strategy }, signal);
            const [after, left] = [now(run), now(tree)];
            const has = (all: readonly string[], some: readonly string[]): boolean =>
              some.every((line) => all.includes(line));
            const isKept = landed.landed
              ? (strategy === "theirs" || has(after, theirs)) && (strategy === "ours" || has(after, mine))
              : has(left, theirs) &&
                (strategy === "serialize" || has(left, mine)) &&
                String(after) === String(before);
            expect([all, landed, isKept]).toEqual([all, landed, true]);
            expect(existsSync(join(run.cwd, `own${n}`))).toBe(landed.landed);
            user.git("merge-base", "--is-ancestor", commit, tree.tip);
          }
        } finally {
          user.remove();
        }
      }),
      { numRuns: Number(process.env["TUTTI_RUNS"] ?? 8) },
    );
  }, 300_000);
});

const source = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
const story = `
import { createGitWorkspaces } from ${source("./workspaces.ts")};
import { createProcesses } from ${source("../../processes/supervisor.ts")};
import { createRealClock } from ${source("../../runtimes/real-clock.ts")};
const [projectDir, from, ...landings] = process.argv.slice(1);
const shell = (line) => ({ file: "/bin/sh", args: ["-c", line] });
const ready = { processes: createProcesses(), env: process.env, shell };
const driver = createGitWorkspaces({ projectDir, stateDir: projectDir + "/.tutti", clock: createRealClock(), env: process.env, ready });
const { signal } = new AbortController();
const tree = await driver.open({ mode: "run", place: { runId: "r1", lane: "" }, from, setup: {}, print() {} }, signal);
for (const landing of landings) await tree.takeIn(JSON.parse(landing), signal);
`;

/** One lands, the other meets a conflict; killed, it is asked again. Gives whether it was over before the kill. */
async function comesTogether(user: ScratchRepository, kill: GitKill): Promise<boolean> {
  const { run, open } = await runIn(user);
  const from = run.tip;
  const [one, other] = [await open("one"), await open("other")];
  const files = { "gone/deep": "new\n", "a b": "new\n" };
  const first = landing("one", await write(one, { f: lines("1", "2 one", "3", "4", "5"), ...files }));
  const theirs = await write(other, { f: lines("1", "2 other", "3", "4", "5 other"), own: "own\n" });
  const second = landing("other", theirs);
  const args = [user.dir, from, JSON.stringify(first), JSON.stringify(second)];
  const { calls } = await runKilled(story, { args, kill });
  const again = await runIn(user);
  expect(await again.run.takeIn(first, signal)).toMatchObject({
    landed: true,
    files: ["a b", "f", "gone/deep"],
  });
  const landed = await again.run.takeIn(second, signal);
  expect(landed).toMatchObject({ landed: false, conflicts: [{ path: "f", with: ["one"] }] });
  expect(photograph(again.run.cwd)).toMatchObject({
    f: `644 ${lines("1", "2 one", "3", "4", "5")}`,
    "a b": "644 new\n",
  });
  const marked = photograph((await again.open("other")).cwd);
  expect(marked).toMatchObject({ own: "644 own\n", "gone/deep": "644 new\n" });
  expect(marked["f"]).toMatch(
    /<<<<<<< in the run.*\n2 one\n[^]*\n2 other\n>>>>>>> from other.*\n3\n4\n5 other\n$/,
  );
  const log = user.git(
    "log",
    "--first-parent",
    "--format=%(trailers:key=Tutti-Writer,valueonly)",
    again.run.tip,
  );
  expect(log.match(/\S+/g)).toEqual([first.commit]);
  user.git("merge-base", "--is-ancestor", theirs, landed.landed ? "" : landed.tip.commit);
  user.git("fsck", "--strict");
  return calls < kill.at;
}

describe("taking in what writers did, killed at a call of git", () => {
  it.each<GitKill["when"]>(["before", "beside", "after"])(
    "%s it is whole when it is asked for again: each landed once, or has its conflict",
    async (when) => {
      const { first, stride } = killsFrom();
      let isOver = false;
      for (let at = first; !isOver; at += stride)
        isOver = await comesTogether(
          gitProject({ ".gitignore": ".tutti\n", f: lines("1", "2", "3", "4", "5") }),
          { at, when },
        );
      expect(isOver).toBe(true);
    },
    600_000,
  );
});
