import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import type { JsonObject } from "../expression/json.ts";
import { temporaryFolder } from "../testing/testbed.ts";

const value: JsonObject = {
  name: "judged",
  agent: "mock",
  chain: [
    { name: "make", run: "true", gates: [{ check: "true" }, { judge: "good", name: "good" }] },
    { name: "tell", prompt: "tell it" },
  ],
  gates: { judge: "all is well", name: "whole" },
};

it("what judges cost is remembered, by gate and agent: planned, and held when they are asked again", async () => {
  const cwd = temporaryFolder();
  const mock = {
    rules: [
      { gate: "good", cost: 0.25, output: { pass: true, score: 90, reasons: [], evidence: [] } },
      { gate: "whole", cost: 0.5, output: { pass: true, score: 90, reasons: [], evidence: [] } },
      { prompt: ".", text: "told", cost: 1 },
    ],
  };
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti"), mock });
  onTestFinished(() => tutti.close());
  const source = await tutti.load({ kind: "object", value });
  // the gates of the run take no time but that of their judges
  expect(await tutti.plan(source.workflow)).toMatchObject({ steps: 3, timed: 2, known: 0 });
  expect(await tutti.plan(source.workflow)).toMatchObject({
    cost: { agentSteps: 1, judges: 2, unknownSteps: 3, knownUsd: 0 },
  });
  const first = await (await tutti.start(source)).done;
  expect(first.status).toBe("completed");
  expect((await tutti.plan(source.workflow)).cost).toMatchObject({ unknownSteps: 0, knownUsd: 1.75 });
  const second = await tutti.start(source);
  await second.done;
  const events = await tutti.events(second.id);
  expect(events[0]).toMatchObject({
    type: "run.created",
    plan: { costUsd: { "make!after1": 0.25, tell: 1, "gates!before0": 0.5 } },
  });
  // another agent's price says nothing about this one's
  const other = await tutti.load({ kind: "object", value: { ...value, agent: "claude-code" } });
  expect((await tutti.plan(other.workflow)).cost).toMatchObject({ unknownSteps: 3 });
});
