import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFakeClock } from "../../runtimes/memory/fake-clock.ts";
import type { Conflict, Landed, Landing } from "../../ports/workspaces.ts";
import {
  type Files,
  plainGit,
  scratchRepository,
  type ScratchRepository,
} from "../../testing/scratch-repository.ts";
import { advance, type Kept, makeCheckpoint } from "./checkpoint.ts";
import { type Exact, noExact } from "./exact-record.ts";
import { findRepository, type Repository, updateRefs } from "./repository.ts";
import { takeIn } from "./take-in.ts";
import { newTree, type Tree } from "./tree.ts";
import { Queue, Turns } from "../turns.ts";

const signal = new AbortController().signal;
const clock = createFakeClock();
/** The folders of the trees are not there: what is said here is said of checkpoints. */
const nowhere = () => ({ treesDir: "/nowhere", apart: [], turns: new Turns(), queue: new Queue() });
let scratch: ScratchRepository;
let repository: Repository;

beforeEach(async () => {
  scratch = scratchRepository();
  scratch.commit("first", { "app/.keep": "" });
  const found = await findRepository({ projectDir: scratch.dir, env: plainGit }, signal);
  if (!found) throw new Error("no repository");
  repository = found;
});
afterEach(() => scratch.remove());

/** A checkpoint of the tree with these files changed. */
async function work(
  tree: Tree,
  files: Files,
  { node, exact, parents = [] }: { node?: string; exact?: Exact; parents?: readonly string[] } = {},
): Promise<Kept> {
  const made = scratch.loose("files", { parents: [tree.newest.commit], files });
  const next = await makeCheckpoint(
    tree,
    {
      tree: scratch.git("rev-parse", `${made}^{tree}`),
      parents: [tree.newest.commit, ...parents],
      number: tree.newest.number + 1,
      note: { kind: "WORKFLOW-STEP", what: "completed", ...(node === undefined ? {} : { node }) },
      exact: exact ?? tree.newest.exact,
    },
    signal,
  );
  await advance(tree, { next, moves: false }, signal);
  return next;
}

async function treeOf(lane: string, newest: Kept): Promise<Tree> {
  const tree = newTree({
    repository,
    clock,
    place: { runId: "r1", lane },
    ...nowhere(),
    own: true,
    newest,
  });
  await updateRefs(repository, [{ ref: tree.refs.newest, to: newest.commit, from: null }], signal);
  return tree;
}

async function runTree(files: Files): Promise<Tree> {
  const commit = scratch.git("rev-parse", "HEAD");
  const run = await treeOf("", {
    commit,
    number: -1,
    tree: "",
    parents: [],
    exact: noExact,
    message: undefined,
  });
  await work(run, files);
  return run;
}

function landing(writer: Tree, change: Partial<Landing> = {}): Landing {
  return {
    writer: writer.place,
    commit: writer.newest.commit,
    strategy: "agent",
    by: "rebase",
    note: { kind: "WORKFLOW-STEP", what: "landed", node: writer.place.lane },
    ...change,
  };
}

function land(target: Tree, writer: Tree, change: Partial<Landing> = {}): Promise<Landed> {
  return takeIn({ target, writer, landing: landing(writer, change) }, signal);
}

function conflictsOf(landed: Landed): readonly Conflict[] {
  if (landed.landed) throw new Error("it has landed");
  return landed.conflicts;
}

const lines = (...all: readonly string[]): string => `${all.join("\n")}\n`;

