import { describe, expect, it } from "vitest";
import { chainOfLines, keptRun, threeDone } from "../testing/kept-run.ts";
import { changesOf } from "./changes.ts";
import { listCheckpoints } from "./checkpoints.ts";
import { emergencyRollback, previewEmergency } from "./emergency.ts";
import type { Parts } from "./parts.ts";
import { rollback } from "./rollback.ts";

type Kept = Awaited<ReturnType<typeof keptRun>>;

function partsOf({ parts }: Kept): Parts {
  return parts as unknown as Parts;
}

const paths = ({ files }: { readonly files: readonly { readonly path: string }[] }): readonly string[] =>
  files.map(({ path }) => path);

describe("what a run changed", () => {
  it("is all of it, or what one node did last", async () => {
    const kept = await threeDone();
    const parts = partsOf(kept);
    expect(paths(await changesOf(parts, "r1"))).toEqual(["a", "b", "c"]);
    expect(paths(await changesOf(parts, "r1", { node: "b" }))).toEqual(["b"]);
    await rollback(parts, "r1", { point: { before: "b" } });
    expect(paths(await changesOf(parts, "r1"))).toEqual(["a"]);
    expect(paths(await changesOf(parts, "r1", { node: "c" }))).toEqual(["c"]);
  });

  it("is not known of what left no checkpoint", async () => {
    const kept = await keptRun(chainOfLines("a", "b"));
    await kept.ok("a");
    await kept.leave();
    await expect(changesOf(partsOf(kept), "r1", { node: "b" })).rejects.toThrow("no checkpoint is of it");
    await expect(changesOf(partsOf(kept), "r1", { node: "x" })).rejects.toThrow("has no such node");
  });
});

describe("the list of checkpoints", () => {
  it("has numbers, and says from where the run goes on", async () => {
    const kept = await threeDone();
    const listed = await listCheckpoints(partsOf(kept), "r1");
    expect(listed.map(({ number, node, tip, own }) => [number, node, tip, own])).toEqual([
      [0, undefined, false, true],
      [1, "a", false, true],
      [2, "b", false, true],
      [3, "c", true, true],
    ]);
  });

  it("is there also when the log is lost", async () => {
    const kept = await keptRun(chainOfLines("a"));
    await kept.ok("a");
    expect(await listCheckpoints(partsOf(kept), "r1")).toHaveLength(2);
  });
});

describe("an emergency", () => {
  it("puts a tree back by its checkpoints alone, when the log is lost", async () => {
    const kept = await keptRun(chainOfLines("a", "b"));
    await kept.ok("a");
    await kept.ok("b");
    const parts = partsOf(kept);
    expect(await previewEmergency(parts, "r", { to: "1" })).toMatchObject({
      runId: "r1",
      where: "tree",
      files: [{ path: "b", change: "deleted" }],
    });
    const done = await emergencyRollback(parts, "@last", { to: "1" });
    expect(done).toMatchObject({ where: "tree", saved: { number: 3 } });
    expect([...kept.files.keys()]).toEqual(["readme", "a"]);
  });

  it("writes into the project only where the run is known to work there", async () => {
    const kept = await threeDone("shared");
    const parts = partsOf(kept);
    expect(await previewEmergency(parts, "r1", { to: "0" })).toMatchObject({ where: "project" });
    const { commit = "" } = kept.run.node("a").outcome?.checkpoint ?? {};
    await emergencyRollback(parts, "r1", { to: commit.slice(0, 8) });
    expect([...kept.repository.project.keys()]).toEqual(["readme", "a"]);
  });

  it("does nothing while the run is driven, or where nothing is meant", async () => {
    const kept = await threeDone();
    const parts = partsOf(kept);
    await expect(emergencyRollback(parts, "r1", { to: "77" })).rejects.toThrow("no such checkpoint");
    await expect(emergencyRollback(parts, "zz", { to: "0" })).rejects.toThrow(
      "no checkpoint is of such a run",
    );
    await parts.store.open("r1");
    await expect(emergencyRollback(parts, "r1", { to: "0" })).rejects.toMatchObject({ code: "RUN_OWNED" });
  });
});
