import { describe, expect, it } from "vitest";
import type { LandingNow, LandingRecord } from "../ports/landing.ts";
import { threeDone } from "../testing/kept-run.ts";
import { branchesLandedOn, filesToLand, listLandings } from "./landings.ts";
import type { Parts } from "./parts.ts";

type Kept = Awaited<ReturnType<typeof threeDone>>;
type Landed = Partial<LandingRecord> & Partial<LandingNow>;

function record({ now: _, ...change }: Landed): LandingRecord {
  return { runId: "r1", branch: "main", commit: "l1", commits: 1, landedAt: 1, tip: "none", ...change };
}

/** A run of which this has landed. */
function landedIn(kept: Kept, ...landed: readonly Landed[]): Parts {
  const landing = {
    records: async (runIds: readonly string[]) =>
      landed.map(record).filter(({ runId }) => runIds.includes(runId)),
    look: async ({ branch }: LandingRecord): Promise<LandingNow> => {
      const { now = "there" } = landed.find((one) => record(one).branch === branch) ?? {};
      return { now, commits: [{ commit: "l1", steps: ["a"] }] };
    },
  };
  return { ...kept.parts, landing } as unknown as Parts;
}

/** The checkpoint that a step has left. */
function after(kept: Kept, step: string): string {
  return kept.run.node(step).outcome?.checkpoint?.commit ?? "";
}

async function toLand(kept: Kept, ...landed: readonly Landed[]): Promise<readonly string[]> {
  const events = await kept.parts.store.read("r1");
  return filesToLand(landedIn(kept, ...landed), { runId: "r1", events });
}

describe("what is still to land", () => {
  it("is everything of a run that landed nowhere, and of one whose branch does not have it any more", async () => {
    const kept = await threeDone();
    expect(await toLand(kept)).toEqual(["a", "b", "c"]);
    expect(await toLand(kept, { tip: after(kept, "c"), now: "taken-out" })).toEqual(["a", "b", "c"]);
  });

  it("is what came after what has landed", async () => {
    const kept = await threeDone();
    expect(await toLand(kept, { tip: after(kept, "b") })).toEqual(["c"]);
  });

  it("is nothing where all of it has landed once, whatever landed elsewhere since or became of the branch", async () => {
    const kept = await threeDone();
    const all = { tip: after(kept, "c") };
    expect(await toLand(kept, all)).toEqual([]);
    expect(await toLand(kept, all, { branch: "old", tip: after(kept, "a") })).toEqual([]);
    expect(await toLand(kept, { ...all, now: "branch-gone" })).toEqual([]);
  });
});

it("where a run has landed is told with what the branch has of it now", async () => {
  const kept = await threeDone();
  const parts = landedIn(kept, { landedAt: 7, now: "taken-out" }, { runId: "r2", branch: "x" });
  const commits = [{ commit: "l1", steps: ["a"] }];
  expect(await listLandings(parts, "r1")).toEqual([
    { runId: "r1", branch: "main", commit: "l1", landedAt: 7, now: "taken-out", commits },
  ]);
  expect([...(await branchesLandedOn(parts, ["r1", "r2", "r3"]))]).toEqual([
    ["r1", ["main"]],
    ["r2", ["x"]],
  ]);
});
