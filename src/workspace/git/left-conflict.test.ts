import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Landed, Landing, Workspace } from "../../ports/workspaces.ts";
import { gitDriver } from "../../../test/git-driver.ts";
import { gitProject } from "../../testing/git-project.ts";
import {
  type Files,
  photograph,
  type ScratchRepository,
  writeFiles,
} from "../../testing/scratch-repository.ts";

const signal = new AbortController().signal;
const step = { kind: "WORKFLOW-STEP", what: "completed" } as const;
const middle = Array.from({ length: 9 }, (_, n) => `${n}`);
const ends = (first: string, last: string): string => `${[first, ...middle, last].join("\n")}\n`;
const binary = (who: string): Buffer => Buffer.from(`\0${who}`);

type Strategy = Landing["strategy"];

interface Scene {
  readonly user: ScratchRepository;
  readonly run: Workspace;
  readonly lane: Workspace;
  readonly land: (commit: string, strategy: Strategy) => Promise<Landed>;
}

/** The writer and somebody else have changed the same, and the writer was given the conflict. */
async function conflictIn(strategy: Strategy): Promise<Scene & { readonly given: string }> {
  const user = gitProject({ ".gitignore": ".tutti\n", f: ends("a", "z"), b: binary("base") });
  const driver = gitDriver(user.dir);
  const { commit: from } = await driver.base({ runId: "r1", name: "w", mode: "run", setup: {} }, signal);
  const open = (lane: string): Promise<Workspace> =>
    driver.open({ mode: "run", place: { runId: "r1", lane }, from, setup: {}, print: () => {} }, signal);
  const [run, lane] = [await open(""), await open("w")];
  await attempt(run, { f: ends("a run", "z run"), b: binary("run"), other: "of the run\n" });
  const land = (commit: string, by: Strategy): Promise<Landed> => {
    const writer = { runId: "r1", lane: "w" };
    return run.takeIn({ writer, commit, strategy: by, by: "rebase", note: { ...step, node: "w" } }, signal);
  };
  const work = await attempt(lane, { f: ends("a w", "z w"), b: binary("w"), own: "of the writer\n" });
  const met = await land(work, strategy);
  if (met.landed) throw new Error("it has landed");
  return { user, run, lane, land, given: met.tip.commit };
}

async function attempt(tree: Workspace, files: Files, gone: readonly string[] = []): Promise<string> {
  const work = await tree.begin({ effectId: `e ${tree.cwd}` }, signal);
  writeFiles(tree.cwd, files);
  for (const name of gone) rmSync(join(tree.cwd, name));
  const { commit } = await tree.save(step, signal);
  work.release();
  return commit;
}

/** What lies in a tree, as it was written. */
function filesIn({ cwd }: Workspace): Readonly<Record<string, string>> {
  const { ".gitignore": _, ...files } = photograph(cwd);
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [name, text.replace(/^644 /, "")]));
}

const together = { other: "of the run\n", own: "of the writer\n" };

describe("a conflict that the writer was given", () => {
  it.each([
    ["human", "theirs", "w"],
    ["agent", "ours", "run"],
    ["serialize", "theirs", "w"],
    ["serialize", "ours", "run"],
  ] as const)("by %s is decided by %s when that is said then", async (first, then, who) => {
    const { run, land, given } = await conflictIn(first);
    const landed = await land(given, then);
    expect(landed).toMatchObject({ landed: true });
    expect(filesIn(run)).toEqual({ ...together, f: ends(`a ${who}`, `z ${who}`), b: `\0${who}` });
    expect(await land(given, then)).toEqual(landed);
  });

  it.each([
    ["theirs", "w"],
    ["ours", "run"],
  ] as const)(
    "is decided by %s where nobody has, and stays as it was brought together elsewhere",
    async (then, who) => {
      const { user, run, lane, land } = await conflictIn("human");
      const marked = readFileSync(join(lane.cwd, "f"), "utf8");
      const half = marked.replace(/<<<<<<<[^]*?>>>>>>>.*\n/, "a of both\n");
      expect(half).toContain("<<<<<<<");
      const commit = await attempt(lane, { f: half, more: "more\n" });
      expect(await land(commit, "human")).toMatchObject({ landed: false });
      expect(await land(commit, then)).toMatchObject({ landed: true, decided: ["b", "f"] });
      expect(filesIn(run)).toEqual({
        ...together,
        more: "more\n",
        f: ends("a of both", `z ${who}`),
        b: `\0${who}`,
      });
      user.git("fsck", "--strict");
    },
  );

  it("lands as it was brought together, whatever the strategy is, when nothing is left of it", async () => {
    const { run, lane, land } = await conflictIn("human");
    const aside = Object.keys(photograph(lane.cwd)).filter((name) => name.includes("~tutti "));
    const commit = await attempt(lane, { f: ends("a of both", "z of both"), b: binary("both") }, aside);
    const landed = await land(commit, "theirs");
    expect(landed).toMatchObject({ landed: true });
    expect(landed).not.toHaveProperty("decided");
    expect(filesIn(run)).toEqual({ ...together, f: ends("a of both", "z of both"), b: "\0both" });
  });

  it("has the writer begin on what is there when it is to do its work again, and lands no mark", async () => {
    const { run, lane, land, given } = await conflictIn("agent");
    const before = filesIn(run);
    const met = await land(given, "serialize");
    expect(met).toMatchObject({ landed: false, conflicts: [{ path: "b" }, { path: "f" }] });
    expect([filesIn(run), filesIn(lane)]).toEqual([before, before]);
    expect(await land(given, "serialize")).toEqual(met);
  });

  it("lies before whoever is to decide it, when the work was to be done again", async () => {
    const { lane, land, given } = await conflictIn("serialize");
    const met = await land(given, "human");
    expect(met).toMatchObject({ landed: false, conflicts: [{ path: "b" }, { path: "f" }] });
    expect(filesIn(lane)).toMatchObject({ ...together, f: expect.stringContaining("<<<<<<< in the run") });
    expect(await land(met.landed ? "" : met.tip.commit, "human")).toMatchObject({
      landed: false,
      tip: { commit: lane.tip },
    });
  });

  it("stays as somebody was given it, and what they make of it is brought together with what has landed since", async () => {
    const { run, lane, land, given } = await conflictIn("human");
    const before = filesIn(lane);
    await attempt(run, { f: ends("a later", "z run"), later: "later\n" });
    expect(await land(given, "human")).toMatchObject({ landed: false, tip: { commit: given } });
    expect(filesIn(lane)).toEqual(before);
    const aside = Object.keys(before).filter((name) => name.includes("~tutti "));
    const decided = { f: ends("a of both", "z of both"), b: binary("both") };
    const met = await land(await attempt(lane, decided, aside), "human");
    expect(met).toMatchObject({ landed: false, conflicts: [{ path: "f" }] });
    expect(filesIn(lane)["f"]).toMatch(/\na later\n[^]*\na of both\n/);
    await attempt(lane, { f: ends("a of all", "z of both") });
    expect(await land(lane.tip, "human")).toMatchObject({ landed: true });
    expect(filesIn(run)).toEqual({
      ...together,
      later: "later\n",
      f: ends("a of all", "z of both"),
      b: "\0both",
    });
  });
});
