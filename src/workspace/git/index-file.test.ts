import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scratchRepository, type ScratchRepository } from "../../testing/scratch-repository.ts";
import { indexChanges, isReadable } from "./index-file.ts";

const sha1 = { hashBytes: 20 };
const long = `${"long/".repeat(900)}name`;
let scratch: ScratchRepository;

beforeEach(() => {
  scratch = scratchRepository();
  const inner = (name: string): string => scratch.git("hash-object", "-w", "--stdin", "--path", name);
  scratch.commit("first", { a: "a\n", "b/c": "c\n", z: "z\n" });
  scratch.git("update-index", "--add", "--cacheinfo", `100644,${inner("x")},${long}`);
});
afterEach(() => scratch.remove());

function index(): string {
  return join(scratch.dir, ".git/index");
}

function before(): string {
  copyFileSync(index(), join(scratch.dir, ".git/before"));
  return join(scratch.dir, ".git/before");
}

describe("two states of an index", () => {
  it("differ by what came, went and changed, with names of any length beside", () => {
    const from = before();
    writeFileSync(join(scratch.dir, "a"), "other\n");
    scratch.git("update-index", "a");
    scratch.git("update-index", "--force-remove", "b/c");
    scratch.git("update-index", "--add", "--cacheinfo", `120000,${scratch.git("rev-parse", ":z")},new\nname`);
    const found = indexChanges([from, index()], sha1);
    expect(
      found?.map(({ path, oldMode, newMode, isContent }) => [path, oldMode, newMode, isContent]),
    ).toEqual([
      ["a", "100644", "100644", true],
      ["b/c", "100644", "000000", true],
      ["new\nname", "000000", "120000", true],
    ]);
    expect(found?.[0]?.newId).toBe(scratch.git("rev-parse", ":a"));
    expect(indexChanges([from, from], sha1)).toEqual([]);
  });

  it("differ, if only by its times, in a file that was written anew with the same", () => {
    const from = before();
    writeFileSync(join(scratch.dir, "z"), "other\n");
    scratch.git("update-index", "z");
    const between = join(scratch.dir, ".git/between");
    copyFileSync(index(), between);
    writeFileSync(join(scratch.dir, "z"), "z\n");
    scratch.git("update-index", "z");
    expect(indexChanges([between, index()], sha1)).toMatchObject([{ path: "z", isContent: true }]);
    expect(
      (indexChanges([from, index()], sha1) ?? []).every(({ path, isContent }) => path === "z" && !isContent),
    ).toBe(true);
  });

  it("are read with flags that need room, and not in the format that shares prefixes", () => {
    const from = before();
    scratch.git("update-index", "--skip-worktree", "a");
    expect(indexChanges([from, index()], sha1)?.filter(({ path }) => path !== "a")).toEqual([]);
    scratch.git("update-index", "--index-version", "4");
    expect(isReadable(index())).toBe(false);
    expect(indexChanges([from, index()], sha1)).toBeUndefined();
    writeFileSync(from, "cut");
    expect(isReadable(from)).toBe(false);
    expect(indexChanges([from, index()], sha1)).toBeUndefined();
  });
});
