import { expect, it } from "vitest";
import { chainOf, Project } from "./tutti.ts";

it("warns of a cap on time that work will pass, which a wait does not count for", async () => {
  const project = new Project({
    "work.yaml": "chain: [{name: a, run: 'true', expect: 3h}]",
    "wait.yaml": "chain: [{name: a, wait: 3h}, {name: b, run: 'true'}]",
  });
  const { stderr } = await project.call(["run", "work.yaml", "--yes"]);
  expect(stderr).toContain(
    "it will probably not get to its end: it needs about 3h 00m of at most 2h 00m (a guess: no history yet); raise",
  );
  const call = project.begin(["run", "wait.yaml"]);
  await call.until("waiting    a");
  expect(call.printed).not.toContain("probably");
  const [plan] = (await project.json(["plan", "wait.yaml"])).values;
  expect(plan?.["predictedMs"]).toBeGreaterThan(10_800_000);
  expect(plan?.["workMs"]).toBeLessThan(10_000);
});

it("holds the caps of the project's settings", async () => {
  const project = new Project({
    "flow.json": chainOf("true"),
    "tutti.yaml": "limits: {time: 5m, cost: 50 USD}\n",
  });
  const { values } = await project.json(["plan", "flow.json"]);
  expect(values).toMatchObject([{ limits: { timeMs: 300_000, costUsd: 10 } }]);
});
