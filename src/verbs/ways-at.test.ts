import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { workflowOf } from "../testing/core-run.ts";
import { keptRun } from "../testing/kept-run.ts";
import type { BackTarget } from "./going-back.ts";
import type { Parts } from "./parts.ts";
import { rollback } from "./rollback.ts";
import { waysAt } from "./ways-at.ts";

const steps = (...names: readonly string[]): Json => names.map((name) => ({ name, run: name }));

/** `first`, then one of two ways with two steps each, then `last`. */
function twoWays() {
  const cases = { x: { when: "true", steps: steps("a", "b") }, y: { when: "true", steps: steps("a", "b") } };
  const route = { name: "do", switch: { on_failure: "next", cases } };
  return keptRun(
    workflowOf({ name: "t", chain: [{ name: "first", run: "1" }, route, { name: "last", run: "9" }] }),
  );
}

/** It has come to its end by its second way. */
async function ended() {
  const kept = await twoWays();
  await kept.ok("first");
  await kept.ok("do/x/a");
  await kept.fail("do/x/b");
  await kept.ok("do/y/a");
  await kept.ok("do/y/b");
  await kept.ok("last");
  await kept.leave();
  return kept;
}

const back = (kept: Awaited<ReturnType<typeof ended>>, target: BackTarget) =>
  rollback(kept.parts as unknown as Parts, "r1", target);

describe("a run that goes back to where a branch stood that takes one way after another", () => {
  it("is on the way that was taken then, with what had ended on it", async () => {
    const kept = await ended();
    expect((await back(kept, { point: { to: "do/x/a" } })).pending).toEqual(["last", "do/y/a", "do/y/b"]);
    const run = await kept.resumed();
    expect(run.owed).toEqual(["perform do/x/b"]);
    await kept.fail("do/x/b");
    expect(run.owed).toEqual(["perform do/y/a"]);
  });

  it("stays on the way that was taken after another, and does not take that again", async () => {
    const kept = await ended();
    await back(kept, { point: { to: "do/y/a" } });
    const run = await kept.resumed();
    expect(run.owed).toEqual(["perform do/y/b"]);
    expect(run.node("do").carried).toMatchObject([{ way: "x" }]);
  });

  it("begins with the first way where none was taken then", async () => {
    const kept = await ended();
    await back(kept, { point: { to: "first" } });
    expect((await kept.resumed()).owed).toEqual(["perform do/x/a"]);
  });

  it("goes forward again to the later way", async () => {
    const kept = await ended();
    const { before } = await back(kept, { point: { to: "first" } });
    await back(kept, { point: { to: String(before) } });
    expect((await kept.resumed()).status).toBe("completed");
  });
});

describe("what another run takes over of such a branch", () => {
  it("is which ways had failed, and nothing before one has", async () => {
    const { run } = await ended();
    expect(waysAt(run.events, run.events.length)).toMatchObject([
      ["do", { way: "y", tried: [{ way: "x", output: { a: null, b: null } }] }],
    ]);
    expect(waysAt(run.events, 3)).toEqual([]);
    expect(waysAt((await twoWays()).run.events, 3)).toEqual([]);
  });
});
