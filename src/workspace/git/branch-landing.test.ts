import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BranchLanding } from "../../ports/landing.ts";
import {
  committed,
  done,
  doneNames,
  landingSite,
  type LandingSite,
  landRequest,
  lines,
} from "../../testing/landing-runs.ts";
import { photographUser, plainGit, type ScratchRepository } from "../../testing/scratch-repository.ts";
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

describe("landing on a branch that is checked out nowhere", () => {
  it("is one commit of the user's, with the steps named, and nothing else is touched", async () => {
    user.commit("first", committed);
    user.git("branch", "other");
    const of = site.run(done, { "dir/d": "d\n" });
    user.write({ b: "unsaved\n", untracked: "u\n" });
    const before = photographUser(user);
    const landed = await landing.land(landRequest(of, { to: "other", message: "Title\n\nBody" }), signal);
    expect(landed).toMatchObject({
      branch: "other",
      commits: 1,
      files: [...doneNames.slice(0, 1), "dir/d", ...doneNames.slice(1)],
    });
    expect(user.git("rev-parse", "other")).toBe(landed.commit);
    expect(user.git("log", "-1", "--format=%an <%ae>|%cn|%B", "other")).toBe(
      "Ada <ada@example.org>|Ada|Title\n\nBody\n\nTutti-Run: r1\nTutti-Step: step1\nTutti-Step: step2\n",
    );
    expect(user.git("rev-parse", "other~1")).toBe(user.git("rev-parse", "main"));
    expect(user.at("other", "b")).toBe("b\n");
    user.git("update-ref", "refs/heads/other", "main");
    expect(photographUser(user)).toEqual(before);
  });

  it("makes a branch from what was checked out when the run began", async () => {
    user.commit("first", committed);
    const began = user.git("rev-parse", "HEAD");
    const of = site.run(done);
    user.commit("later", { later: "l\n" });
    expect(await landing.preview(landRequest(of, { to: "tutti/new" }), signal)).toEqual({
      branch: "tutti/new",
      isNew: true,
      checkedOut: false,
      files: doneNames,
      conflicts: [],
      unmerged: [],
      inTheWay: [],
    });
    const landed = await landing.land(landRequest(of, { to: "tutti/new" }), signal);
    expect(user.git("rev-parse", "tutti/new~1")).toBe(began);
    expect(landed.files).toEqual(doneNames);
  });

  it("lands only what the run changed, not what the user had not committed when it began", async () => {
    user.commit("first", committed);
    const dirty = site.checkpoint([user.git("rev-parse", "HEAD")], {
      a: lines("1", "2", "3", "4", "5 user"),
      own: "own\n",
    });
    const tip = site.checkpoint([dirty], { a: lines("1 run", "2", "3", "4", "5 user"), new: "new\n" }, "s");
    await landing.land(landRequest({ base: dirty, tip }, { to: "clean" }), signal);
    expect(user.git("diff", "--name-only", "main", "clean")).toBe("a\nnew");
    expect(user.at("clean", "a")).toBe(lines("1 run", "2", "3", "4", "5"));
  });

  it("is told when it is done twice, and once more lands only what came since", async () => {
    user.commit("first", committed);
    user.git("branch", "other");
    const of = site.run(done);
    const once = await landing.land(landRequest(of, { to: "other" }), signal);
    expect(await landing.land(landRequest(of, { to: "other" }), signal)).toEqual(once);
    expect(await landing.preview(landRequest(of, { to: "other" }), signal)).toMatchObject({
      landed: once.commit,
      files: doneNames,
    });
    const tip = site.checkpoint([of.tip], { new: "newer\n" }, "later");
    const again = await landing.land(landRequest({ ...of, tip }, { to: "other" }), signal);
    expect(again.files).toEqual(["new"]);
    expect(user.git("rev-parse", "other~1")).toBe(once.commit);
    user.git("update-ref", "refs/heads/other", "main");
    expect((await landing.land(landRequest({ ...of, tip }, { to: "other" }), signal)).files).toEqual(
      doneNames,
    );
  });

  it("keeps the commit of the user's own that came to the branch meanwhile", async () => {
    user.commit("first", committed);
    const of = site.run(done);
    user.commit("meanwhile", { a: lines("1", "2", "3", "4", "5 user"), b: null });
    user.git("branch", "other");
    await landing.land(landRequest(of, { to: "other" }), signal);
    expect(user.at("other", "a")).toBe(lines("1", "2 run", "3", "4", "5 user"));
    expect(user.at("other", "b")).toBeUndefined();
  });

  it("changes nothing in a conflict, and is decided when one of both is named", async () => {
    user.commit("first", committed);
    const of = site.run(done);
    user.commit("meanwhile", { a: lines("1", "2 user", "3", "4", "5") });
    user.git("branch", "other");
    const before = photographUser(user);
    const asked = landRequest(of, { to: "other" });
    expect(await landing.preview(asked, signal)).toMatchObject({
      conflicts: ["a"],
      files: doneNames,
      inTheWay: [],
    });
    await expect(landing.land(asked, signal)).rejects.toMatchObject({ code: "LANDING_CONFLICT" });
    expect(photographUser(user)).toEqual(before);
    await landing.land({ ...asked, strategy: "ours" }, signal);
    expect(user.at("other", "a")).toContain("2 user");
    expect(user.at("other", "new")).toBe("new\n");
  });

  it("does nothing for a run that changed nothing", async () => {
    user.commit("first", committed);
    user.git("branch", "other");
    const landed = await landing.land(landRequest(site.run({}, {}), { to: "other" }), signal);
    expect(landed).toEqual({ branch: "other", commit: user.git("rev-parse", "main"), commits: 0, files: [] });
  });
});

describe("a commit for each step", () => {
  it("leaves out what was taken back and what changed nothing", async () => {
    user.commit("first", committed);
    const one = site.run({ a: lines("0", "1", "2", "3", "4", "5") });
    const wrong = site.checkpoint([one.tip], { b: "wrong\n" }, "wrong");
    const back = site.checkpoint([wrong], { b: "b\n" });
    const idle = site.checkpoint([back], {}, "idle");
    const hand = site.checkpoint([idle], { byHand: "h\n" });
    const tip = site.checkpoint([hand], { last: "l\n" }, "last\nTutti-Run: forged");
    user.commit("meanwhile", { own: "own\n" });
    const landed = await landing.land(
      landRequest({ base: one.base, tip }, { as: "steps", to: "main" }),
      signal,
    );
    expect(landed.commits).toBe(2);
    expect(user.git("log", "--reverse", "--format=%s", "--name-only", "main~2..main")).toBe(
      "WORKFLOW-STEP: step1 completed in r1\n\na\nWORKFLOW-STEP: last Tutti-Run: forged completed in r1\n\nbyHand\nlast",
    );
    expect(user.git("log", "-1", "--format=%(trailers:key=Tutti-Run,valueonly,separator=%x2C)", "main")).toBe(
      "r1",
    );
  });
});
