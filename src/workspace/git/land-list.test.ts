import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LandRequest } from "../../ports/landing.ts";
import {
  committed,
  type LandedRange,
  landingSite,
  type LandingSite,
  landRequest,
} from "../../testing/landing-runs.ts";
import { plainGit, type ScratchRepository } from "../../testing/scratch-repository.ts";
import { createBranchLanding } from "./branch-landing.ts";

const signal = new AbortController().signal;
let site: LandingSite;
let user: ScratchRepository;

beforeEach(() => {
  site = landingSite();
  user = site.user;
  user.commit("first", committed);
});
afterEach(() => user.remove());

const landing = () => createBranchLanding({ projectDir: user.dir, env: plainGit });

async function land(of: LandedRange, change: Partial<LandRequest> = {}): Promise<string> {
  user.git("update-ref", "refs/tutti/r1/base", of.base);
  return (await landing().land(landRequest(of, change), signal)).commit;
}

/** What the only landing of the run is told as. */
async function told() {
  const [record, ...more] = await landing().records(["r1"], signal);
  expect(more).toEqual([]);
  return record && { record, ...(await landing().look(record, signal)) };
}

describe("where a run has landed", () => {
  it("is every branch, of each run that is asked for", async () => {
    const of = site.run({ a: "a\n" }, { b: "run\n" });
    const commits = [await land(of), await land(of, { to: "x/y" })];
    await land(of, { runId: "R 2", to: "of-another" });
    await land(of, { runId: "r12", to: "of-a-third" });
    const found = await landing().records(["r1", "R 2", "nowhere"], signal);
    expect(found.map(({ runId, branch }) => `${runId} ${branch}`).toSorted()).toEqual([
      "R 2 of-another",
      "r1 main",
      "r1 x/y",
    ]);
    const [main] = found.filter(({ branch }) => branch === "main");
    expect(main).toMatchObject({ commit: commits[0], commits: 1, tip: of.tip });
    expect(Math.abs((main?.landedAt ?? 0) - Date.now())).toBeLessThan(600_000);
    expect(await landing().records([], signal)).toEqual([]);
  });

  it("is nowhere outside of a repository", async () => {
    const dir = mkdtempSync(join(tmpdir(), "tutti-plain-"));
    expect(await createBranchLanding({ projectDir: dir, env: plainGit }).records(["r1"], signal)).toEqual([]);
    rmSync(dir, { recursive: true });
  });

  it("is told with the steps of each commit, of all landings there, whatever came between and whoever signs", async () => {
    const first = site.run({ a: "a\n" }, { "dir/c": "run\n" });
    await land(first, { as: "steps" });
    user.git("commit", "--allow-empty", "-qm", "mine\n\nTutti-Run: r12");
    user.git("config", "log.showSignature", "true");
    const tip = site.checkpoint([first.tip], { new: "new\n" }, "step3");
    const commit = await land({ base: first.base, tip });
    expect(await told()).toMatchObject({
      now: "there",
      commits: [{ steps: ["step1"] }, { steps: ["step2"] }, { commit, steps: ["step3"] }],
    });
  });

  it("is told as it is now where the branch was rebased", async () => {
    const old = await land(site.run({ b: "run\n" }), { to: "x" });
    user.commit("more", { a: "more\n" });
    user.git("rebase", "--quiet", "main", "x");
    const commit = user.git("rev-parse", "x");
    expect(commit).not.toBe(old);
    expect(await told()).toMatchObject({ now: "there", commits: [{ commit, steps: ["step1"] }] });
  });

  it("is told as taken out where the branch was moved back, and with the branch gone where it is", async () => {
    const commit = await land(site.run({ b: "run\n" }), { to: "x" });
    user.git("branch", "--force", "x", "main");
    expect(await told()).toMatchObject({ now: "taken-out", commits: [] });
    user.git("branch", "-D", "x");
    expect(await told()).toMatchObject({ now: "branch-gone", commits: [{ commit, steps: ["step1"] }] });
  });

  it("is told of a branch that had all of it already", async () => {
    const of = site.run({ b: "run\n" });
    user.commit("the same", { b: "run\n" });
    await land(of);
    expect(await told()).toMatchObject({ now: "there", commits: [], record: { commits: 0 } });
  });
});
