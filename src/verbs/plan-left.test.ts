import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openTutti, type TuttiOptions } from "../engine.ts";
import { temporaryFolder } from "../testing/testbed.ts";

const value = {
  name: "rest",
  inputs: { deep: { type: "boolean", default: false } },
  chain: {
    steps: [
      { name: "write", prompt: "write it", expect: { cost: "1 USD" } },
      {
        name: "route",
        if: "write.status == 'verified' || write.cost_usd > 0.0",
        then: [{ name: "near", run: "true" }],
        else: [asks("far")],
      },
      { ...asks("deeper"), when: "inputs.deep" },
      {
        name: "each",
        for_each: { items: "${ [1, 2, 3] }", as: "n", concurrency: 1 },
        steps: [{ name: "one", function: "flaky", with: "${ n }" }, asks("look")],
      },
      asks("last"),
    ],
  },
};

function asks(name: string) {
  return { name, prompt: "look", expect: { cost: "2 USD" } };
}

it("a resume plans what is left of a run, and says what it has spent", async () => {
  const cwd = temporaryFolder();
  let isOpen = false;
  const flaky: NonNullable<TuttiOptions["functions"]>[string] = (n) => {
    if (n !== 1 && !isOpen) throw new Error("not yet");
    return n;
  };
  const mock = { rules: [{ prompt: ".", text: "done", cost: 0.5 }] };
  const options = { cwd, home: join(cwd, ".tutti"), functions: { flaky }, mock };
  const tutti = await openTutti(options);
  onTestFinished(() => tutti.close());
  const overrides = { agent: "mock" };
  const first = await tutti.start(await tutti.load({ kind: "object", value }), { overrides });
  expect(await tutti.planLeft(first)).toMatchObject({ spent: { costUsd: 0 } });
  expect((await first.done).status).toBe("failed");
  isOpen = true;
  const again = await tutti.resume(first.id);
  const left = await tutti.planLeft(again);
  expect(left).toMatchObject({
    steps: 3,
    cost: { agentSteps: 2, repeatedSteps: 1 },
    spent: { costUsd: 1, agents: 2, unknownCosts: 0 },
  });
  // two of three items, and what comes after them: history knows by now what all of them cost
  expect(left.cost.knownUsd).toBeCloseTo(3 * 0.5);
  expect(left.skipped).toEqual(expect.arrayContaining(["write", "route", "deeper"]));
  expect((await again.done).status).toBe("completed");
  expect(await tutti.planLeft(again)).toMatchObject({ steps: 0, cost: { agentSteps: 0, knownUsd: 0 } });
});
