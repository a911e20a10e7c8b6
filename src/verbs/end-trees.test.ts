import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import type { LandingGate } from "../language/gate.ts";
import { type CoreRun, parallelOf } from "../testing/core-run.ts";
import { agentStep, checkpoint, inTrees, withSteps } from "../testing/trees-run.ts";
import { landedTrees } from "./end-trees.ts";

const landing: LandingGate = {
  kind: "landing",
  name: "landing",
  level: "blocking",
  retry: 2,
  strategy: "agent",
  by: "rebase",
  order: "finished",
};

/** Three writers; a tree goes when it is told to, and it is known whether it still should. */
function scene() {
  const plan = parallelOf(["a", "b", "c"].map((name) => agentStep(name)));
  const run = inTrees(withSteps(plan, (step) => ({ ...step, lane: true, gates: [landing] })));
  const asked: string[] = [];
  const signals: AbortSignal[] = [];
  const { promise: isTold, resolve: go } = Promise.withResolvers<void>();
  const trees = landedTrees({
    onTrouble: () => {},
    checkpoints: {
      list: () => Promise.resolve([]),
      difference: () => Promise.resolve({ files: [] }),
      writeOut: () => Promise.resolve(),
      trees: () => Promise.resolve([]),
      tidy: () => Promise.resolve([]),
      async remove({ lane }, signal) {
        asked.push(lane);
        signals.push(signal);
        await isTold;
        if (lane === "a") throw new Error("it stays");
        return [];
      },
    },
  });
  let seen = 0;
  const note = (): void => {
    trees.note(run.events.slice(seen), run.state);
    seen = run.events.length;
  };
  return { run, trees, asked, signals, go, note };
}

function lands(run: CoreRun, lane: string, number: number): void {
  run.ok(lane, checkpoint(`${lane}1`, number));
  run.ok(lane, { evidence: { landed: `c${number}` }, ...checkpoint(`c${number}`, number) });
}

it("trees of lanes go when they have landed, one after the other, and one that cannot go keeps no other", async () => {
  const { run, trees, asked, go, note } = scene();
  run.ok("c", checkpoint("c1", 1));
  note();
  await turn();
  expect(asked).toEqual([]);
  lands(run, "a", 1);
  note();
  lands(run, "b", 2);
  note();
  await turn();
  expect(asked).toEqual(["a"]);
  go();
  await expect.poll(() => asked).toEqual(["a", "b"]);
  await trees.stop();
});

it("what has not begun to go when the run is left is left to its end", async () => {
  const { run, trees, asked, go, note } = scene();
  lands(run, "a", 1);
  lands(run, "b", 2);
  note();
  await turn();
  const stopped = trees.stop();
  go();
  await stopped;
  expect(asked).toEqual(["a"]);
});

it("where work may begin again the tree stays", async () => {
  const { run, trees, asked, signals, go, note } = scene();
  lands(run, "a", 1);
  lands(run, "b", 2);
  note();
  await turn();
  run.fail("c");
  run.give({ type: "restart", from: "a" });
  note();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  go();
  await trees.stop();
  await turn();
  expect(asked).toEqual(["a"]);
});
