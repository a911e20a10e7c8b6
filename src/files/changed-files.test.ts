import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { fileSignature, trackChanges } from "./changed-files.ts";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

const env = {
  PATH: process.env["PATH"] ?? "",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@example.com",
};

async function folder() {
  const cwd = await mkdtemp(join(tmpdir(), "changed-"));
  folders.push(cwd);
  const write = (path: string, text: string) => writeFile(join(cwd, path), text);
  const git = (...args: string[]) => execFileSync("git", args, { cwd, env, stdio: "pipe" });
  const track = (at = cwd) => trackChanges({ cwd: at, env, signal: new AbortController().signal });
  return { cwd, write, git, track };
}

async function repository() {
  const made = await folder();
  made.git("init", "-q");
  for (const name of ["clean", "dirty", "kept", "gone"]) await made.write(name, `${name}\n`);
  await made.write(".gitignore", "ignored\n");
  made.git("add", ".");
  made.git("commit", "-qm", "first");
  await made.write("dirty", "dirty before\n");
  await made.write("kept", "dirty and kept\n");
  await made.write("new-before", "x");
  return made;
}

describe("changed files in a repository", () => {
  it("are those whose content changed, wherever they were dirty before", async () => {
    const { cwd, write, track } = await repository();
    const changes = await track();
    await write("clean", "changed\n");
    await write("dirty", "changed again\n");
    await write('new\nline "q" ü', "x");
    await write("ignored", "x");
    await mkdir(join(cwd, "sub"));
    await write("sub/deep", "x");
    await rm(join(cwd, "gone"));
    expect(await changes.changed()).toEqual(["clean", "dirty", "gone", 'new\nline "q" ü', "sub/deep"]);
  });

  it("are none when nothing changed, and none for a file that was written as it was", async () => {
    const { write, track } = await repository();
    const changes = await track();
    await write("dirty", "dirty before\n");
    await write("clean", "clean\n");
    expect(await changes.changed()).toEqual([]);
  });

  it("are found after a commit too, and after going back to what was committed", async () => {
    const { write, git, track } = await repository();
    const changes = await track();
    await write("clean", "committed\n");
    git("commit", "-qm", "second", "--", "clean", "kept");
    git("checkout", "-q", "--", "dirty");
    expect(await changes.changed()).toEqual(["clean", "dirty"]);
  });

  it("are found in a repository without any commit", async () => {
    const { write, git, track } = await folder();
    git("init", "-q");
    await write("before", "x");
    const changes = await track();
    await write("after", "x");
    git("add", ".");
    git("commit", "-qm", "first");
    expect(await changes.changed()).toEqual(["after"]);
    expect(await changes.before("after")).toBe("");
  });

  it("are named from the folder of the step", async () => {
    const { cwd, write, track } = await repository();
    await mkdir(join(cwd, "sub"));
    const changes = await track(join(cwd, "sub"));
    await write("clean", "changed\n");
    await write("sub/new", "x");
    expect(await changes.changed()).toEqual(["../clean", "new"]);
  });

  it("have a signature from before: that of the file, or of what git would have written", async () => {
    const { cwd, write, git, track } = await repository();
    await write("run", "#!/bin/sh\n");
    await chmod(join(cwd, "run"), 0o755);
    await symlink("clean", join(cwd, "link"));
    git("add", "run", "link");
    git("commit", "-qm", "more");
    const was: Record<string, string> = {};
    const names = ["clean", "dirty", "run", "link", "absent"];
    for (const name of names) was[name] = await fileSignature(join(cwd, name));
    const changes = await track();
    for (const name of names) {
      await rm(join(cwd, name), { force: true });
      await write(name, "other\n");
    }
    expect((await changes.changed())?.toSorted()).toEqual(names.toSorted());
    for (const name of names) expect([name, await changes.before(name)]).toEqual([name, was[name]]);
  });

  it("are not waited for after an abort", async () => {
    const { cwd } = await repository();
    const place = { cwd, env, signal: AbortSignal.abort(new Error("stop")) };
    await expect(trackChanges(place)).rejects.toThrow("stop");
  });
});

describe("changed files without a repository", () => {
  it("are found by looking at the whole folder", async () => {
    const { cwd, write, track } = await folder();
    await write("a", "1");
    await write("b", "1");
    await mkdir(join(cwd, "node_modules"));
    const changes = await track();
    await write("a", "2");
    await rm(join(cwd, "b"));
    await write("c", "1");
    await write("node_modules/x", "1");
    expect(await changes.changed()).toEqual(["a", "b", "c"]);
    expect(await changes.before("c")).toBe("");
    expect(await changes.before("a")).toContain("sha256");
  });

  it("are unknown in a folder with too many files", async () => {
    const { write, track } = await folder();
    const names = Array.from({ length: 5001 }, (_, index) => `f${index}`);
    await Promise.all(names.map((name) => write(name, "")));
    expect(await (await track()).changed()).toBeUndefined();
  });
});

describe("the signature of a file", () => {
  it("tells files, links, programs and other things apart", async () => {
    const { cwd, write } = await folder();
    await write("a", "x");
    await write("b", "x");
    await chmod(join(cwd, "b"), 0o755);
    await symlink("a", join(cwd, "c"));
    expect(await fileSignature(join(cwd, "a"))).toMatch(/^-:sha256:[0-9a-f]{64}$/);
    expect(await fileSignature(join(cwd, "b"))).toMatch(/^x:sha256:/);
    expect(await fileSignature(join(cwd, "c"))).toBe("link:a");
    expect(await fileSignature(cwd)).toBe("other");
    expect(await fileSignature(join(cwd, "d"))).toBe("");
  });

  it("goes by size and time for very large files", async () => {
    const { cwd, write } = await folder();
    await write("big", "x".repeat(17 * 1024 * 1024));
    expect(await fileSignature(join(cwd, "big"))).toMatch(/^-:size:17825792:/);
  });
});
