import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BranchLanding } from "../../ports/landing.ts";
import {
  committed,
  done,
  doneNames,
  landingSite,
  type LandingSite,
  landRequest,
} from "../../testing/landing-runs.ts";
import {
  photograph,
  photographUser,
  plainGit,
  type ScratchRepository,
  writeFiles,
} from "../../testing/scratch-repository.ts";
import { createBranchLanding } from "./branch-landing.ts";

const signal = new AbortController().signal;
let site: LandingSite;
let user: ScratchRepository;
let landing: BranchLanding;

beforeEach(() => {
  site = landingSite();
  user = site.user;
  landing = createBranchLanding({ projectDir: user.dir, env: plainGit });
});
afterEach(() => user.remove());

describe("landing on a branch that is checked out", () => {
  it("brings the branch, the index and the files forward together", async () => {
    user.commit("first", committed);
    const of = site.run(done);
    user.write({ b: "unsaved\n", untracked: "u\n" });
    user.write({ "dir/c": "staged\n" });
    user.git("add", "dir/c");
    user.git("add", "--intent-to-add", "untracked");
    const head = user.git("rev-parse", "HEAD");
    const landed = await landing.land(landRequest(of), signal);
    expect(landed).toMatchObject({ branch: "main", files: doneNames });
    expect(user.git("rev-parse", "HEAD~1")).toBe(head);
    expect(user.git("status", "--porcelain")).toBe(" M b\nM  dir/c\n A untracked");
    expect(photograph(user.dir)).toMatchObject({
      a: `644 ${done.a}`,
      b: "644 unsaved\n",
      "dir/c": "644 staged\n",
      tool: "755 #!/bin/sh\n",
      link: "link a",
    });
    expect(photograph(user.dir)["gone"]).toBeUndefined();
    expect(user.git("log", "-g", "-1", "--format=%gs", "HEAD")).toBe("tutti: landed r1");
    expect(user.git("for-each-ref", "refs/tutti/r1/landing")).toBe("");
  });

  it("does so in another working tree of the user's, and leaves that of the project alone", async () => {
    user.commit("first", committed);
    const other = join(mkdtempSync(join(tmpdir(), "tutti-other-")), "tree");
    user.git("worktree", "add", "--quiet", "-b", "other", other);
    const of = site.run(done);
    const before = photograph(user.dir);
    await landing.land(landRequest(of, { to: "other" }), signal);
    expect(photograph(other)["new"]).toBe("644 new\n");
    expect(user.git("-C", other, "status", "--porcelain")).toBe("");
    expect(photograph(user.dir)).toEqual(before);
    expect(user.git("status", "--porcelain")).toBe("");
    rmSync(join(other, ".."), { recursive: true });
    await expect(landing.land(landRequest(of, { to: "other" }), signal)).rejects.toThrow(
      "which is not there",
    );
  });

  it("takes what lies there already for landed: the run worked in the project's own folder", async () => {
    user.commit("first", committed);
    const of = site.run(done);
    user.write(done);
    user.write({ b: "unsaved\n" });
    await landing.land(landRequest(of), signal);
    expect(user.git("status", "--porcelain")).toBe(" M b");
  });

  it("is not stopped by files that only look changed", async () => {
    user.commit("first", committed);
    const of = site.run(done);
    user.write({ a: committed.a });
    chmodSync(join(user.dir, "a"), 0o600);
    await landing.land(landRequest(of), signal);
    expect(user.git("status", "--porcelain")).toBe("");
  });

  it.each([
    ["a rule of the repository", { ".gitattributes": "* text=auto\n" }, []],
    ["a setting of the user's", {}, ["core.autocrlf", "true"]],
  ] as const)(
    "is not stopped by line ends that were committed before there was %s",
    async (_what, files, setting) => {
      user.commit("first", { ...committed, w: "1\r\n2\r\n", x: "1\r\n2\r\n" });
      if (setting.length > 0) user.git("config", ...setting);
      user.write(files);
      user.git("add", "--", ...Object.keys(files));
      user.git("commit", "--quiet", "--allow-empty", "-m", "rule");
      expect(user.git("status", "--porcelain")).toBe("");
      const of = site.run({ w: "1\r\n2 run\r\n", x: null });
      expect((await landing.preview(landRequest(of), signal)).inTheWay).toEqual([]);
      user.write({ w: "1\r\nmine\r\n" });
      expect((await landing.preview(landRequest(of), signal)).inTheWay).toEqual(["w"]);
      user.write({ w: "1\r\n2\r\n" });
      user.git("update-index", "-q", "--refresh");
      await landing.land(landRequest(of), signal);
      expect(user.git("status", "--porcelain")).toBe("");
      expect(photograph(user.dir)).toMatchObject({ w: "644 1\r\n2 run\r\n" });
      expect(photograph(user.dir)["x"]).toBeUndefined();
    },
  );

  it("is stopped by an edit that git was told not to look at", async () => {
    user.commit("first", committed);
    const of = site.run(done);
    user.git("update-index", "--assume-unchanged", "a");
    user.write({ a: "mine\n" });
    expect((await landing.preview(landRequest(of), signal)).inTheWay).toEqual(["a"]);
  });

  const inTheWay: readonly (readonly [string, readonly string[], () => void])[] = [
    ["an edit", ["a"], () => user.write({ a: "mine\n" })],
    ["an edit that is staged", ["a"], () => (user.write({ a: "mine\n" }), user.git("add", "a"))],
    [
      "an edit that is staged and taken back in the file",
      ["a"],
      () => (user.write({ a: "mine\n" }), user.git("add", "a"), user.write({ a: committed.a })),
    ],
    ["a deleted file", ["a"], () => user.write({ a: null })],
    ["an edit of what is to go", ["gone"], () => user.write({ gone: "mine\n" })],
    ["an untracked file", ["new"], () => user.write({ new: "mine\n" })],
    [
      "an ignored file",
      ["new"],
      () => (writeFileSync(join(user.dir, ".git/info/exclude"), "new\n"), user.write({ new: "mine\n" })),
    ],
    ["an untracked folder", ["new/x"], () => user.write({ "new/x": "mine\n" })],
    ["another mode", ["a"], () => chmodSync(join(user.dir, "a"), 0o755)],
    ["a link in place of the file", ["a"], () => user.write({ a: { link: "b" } })],
    [
      "a link in place of a folder",
      ["dir"],
      () => (user.write({ dir: null }), user.write({ dir: { link: "elsewhere" } })),
    ],
    ["a file taken out of the index", ["a"], () => user.git("rm", "--cached", "--quiet", "a")],
  ];
  it.each(inTheWay)("is refused, and changes nothing, when in its way is %s", async (_what, files, make) => {
    user.commit("first", committed);
    const of = site.run({ ...done, "dir/n": "n\n" });
    make();
    const before = photographUser(user);
    expect((await landing.preview(landRequest(of), signal)).inTheWay).toEqual(files);
    await expect(landing.land(landRequest(of), signal)).rejects.toMatchObject({ code: "WORKSPACE_UNFIT" });
    expect(photographUser(user)).toEqual(before);
  });

  it("puts a file where a folder was, and a folder where a file was", async () => {
    user.commit("first", committed);
    const of = site.run({ dir: null, gone: null, b: null }, { dir: "now a file\n", "b/x": "x\n" });
    await landing.land(landRequest(of), signal);
    expect(user.git("status", "--porcelain")).toBe("");
    expect(Object.keys(photograph(user.dir))).toEqual(["a", "b/x", "dir"]);
  });
});

