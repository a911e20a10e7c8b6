import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  committed,
  done,
  landingSite,
  type LandedRange,
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
  user.commit("first", { ...committed, "old/deep/er": "deep\n" });
});
afterEach(() => user.remove());

const landing = (env: Readonly<Record<string, string>> = plainGit) =>
  createBranchLanding({ projectDir: user.dir, env });

/** Work of the user's beside a landing, and some that is the same already: in the files, or staged, too. */
function runBesideWork(): LandedRange {
  const of = site.run(done, { "old/deep/er": null, old: "now a file\n", same: "same\n", "dir/d": "d\n" });
  user.write({ b: "not staged\n", "dir/c": "staged\n", untracked: "u\n", same: "same\n", "dir/d": "d\n" });
  user.git("add", "dir/c", "same");
  return of;
}

describe("a landing whose branch cannot be moved", () => {
  it("puts the files and the index back, says what to say, and lands when that is said", async () => {
    const of = runBesideWork();
    const before = photographUser(user);
    const lock = join(user.dir, ".git/refs/heads/main.lock");
    writeFileSync(lock, "");
    await expect(landing().land(landRequest(of), signal)).rejects.toMatchObject({
      code: "WORKSPACE_UNFIT",
      message: expect.stringMatching(
        /^Cannot land on "main": git does not move it: .*\/\.git\/refs\/heads\/main\.lock" exists$/,
      ) as string,
      fix: expect.stringMatching(
        /^if no git runs there, remove \S+\/main\.lock; then say the same again$/,
      ) as string,
    });
    expect(photographUser(user)).toEqual(before);
    expect(user.git("for-each-ref", "refs/tutti/r1/landing")).toBe("");
    expect(user.git("diff-files", "--name-only")).toBe("b");
    rmSync(lock);
    await landing().land(landRequest(of), signal);
    expect(user.git("status", "--porcelain").split("\n").sort()).toEqual([
      " M b",
      "?? untracked",
      "M  dir/c",
    ]);
  });

  it("puts them back, too, when somebody moved it at the same time", async () => {
    const of = runBesideWork();
    const before = photographUser(user) as { readonly refs: string };
    const theirs = user.loose("theirs", { parents: ["main"], files: { theirs: "t\n" } });
    const bin = join(mkdtempSync(join(tmpdir(), "tutti-race-")), "bin");
    mkdirSync(bin);
    writeFileSync(
      join(bin, "git"),
      `#!/bin/sh\nPATH='${plainGit["PATH"]}'\ncase "$*" in *"tutti: landed"*) git update-ref refs/heads/main ${theirs} ;; esac\nexec git "$@"\n`,
    );
    chmodSync(join(bin, "git"), 0o755);
    const env = { ...plainGit, PATH: `${bin}:${plainGit["PATH"]}` };
    await expect(landing(env).land(landRequest(of, { to: "main" }), signal)).rejects.toMatchObject({
      message: 'Cannot land on "main": it was moved meanwhile',
      fix: "say the same again",
    });
    rmSync(join(bin, ".."), { recursive: true });
    expect(user.git("rev-parse", "main")).toBe(theirs);
    user.git("update-ref", "refs/heads/main", "main~1");
    expect(photographUser(user)).toEqual(before);
  });
});

describe("landings at once", () => {
  it("come one after the other, and nothing of a run is left staged", async () => {
    const ranges = Object.fromEntries(
      ["r1", "r2", "r3", "r4"].map((runId) => [runId, site.run({ [`${runId}.txt`]: `${runId}\n` })]),
    );
    const landed = await Promise.all(
      Object.entries(ranges).map(([runId, of]) => landing().land(landRequest(of, { runId }), signal)),
    );
    expect(landed.map(({ files }) => files)).toEqual(Object.keys(ranges).map((runId) => [`${runId}.txt`]));
    expect(user.git("status", "--porcelain")).toBe("");
    expect(user.git("rev-list", "--count", "main")).toBe("5");
    expect(Object.keys(photograph(user.dir))).toEqual(expect.arrayContaining(["r1.txt", "r4.txt"]));
    expect(existsSync(join(user.dir, ".git/index.lock"))).toBe(false);
  });
});