describe("taking in a writer's work", () => {
  it("lands it after what others did meanwhile, as one commit", async () => {
    const run = await runTree({ a: "1\n", b: "1\n" });
    const lane = await treeOf("steps/w", run.newest);
    await work(run, { b: "2\n" }, { node: "other" });
    const ours = run.newest;
    await work(lane, { a: "2\n" });
    await work(lane, { c: "new\n" });
    const landed = await land(run, lane);
    expect(landed).toMatchObject({ landed: true, files: ["a", "c"], number: 2 });
    expect(run.newest.parents).toEqual([ours.commit]);
    expect(scratch.git("rev-parse", run.refs.newest)).toBe(run.newest.commit);
    expect(["a", "b", "c"].map((path) => scratch.at(run.newest.commit, path))).toEqual([
      "2\n",
      "2\n",
      "new\n",
    ]);
    expect(run.newest.message).toMatchObject({ node: "steps/w", writer: lane.newest.commit });
  });

  it("makes the writer's checkpoint a parent when it lands by merging", async () => {
    const run = await runTree({ a: "1\n" });
    const lane = await treeOf("w", run.newest);
    await work(lane, { a: "2\n" });
    const ours = run.newest.commit;
    await land(run, lane, { by: "merge" });
    expect(run.newest.parents).toEqual([ours, lane.newest.commit]);
  });

  it("gives the same when it is asked the same again, also after others have landed", async () => {
    const run = await runTree({ a: "1\n", b: "1\n" });
    const [one, other] = [await treeOf("one", run.newest), await treeOf("other", run.newest)];
    await work(one, { a: "2\n" });
    await work(other, { b: "2\n" });
    const first = await land(run, one);
    await land(run, other);
    const newest = run.newest.commit;
    expect(await land(run, one)).toEqual(first);
    expect(run.newest.commit).toBe(newest);
  });

  it("lands only what is new when the same writer lands once more", async () => {
    const run = await runTree({ a: lines("1", "2", "3") });
    const lane = await treeOf("w", run.newest);
    await work(lane, { a: lines("1", "2 w", "3") });
    await land(run, lane);
    await work(run, { b: "else\n" });
    await work(lane, { a: lines("1", "2 w again", "3") });
    expect(await land(run, lane)).toMatchObject({ landed: true, files: ["a"] });
    expect(scratch.at(run.newest.commit, "a")).toBe("1\n2 w again\n3\n");
    expect(scratch.at(run.newest.commit, "b")).toBe("else\n");
  });

  it.each([
    ["the checkpoint that was gone back to", (old: Kept) => old],
    ["the checkpoint of going back", (_old: Kept, back: Kept) => back],
  ])(
    "takes a writer that began anew from there, not from where it had landed before: %s",
    async (_what, start) => {
      const run = await runTree({ a: "1\n" });
      const old = run.newest;
      const lane = await treeOf("w", old);
      await work(lane, { a: "2\n" });
      await land(run, lane);
      const back = await work(run, { a: "1\n" });
      await work(lane, { a: "1\n" }, { parents: [start(old, back).commit] });
      await work(lane, { a: "2 again\n", c: "c\n" });
      expect(await land(run, lane)).toMatchObject({ landed: true, files: ["a", "c"] });
      expect(scratch.at(run.newest.commit, "a")).toBe("2 again\n");
    },
  );

  it("refuses a writer that has nothing in common with the tree", async () => {
    const run = await runTree({ a: "1\n" });
    const lane = await treeOf("w", run.newest);
    const commit = scratch.loose("stranger", { parents: [], files: { a: "2\n" } });
    await expect(land(run, lane, { commit })).rejects.toMatchObject({ code: "WORKSPACE_LOST" });
  });

  it("says files from the project's folder", async () => {
    const run = await runTree({ "app/a": "1\n" });
    const lane = await treeOf("w", run.newest);
    await work(lane, { "app/a": "2\n", top: "t\n" });
    const inside = { ...run, repository: { ...repository, prefix: "app" } };
    expect(await land(inside, lane)).toMatchObject({ files: ["../top", "a"] });
  });
});

