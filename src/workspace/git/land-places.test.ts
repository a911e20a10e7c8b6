import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scratchFolder } from "../../testing/git-project.ts";
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
} from "../../testing/scratch-repository.ts";
import { createBranchLanding } from "./branch-landing.ts";

const signal = new AbortController().signal;
let site: LandingSite;
let user: ScratchRepository;

beforeEach(() => {
  site = landingSite();
  user = site.user;
});
afterEach(() => user.remove());

const landing = (projectDir = user.dir) => createBranchLanding({ projectDir, env: plainGit });

describe("landing in repositories of every kind", () => {
  it("leaves what a sparse checkout leaves out where it is not", async () => {
    user.commit("first", { ...committed, "far/a": "a\n", "far/gone": "gone\n" });
    const of = site.run({ "far/a": "run\n", "far/gone": null, "far/new": "new\n", "dir/c": "run\n" });
    user.git("sparse-checkout", "set", "dir");
    expect(existsSync(join(user.dir, "far"))).toBe(false);
    await landing().land(landRequest(of), signal);
    expect(user.git("status", "--porcelain")).toBe("");
    expect(existsSync(join(user.dir, "far"))).toBe(false);
    expect(photograph(user.dir)["dir/c"]).toBe("644 run\n");
    expect(user.git("ls-files", "-t", "far")).toBe("S far/a\nS far/new");
    user.git("sparse-checkout", "disable");
    expect(photograph(user.dir)).toMatchObject({ "far/a": "644 run\n", "far/new": "644 new\n" });
  });

  it("knows the branches of a project that is itself a linked working tree", async () => {
    user.commit("first", committed);
    const linked = join(scratchFolder(), "linked");
    user.git("worktree", "add", "--quiet", "-b", "side", linked);
    const of = site.run(done);
    await landing(linked).land(landRequest(of), signal);
    expect(user.git("-C", linked, "status", "--porcelain")).toBe("");
    expect(photograph(linked)["new"]).toBe("644 new\n");
    const before = photograph(linked);
    await landing(linked).land(landRequest(of, { to: "main" }), signal);
    expect(user.git("status", "--porcelain")).toBe("");
    expect(photograph(user.dir)["new"]).toBe("644 new\n");
    expect(photograph(linked)).toEqual(before);
  });

  it("refuses a branch that two working trees have checked out", async () => {
    user.commit("first", committed);
    const of = site.run(done);
    user.git("worktree", "add", "--quiet", "--force", join(scratchFolder(), "linked"), "main");
    const before = photographUser(user);
    await expect(landing().land(landRequest(of), signal)).rejects.toThrow("checked out more than once");
    expect(photographUser(user)).toEqual(before);
  });

  it("lands on the branch that a name leads to", async () => {
    user.commit("first", committed);
    const of = site.run(done);
    user.git("symbolic-ref", "refs/heads/trunk", "refs/heads/main");
    expect(await landing().land(landRequest(of, { to: "trunk" }), signal)).toMatchObject({ branch: "main" });
    expect(user.git("status", "--porcelain")).toBe("");
    expect(user.git("symbolic-ref", "refs/heads/trunk")).toBe("refs/heads/main");
  });

  it("follows which commit a submodule is at, and leaves its files to the user", async () => {
    const one = user.commit("first", committed);
    user.git("update-index", "--add", "--cacheinfo", `160000,${one},module`);
    user.git("commit", "--quiet", "-m", "module");
    const base = site.checkpoint([user.git("rev-parse", "HEAD")], {});
    const tree = user.git("ls-tree", base).replace(one, user.git("rev-parse", "HEAD"));
    writeFileSync(join(user.dir, ".git/tree"), `${tree}\n`);
    const other = execFileSync("sh", ["-c", "git mktree --missing < .git/tree"], {
      cwd: user.dir,
      encoding: "utf8",
    }).trim();
    const tip = user.git(
      "commit-tree",
      other,
      "-p",
      base,
      "-m",
      "WORKFLOW-STEP: s\n\nTutti-Run: r1\nTutti-Number: 9",
    );
    user.write({ "module/file": "of the user\n" });
    await landing().land(landRequest({ base, tip }), signal);
    expect(user.git("rev-parse", "HEAD:module")).toBe(user.git("rev-parse", "HEAD~1"));
    expect(photograph(user.dir)["module/file"]).toBe("644 of the user\n");
  });

  it("says files from the folder of the project", async () => {
    user.commit("first", { "app/a": "a\n", top: "t\n" });
    const of = site.run({ "app/a": "run\n", top: "run\n" });
    const preview = await landing(join(user.dir, "app")).preview(landRequest(of), signal);
    expect(preview.files).toEqual(["../top", "a"]);
    await landing(join(user.dir, "app")).land(landRequest(of), signal);
    expect(user.git("status", "--porcelain")).toBe("");
  });

  it("keeps names that are no UTF-8", async () => {
    user.commit("first", committed);
    const name = Buffer.from([0x61, 0xff, 0x0a, 0x62]);
    const base = site.checkpoint([user.git("rev-parse", "HEAD")], {});
    const id = user.git("rev-parse", "HEAD:b");
    const input = Buffer.concat([Buffer.from(`100644 blob ${id}\t`), name, Buffer.from("\0")]);
    const tree = execFileSync("git", ["mktree", "-z"], { cwd: user.dir, input, encoding: "utf8" }).trim();
    const tip = user.git(
      "commit-tree",
      tree,
      "-p",
      base,
      "-m",
      "WORKFLOW-STEP: s\n\nTutti-Run: r1\nTutti-Number: 9",
    );
    await landing().land(landRequest({ base, tip }), signal);
    expect(user.git("status", "--porcelain")).toBe("");
    const there = readdirSync(user.dir, { encoding: "buffer" }).filter((each) => each.toString() !== ".git");
    expect(there).toEqual([name]);
    rmSync(user.dir, { recursive: true });
  });

  it("works with the longer names of objects", async () => {
    rmSync(join(user.dir, ".git"), { recursive: true });
    user.git("init", "--quiet", "--object-format=sha256", "--initial-branch=main");
    user.git("config", "user.name", "Ada");
    user.git("config", "user.email", "ada@example.org");
    user.commit("first", committed);
    const of = site.run(done);
    user.commit("meanwhile", { a: "0\n1\n2\n3\n4\n5\n" });
    const landed = await landing().land(landRequest(of, { strategy: "theirs" }), signal);
    expect(landed.files).toEqual(doneNames);
    expect(user.at("main", "a")).toBe("0\n1\n2 run\n3\n4\n5\n");
    expect(user.git("status", "--porcelain")).toBe("");
  });
});
