import { existsSync, writeFileSync } from "node:fs";
import * as disk from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../testing/testbed.ts";
import { makeFolder } from "./make-folder.ts";

describe("a folder that is made", () => {
  it("has those above it, and tells the topmost that was not there", async () => {
    const root = temporaryFolder();
    expect(await makeFolder(join(root, "a/b/c"))).toBe(join(root, "a"));
    expect(await makeFolder(join(root, "a/b/d"))).toBe(join(root, "a/b/d"));
    expect(await makeFolder(join(root, "a/b/d"))).toBeUndefined();
    expect(existsSync(join(root, "a/b/c"))).toBe(true);
  });

  it("is refused below a file", async () => {
    const root = temporaryFolder();
    writeFileSync(join(root, "file"), "");
    await expect(makeFolder(join(root, "file"))).rejects.toMatchObject({ code: "EEXIST" });
    await expect(makeFolder(join(root, "file/a/b"))).rejects.toMatchObject({ code: "ENOTDIR" });
  });

  it("is refused where a folder that is there takes no new one, as in /proc", async () => {
    const root = temporaryFolder();
    const mkdir = ((path: string) =>
      dirname(path) === root
        ? Promise.reject(Object.assign(new Error("ENOENT"), { code: "ENOENT" }))
        : disk.mkdir(path)) as typeof disk.mkdir;
    const made = makeFolder(join(root, "a/b"), { ...disk, mkdir });
    await expect(made).rejects.toMatchObject({ code: "BAD_VALUE", failure: { class: "permanent" } });
  });
});