describe("a conflict", () => {
  const base = { a: lines("1", "2", "3", "4", "5") };
  async function meeting(): Promise<{ run: Tree; lane: Tree }> {
    const run = await runTree(base);
    const lane = await treeOf("w", run.newest);
    await work(run, { a: lines("1", "2 run", "3", "4", "5"), only: "run\n" }, { node: "other" });
    await work(lane, { a: lines("1", "2 w", "3", "4", "5 w") });
    return { run, lane };
  }

  it("leaves the target as it is, and puts the files of both before the writer", async () => {
    const { run, lane } = await meeting();
    const [ours, theirs] = [run.newest.commit, lane.newest.commit];
    const landed = await land(run, lane);
    expect(conflictsOf(landed)).toMatchObject([{ path: "a", kind: "content", with: ["other"] }]);
    expect(conflictsOf(landed)[0]?.excerpt).toContain("2 run");
    expect(run.newest.commit).toBe(ours);
    expect(landed).toMatchObject({ tip: { commit: lane.newest.commit, number: 2 } });
    expect(lane.newest.parents).toEqual([theirs, ours]);
    expect(scratch.at(lane.newest.commit, "only")).toBe("run\n");
    expect(scratch.at(lane.newest.commit, "a")).toMatch(
      /^1\n<<<<<<< in the run \(tutti .{12}\)\n2 run\n[^]*>>>>>>> from w/,
    );
  });

  it("gives the writer the same when a crash made it ask again", async () => {
    const { run, lane } = await meeting();
    const commit = lane.newest.commit;
    const first = await land(run, lane, { commit });
    expect(await land(run, lane, { commit })).toEqual(first);
  });

  it("stays one as long as its marks are in the files", async () => {
    const { run, lane } = await meeting();
    await land(run, lane);
    await work(lane, { other: "o\n" });
    const again = await land(run, lane);
    expect(conflictsOf(again)).toMatchObject([{ path: "a", kind: "content" }]);
    expect(conflictsOf(again)[0]?.excerpt).toContain(">>>>>>> from w");
    expect(again).toMatchObject({ tip: { commit: lane.newest.commit } });
    await work(lane, { a: lines("1", "2 both", "3", "4", "5 w") });
    expect(await land(run, lane)).toMatchObject({ landed: true, files: ["a", "other"] });
    expect(scratch.at(run.newest.commit, "a")).toBe("1\n2 both\n3\n4\n5 w\n");
  });

  it("may meet the next one while it is resolved", async () => {
    const { run, lane } = await meeting();
    await land(run, lane);
    await work(lane, { a: lines("1", "2 both", "3", "4", "5 w") });
    await work(run, { a: lines("1", "2 run more", "3", "4", "5") }, { node: "third" });
    expect(conflictsOf(await land(run, lane))).toMatchObject([{ path: "a", with: ["third"] }]);
    await work(lane, { a: lines("1", "2 all", "3", "4", "5 w") });
    expect(await land(run, lane)).toMatchObject({ landed: true });
  });

  it("shows as many lines as a log can hold, and names all files", async () => {
    const names = Array.from({ length: 20 }, (_, n) => `f${n}`);
    const files = (text: string): Files => Object.fromEntries(names.map((name) => [name, text.repeat(200)]));
    const run = await runTree(files("some line\n"));
    const lane = await treeOf("w", run.newest);
    await work(run, files("another line\n"));
    await work(lane, files("a third line\n"));
    const conflicts = conflictsOf(await land(run, lane));
    expect(conflicts.map(({ path }) => path)).toEqual(names.toSorted());
    const sizes = conflicts.map(({ excerpt = "" }) => excerpt.length);
    expect(Math.max(...sizes)).toBeLessThan(4200);
    expect(sizes.filter((size) => size > 0)).toHaveLength(7);
  });

  it.each([
    ["ours", "2 run"],
    ["theirs", "2 w"],
  ] as const)("is decided for one of both when the strategy says so: %s", async (strategy, line) => {
    const { run, lane } = await meeting();
    await land(run, lane, { strategy });
    expect(scratch.at(run.newest.commit, "a")).toBe(lines("1", line, "3", "4", "5 w"));
  });

  it("gives the writer the target's files when it is to begin again", async () => {
    const { run, lane } = await meeting();
    const theirs = lane.newest.commit;
    expect(await land(run, lane, { strategy: "serialize" })).toMatchObject({ landed: false });
    expect(lane.newest.tree).toBe(run.newest.tree);
    expect(lane.newest.parents[0]).toBe(theirs);
    await work(lane, { a: lines("1", "2 run", "3", "4", "5 w again") });
    expect(await land(run, lane, { strategy: "serialize" })).toMatchObject({ landed: true, files: ["a"] });
    expect(scratch.at(run.newest.commit, "a")).toBe("1\n2 run\n3\n4\n5 w again\n");
  });
});

describe("bytes that git would not write", () => {
  const exact = (files: Readonly<Record<string, string>>): Exact => ({
    files: new Map(Object.entries(files).map(([path, text]) => [path, { blob: blobOf(text) }])),
  });
  function blobOf(text: string): string {
    scratch.write({ "../blob.txt": text });
    return scratch.git("hash-object", "-w", "--no-filters", "../blob.txt");
  }

  it("land with the file of the side that has it", async () => {
    const run = await runTree({ a: "1\n", b: "1\n", c: "1\n2\n3\n4\n", d: "1\n" });
    await work(run, {}, { exact: exact({ a: "1\r\n", c: "1\r\n2\n3\n4\n", d: "1\r\n" }) });
    const lane = await treeOf("w", run.newest);
    await work(run, { c: "0\n2\n3\n4\n" }, { exact: exact({ a: "1\r\n", c: "0\r\n2\n3\n4\n", d: "1\r\n" }) });
    await work(
      lane,
      { b: "2\n", c: "1\n2\n3\n5\n", d: null },
      { exact: exact({ a: "1\n\r", b: "2\r\n", c: "1\r\n2\n3\n5\n" }) },
    );
    expect(await land(run, lane)).toMatchObject({ landed: true });
    expect(run.newest.exact.files).toEqual(exact({ a: "1\n\r", b: "2\r\n" }).files);
    expect(scratch.at(run.newest.commit, "c")).toBe("0\n2\n3\n5\n");
  });
});
