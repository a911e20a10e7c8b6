import { describe, expect, it } from "vitest";
import { type GitKill, killsFrom, runKilled } from "../../testing/git-killer.ts";
import { committed, done, landingSite, landRequest } from "../../testing/landing-runs.ts";
import { photograph, plainGit } from "../../testing/scratch-repository.ts";
import { createBranchLanding } from "./branch-landing.ts";

const signal = new AbortController().signal;
const story = `
import { createBranchLanding } from ${JSON.stringify(new URL("./branch-landing.ts", import.meta.url).href)};
const [projectDir, request] = process.argv.slice(1);
const landing = createBranchLanding({ projectDir, env: process.env });
await landing.land(JSON.parse(request), new AbortController().signal);
`;

/** Lands, is killed, and lands again: gives whether it was over before the kill. */
async function landsOnce(kill: GitKill, to: "main" | "other"): Promise<boolean> {
  const site = landingSite();
  const { user } = site;
  try {
    user.commit("first", { ...committed, "old/deep/er": "deep\n" });
    user.git("branch", "other");
    const of = site.run(done, { "old/deep/er": null, "dir/d": "d\n", "some/new/folder": "f\n" });
    user.write({ b: "not staged\n", "dir/c": "staged\n", untracked: "u\n" });
    user.git("add", "dir/c");
    user.write({ "dir/d": "d\n" });
    const before = photograph(user.dir);
    const request = landRequest(of, { to, as: "steps" });
    const { calls } = await runKilled(story, { args: [user.dir, JSON.stringify(request)], kill });
    const between = photograph(user.dir);
    const { commit, commits } = await createBranchLanding({ projectDir: user.dir, env: plainGit }).land(
      request,
      signal,
    );
    const after = photograph(user.dir);
    for (const [path, text] of Object.entries(between)) expect([before[path], after[path]]).toContain(text);
    expect({ commits, count: user.git("rev-list", "--count", to), tip: user.git("rev-parse", to) }).toEqual({
      commits: 2,
      count: "3",
      tip: commit,
    });
    expect(user.git("diff", "--name-only", of.tip, to)).toBe("");
    const inPlace = to === "main" ? "M  dir/c\n M b\n?? untracked" : "M  dir/c\n M b\n?? dir/d\n?? untracked";
    expect(user.git("status", "--porcelain", "--untracked-files=all").split("\n").sort()).toEqual(
      inPlace.split("\n").sort(),
    );
    expect(to === "other" ? after : before).toEqual(before);
    expect(user.git("for-each-ref", "refs/tutti/r1/landing")).toBe("");
    user.git("fsck", "--strict", "--no-dangling");
    return calls < kill.at;
  } finally {
    user.remove();
  }
}

describe.each(["main", "other"] as const)("landing on %s, killed at a call of git", (to) => {
  it.each<GitKill["when"]>(["before", "beside", "after"])(
    "%s it lands once when it is done again, and the user's own work stays",
    async (when) => {
      const { first, stride } = killsFrom();
      let isOver = false;
      for (let at = first; !isOver; at += stride) isOver = await landsOnce({ at, when }, to);
      expect(isOver).toBe(true);
    },
    600_000,
  );
});
