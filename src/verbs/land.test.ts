import { describe, expect, it } from "vitest";
import type { LandPreview, LandRequest, PullRequest } from "../ports/landing.ts";
import { chainOfLines, keptRun, threeDone } from "../testing/kept-run.ts";
import { type LandTarget, land, previewLanding, pullRequest } from "./land.ts";
import { filesToLand } from "./landings.ts";
import type { Parts } from "./parts.ts";

type Kept = Awaited<ReturnType<typeof keptRun>>;

/** A branch that takes everything, and says what it was asked. */
function landingOn(kept: Kept) {
  const asked: (LandRequest | PullRequest)[] = [];
  const preview: LandPreview = {
    branch: "main",
    isNew: false,
    checkedOut: true,
    files: ["a"],
    conflicts: [],
    unmerged: [],
    inTheWay: [],
  };
  const landing = {
    steps: async () => ["a", "b/c"],
    preview: async (request: LandRequest) => (asked.push(request), preview),
    land: async (request: LandRequest) => (
      asked.push(request),
      { branch: "main", commit: "l1", commits: 1, files: ["a"] }
    ),
    records: async () => [],
    pullRequest: async (request: PullRequest) => (asked.push(request), "https://example.test/1"),
  };
  return { asked, parts: { ...kept.parts, landing } as unknown as Parts };
}

async function request(kept: Kept, target: LandTarget = {}): Promise<LandRequest> {
  const { parts, asked } = landingOn(kept);
  await land(parts, "r1", target);
  return asked[0] as LandRequest;
}

describe("what lands", () => {
  it("is what ended well, from where the run began, in one commit that says what it was for", async () => {
    const kept = await threeDone();
    const { state } = kept.run;
    expect(await request(kept)).toEqual({
      runId: "r1",
      base: state.trees?.origin.base,
      tip: state.trees?.tips.get("")?.commit,
      as: "squash",
      message: "test: a, b/c",
    });
  });

  it("goes where, and as, it was said", async () => {
    const kept = await threeDone();
    const target = { to: "feature", steps: true, message: "mine", strategy: "theirs" } as const;
    expect(await request(kept, target)).toMatchObject({
      to: "feature",
      as: "steps",
      message: "mine",
      strategy: "theirs",
    });
  });

  it("does not land what a step left that failed, and says that the run is not whole", async () => {
    const kept = await keptRun(chainOfLines("a", "b"));
    await kept.ok("a");
    kept.files.set("b", "half");
    kept.run.fail("b", {}, await kept.save("b", "WORKFLOW-RECOVERY"));
    await kept.leave();
    const { parts, asked } = landingOn(kept);
    expect(await previewLanding(parts, "r1")).toMatchObject({
      isWhole: false,
      steps: ["a", "b/c"],
      status: "failed",
      branch: "main",
    });
    const a = kept.run.node("a").outcome?.checkpoint?.commit;
    expect(asked[0]).toMatchObject({ tip: a });
    expect(await filesToLand(parts, { runId: "r1", events: await kept.parts.store.read("r1") })).toEqual([
      "a",
    ]);
  });

  it("is nothing of a run that works in the project's folder", async () => {
    const kept = await threeDone("shared");
    const { parts } = landingOn(kept);
    await expect(land(parts, "r1")).rejects.toThrow("what they did is there already");
    expect(await filesToLand(parts, { runId: "r1", events: await kept.parts.store.read("r1") })).toEqual([]);
  });

  it("is told in a pull request by the message it landed with", async () => {
    const { parts, asked } = landingOn(await threeDone());
    const landed = { branch: "b", message: "one: two\n\nmore", runId: "r1", steps: ["a", "b"] };
    expect(await pullRequest(parts, landed)).toBe("https://example.test/1");
    expect(asked).toEqual([{ branch: "b", title: "one: two", body: "more\n\n- a\n- b\n\nMade by run r1." }]);
  });
});
