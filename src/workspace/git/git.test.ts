import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gitProject } from "../../testing/git-project.ts";
import { plainGit } from "../../testing/scratch-repository.ts";
import { createGit } from "./git.ts";

const { signal } = new AbortController();

/** A working tree as it is for a moment while git makes it. */
function begun(dir: string): string {
  const half = join(dir, ".git/worktrees/half");
  mkdirSync(half, { recursive: true });
  writeFileSync(join(half, "gitdir"), "/nowhere/.git\n");
  writeFileSync(join(half, "commondir"), "");
  return half;
}

it("what it says is told from the line that names the file, however much git advises after it", async () => {
  const { dir } = gitProject({ a: "a\n" });
  const lock = join(dir, ".git/HEAD.lock");
  writeFileSync(lock, "");
  const moved = createGit({ env: plainGit, cwd: dir }).line(["update-ref", "-d", "HEAD"], { signal });
  await expect(moved).rejects.toThrow(`Unable to create '${lock}': File exists`);
});

describe("git, while another makes a working tree", () => {
  it("waits until all that belongs to it is there", async () => {
    const { dir } = gitProject({ a: "a\n" });
    const half = begun(dir);
    const listed = createGit({ env: plainGit, cwd: dir }).line(["worktree", "list"], { signal });
    const ending = setInterval(() => {
      writeFileSync(join(half, "commondir"), "../..\n");
    }, 100);
    expect(await listed).toContain("/nowhere");
    clearInterval(ending);
  });

  it("gives that up when it is told to", async () => {
    const { dir } = gitProject({ a: "a\n" });
    begun(dir);
    const stop = new AbortController();
    const listed = createGit({ env: plainGit, cwd: dir }).line(["worktree", "list"], { signal: stop.signal });
    stop.abort(new Error("given up"));
    await expect(listed).rejects.toThrow("given up");
  });
});

it.each([
  [/: the folder is gone: "/, (dir: string) => ({ env: plainGit, cwd: join(dir, "gone") })],
  [/: the program git was not found$/, (cwd: string) => ({ env: { ...plainGit, PATH: cwd }, cwd })],
])("says which of both is the case when it does not start: %s", async (why, options) => {
  const { dir } = gitProject({ a: "a\n" });
  await expect(createGit(options(dir)).line(["status"], { signal })).rejects.toMatchObject({
    code: "WORKSPACE_UNFIT",
    message: expect.stringMatching(why) as string,
  });
});
