import { describe, expect, it } from "vitest";
import { isTuttiError } from "../errors.ts";
import { workflowOf } from "../testing/core-run.ts";
import { chainOfLines, keptRun, threeDone } from "../testing/kept-run.ts";
import type { BackTarget } from "./going-back.ts";
import type { Parts } from "./parts.ts";
import { previewRollback, rollback, type RolledBack } from "./rollback.ts";

type Kept = Awaited<ReturnType<typeof keptRun>>;

function partsOf({ parts }: Kept): Parts {
  return parts as unknown as Parts;
}

const back = (kept: Kept, target: BackTarget): Promise<RolledBack> => rollback(partsOf(kept), "r1", target);

describe("a rollback", () => {
  it("puts the files back to where a step had ended, and what came after it is to be done again", async () => {
    const kept = await threeDone();
    const { files, state, resumed } = kept;
    const done = await back(kept, { point: { to: "a" } });
    expect(done).toMatchObject({
      point: 'the end of "a"',
      where: "tree",
      pending: ["b", "c"],
      done: [],
      outside: [
        { address: "b", hasUndo: false },
        { address: "c", hasUndo: false },
      ],
      files: [
        { path: "b", change: "deleted" },
        { path: "c", change: "deleted" },
      ],
    });
    expect([...files]).toEqual([
      ["readme", "hello"],
      ["a", "a"],
    ]);
    expect(await state()).toMatchObject({ status: "paused", reason: 'back to the end of "a"' });
    const run = await resumed();
    expect(run.ends).toMatchObject({ a: "verified", b: "running", c: "pending" });
    expect(run.work("b").policy.workspace).toMatchObject({ begin: done.saved?.commit });
  });

  it("goes to before a step, to the beginning, to a number and to a commit alike", async () => {
    for (const [point, left] of [
      [{ before: "b" }, ["readme", "a"]],
      [{ beginning: true }, ["readme"]],
      [{ to: "0" }, ["readme"]],
      [{ to: "2" }, ["readme", "a", "b"]],
    ] as const) {
      const kept = await threeDone();
      const { files, run, resumed } = kept;
      await back(kept, { point });
      expect([...files.keys()]).toEqual(left);
      await resumed();
      const done = Object.entries(run.ends).filter(([, end]) => end === "verified");
      expect(done.map(([address]) => address)).toEqual(left.filter((name) => name !== "readme"));
    }
  });

  it("is undone by going to the checkpoint before it, and then nothing is done again", async () => {
    const kept = await threeDone();
    const { files, resumed } = kept;
    const { before } = await back(kept, { point: { to: "a" } });
    const forward = { point: { to: String(before) } };
    expect(await previewRollback(partsOf(kept), "r1", forward)).toMatchObject({
      point: "checkpoint 3",
      pending: [],
      done: ["b", "c"],
    });
    await back(kept, forward);
    expect([...files.keys()]).toEqual(["readme", "a", "b", "c"]);
    const run = await resumed();
    expect(run.status).toBe("completed");
    expect(run.state.reused).toBe(3);
  });

  it("takes the earlier result back where a step was done anew since", async () => {
    const kept = await threeDone();
    await back(kept, { point: { before: "b" } });
    const run = await kept.resumed();
    await kept.ok("b", "other");
    run.give({ type: "stop", reason: "enough" });
    const log = await kept.parts.store.open("r1");
    await log.append(run.events.slice(log.events.length), { release: true });
    expect(kept.files.get("b")).toBe("other");
    await back(kept, { point: { to: "2" } });
    expect(kept.files.get("b")).toBe("b");
    const again = await kept.resumed();
    expect(again.node("b").outcome?.checkpoint?.number).toBe(2);
    expect(again.ends).toMatchObject({ b: "verified", c: "running" });
  });

  it("goes to a checkpoint with all that had ended then, though it was given up since", async () => {
    const kept = await threeDone();
    kept.run.events.splice(0, Infinity, ...(await kept.parts.store.read("r1")));
    kept.run.give({ type: "restart", from: "b" });
    await kept.leave();
    await back(kept, { point: { to: "3" } });
    const run = await kept.resumed();
    expect(run.status).toBe("completed");
  });

  it("keeps the steps as they are when only some files are put back", async () => {
    const kept = await threeDone();
    const { files, resumed } = kept;
    const done = await back(kept, { point: { beginning: true }, files: ["b"] });
    expect(done).toMatchObject({ pending: [], done: [], files: [{ path: "b", change: "deleted" }] });
    expect([...files.keys()]).toEqual(["readme", "a", "c"]);
    const run = await resumed();
    expect(run.status).toBe("completed");
    expect(run.state.trees?.tips.get("")).toEqual(done.saved);
  });

  it("begins nothing that was cut off, and counts it once", async () => {
    const kept = await keptRun(chainOfLines("a", "b", "c"));
    await kept.ok("a");
    expect(kept.run.state.ledger.attempts).toBe(2);
    await kept.leave();
    await back(kept, { point: { to: "a" } });
    expect((await kept.state()).ledger.attempts).toBe(2);
    expect((await kept.resumed()).ends).toMatchObject({ a: "verified", b: "running" });
  });

  it("changes files of the project when steps work there; a rewind leaves those alone", async () => {
    const shared = await threeDone("shared");
    expect(await back(shared, { point: { to: "a" } })).toMatchObject({ where: "project" });
    expect([...shared.repository.project.keys()]).toEqual(["readme", "a"]);
    const other = await threeDone("shared");
    const done = await back(other, { point: { to: "a" }, rewinds: true });
    expect(done).toMatchObject({ where: "nowhere", files: [], pending: ["b", "c"] });
    expect([...other.repository.project.keys()]).toEqual(["readme", "a", "b", "c"]);
    expect((await other.resumed()).ends).toMatchObject({ a: "verified", b: "running" });
  });

  it("is shown, and not done, while a process drives the run", async () => {
    const kept = await threeDone();
    kept.files.set("b", "at work");
    await kept.parts.store.open("r1");
    const point = { point: { to: "2" } };
    const preview = await previewRollback(partsOf(kept), "r1", point);
    expect(preview.files).toMatchObject([{ path: "c", change: "deleted" }]);
    await expect(back(kept, point)).rejects.toMatchObject({ code: "RUN_OWNED" });
    expect(kept.files.get("b")).toBe("at work");
  });

  it("tells which steps reached further than files, and say how that is undone", async () => {
    const steps = [
      { name: "a", run: "a" },
      { name: "b", run: "b", undo: "c" },
      { name: "c", prompt: "c", agent: "mock" },
    ];
    const kept = await keptRun(workflowOf({ name: "test", chain: steps }));
    for (const name of ["a", "b", "c"]) await kept.ok(name);
    await kept.leave();
    const { outside } = await previewRollback(partsOf(kept), "r1", { point: { to: "a" } });
    expect(outside).toEqual([{ address: "b", hasUndo: true }]);
  });

  it("is refused where there is no such point, with what there is", async () => {
    const kept = await keptRun(chainOfLines("a", "b", "c"));
    await kept.ok("a");
    await kept.leave();
    const refusal = async (target: BackTarget): Promise<string> => {
      const error = await back(kept, target).catch((thrown: unknown) => thrown);
      return isTuttiError(error, "CHECKPOINT_UNKNOWN") ? `${error.message}; ${error.fix}` : String(error);
    };
    expect(await refusal({ point: { to: "b" } })).toMatch(/"b": it has not ended; .*--step b/);
    expect(await refusal({ point: { before: "c" } })).toMatch(/"c": it has not begun/);
    expect(await refusal({ point: { to: "aa" } })).toMatch(
      /no such node and no such checkpoint; did you mean "a"/,
    );
    expect(await refusal({ point: { to: "99" } })).toMatch(/no such node and no such checkpoint/);
    expect((await kept.state()).status).toBe("executing");
  });
});