describe("a branch in no state to land on", () => {
  const conflict = (): void => {
    user.git("switch", "--quiet", "-c", "side");
    user.commit("side", { a: "side\n" });
    user.git("switch", "--quiet", "main");
    user.commit("main", { a: "main\n" });
  };
  const failing = (...args: readonly string[]): void => {
    expect(() => user.git(...args)).toThrow("git");
  };
  const states: readonly (readonly [string, string, () => void])[] = [
    ["a merge", "a merge is under way", () => (conflict(), failing("merge", "side"))],
    ["a rebase", "no branch is checked out", () => (conflict(), failing("rebase", "side"))],
    ["a cherry-pick", "a cherry-pick is under way", () => (conflict(), failing("cherry-pick", "side"))],
    [
      "a revert",
      "a revert is under way",
      () => (conflict(), user.commit("more", { a: "more\n" }), failing("revert", "HEAD~1")),
    ],
    ["a bisection", "is under way", () => (conflict(), user.git("bisect", "start"))],
    [
      "a stash in conflict",
      "files are in conflict",
      () => (
        user.write({ a: "mine\n" }),
        user.git("stash"),
        user.commit("more", { a: "more\n" }),
        failing("stash", "pop")
      ),
    ],
    ["no branch", "no branch is checked out", () => user.git("switch", "--quiet", "--detach")],
    ["a git at work", "git is at work", () => writeFileSync(join(user.dir, ".git/index.lock"), "")],
    ["a name that is none", "no name of a branch", () => user.git("checkout", "--quiet", "-B", "main")],
  ];
  it.each(states)("is refused with the reason: %s", async (what, why, make) => {
    user.commit("first", committed);
    const of = site.run({ new: "new\n", b: "run\n" });
    make();
    const before = photographUser(user);
    await expect(
      landing.land(landRequest(of, what === "a name that is none" ? { to: "a..b" } : {}), signal),
    ).rejects.toThrow(why);
    expect(photographUser(user)).toEqual(before);
  });

  it.each(["refs/tags/q", "refs/heads/z", "@", "HEAD", "-x"])(
    "is refused when its name is none of a branch, also where nothing is done: %s",
    async (to) => {
      user.commit("first", committed);
      const request = landRequest(site.run(done), { to });
      await expect(landing.preview(request, signal)).rejects.toThrow("that is no name of a branch");
      await expect(landing.land(request, signal)).rejects.toMatchObject({ code: "USAGE" });
    },
  );

  it.each([
    ["main/sub", "main"],
    ["other", "other/one"],
  ])("is refused when git has no place for %s beside %s", async (to, beside) => {
    user.commit("first", committed);
    if (beside !== "main") user.git("branch", beside);
    const request = landRequest(site.run(done), { to });
    const why = `git has no place for it beside the branch "${beside}"`;
    await expect(landing.preview(request, signal)).rejects.toThrow(why);
    await expect(landing.land(request, signal)).rejects.toThrow(why);
  });

  it("is refused while it is being rebased, though nowhere checked out", async () => {
    user.commit("first", committed);
    const of = site.run({ new: "new\n" });
    conflict();
    failing("rebase", "side");
    await expect(landing.land(landRequest(of, { to: "main" }), signal)).rejects.toThrow(
      "a rebase or bisection of it is under way",
    );
    expect((await landing.land(landRequest(of, { to: "side" }), signal)).files).toEqual(["new"]);
  });

  it("needs to know in whose name to commit", async () => {
    user.commit("first", committed);
    const of = site.run(done);
    user.git("config", "user.useConfigOnly", "true");
    user.git("config", "--unset", "user.email");
    await expect(landing.land(landRequest(of), signal)).rejects.toThrow("in whose name");
    const env = {
      ...plainGit,
      GIT_AUTHOR_EMAIL: "b@example.org",
      GIT_COMMITTER_EMAIL: "c@example.org",
      GIT_AUTHOR_NAME: "Bea",
    };
    await createBranchLanding({ projectDir: user.dir, env }).land(landRequest(of), signal);
    expect(user.git("log", "-1", "--format=%an %ae %cn %ce")).toBe("Bea b@example.org Ada c@example.org");
  });

  it("says that there is no repository", async () => {
    const dir = mkdtempSync(join(tmpdir(), "tutti-plain-"));
    writeFiles(dir, { a: "a\n" });
    const plain = createBranchLanding({ projectDir: dir, env: plainGit });
    await expect(plain.preview(landRequest({ base: "0", tip: "0" }), signal)).rejects.toThrow(
      "no git repository",
    );
    rmSync(dir, { recursive: true });
  });
});
