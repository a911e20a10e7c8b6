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

const dear = `
name: dear
limits: {cost: 5 USD}
chain: [{name: l, repeat: 10, steps: [{name: w, prompt: "x", expect: {cost: 0.30 USD}}]}]
`;

it("a plan warns of the caps that a run will pass, as a run does", async () => {
  const project = new Project({ "dear.yaml": dear });
  const above = "it needs about $3.00 of at most $0.50; raise the cap with --limit";
  const planned = await project.call(["plan", "dear.yaml", "--limit", "cost=0.5USD"]);
  expect(planned.stdout.split("\n")[1]).toBe(`it will probably not get to its end: ${above}`);
  expect((await project.call(["plan", "dear.yaml"])).stdout).not.toContain("probably");
  const flags = ["--agent", "mock", "--limit", "cost=0.5USD", "--budget", "audit"];
  const { stderr } = await project.call(["run", "dear.yaml", ...flags]);
  expect(stderr).toContain(`it will probably pass its caps, which are only told: ${above}`);
});

it("holds the caps of the project's settings", async () => {
  const project = new Project({
    "flow.json": chainOf("true"),
    "tutti.yaml": "limits: {time: 5m, cost: 50 USD}\n",
  });
  const { values } = await project.json(["plan", "flow.json"]);
  expect(values).toMatchObject([{ limits: { timeMs: 300_000, costUsd: 10 } }]);
});

const dependsOnInputs = `
name: given
inputs: {deep: {type: boolean, default: false}, files: {type: array, default: []}}
chain:
  - {name: extra, when: inputs.deep, prompt: look deeper, expect: {cost: 1 USD}}
  - name: route
    if: inputs.deep
    then: [{name: far, run: "true"}]
    else: [{name: near, run: "true"}]
  - name: all
    for_each: {items: "\${ inputs.files }", as: file}
    steps: [{name: one, prompt: "\${ file }", expect: {cost: 2 USD}}]
`;

it("plans what the inputs leave to do, and all of it without them", async () => {
  const project = new Project({ "given.yaml": dependsOnInputs });
  const planned = async (...flags: readonly string[]) =>
    (await project.json(["plan", "given.yaml", ...flags])).values[0];
  expect(await planned()).toMatchObject({ steps: 4, cost: { knownUsd: 3 } });
  expect(await planned()).not.toHaveProperty("skipped");
  expect(await planned("--input", 'files=["a","b"]')).toMatchObject({
    steps: 2,
    skipped: ["extra", "route/then"],
    cost: { knownUsd: 4, agentSteps: 1 },
    parts: [{ ways: [{ skipped: true }, { name: "else" }] }, { count: 2 }],
  });
  const { stdout } = await project.call(["plan", "given.yaml", "--input", "deep=true"]);
  expect(stdout).toContain("not done with these inputs: route/else, all[]");
  expect(stdout).toContain("else otherwise  not taken with these inputs");
  const wrong = await project.call(["plan", "given.yaml", "--input", "dep=true"]);
  expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining('did you mean "deep"?') });
  const { stderr } = await project.call(["run", "given.yaml", "--agent", "mock"]);
  expect(stderr).toContain("given: 1 step (no agent)");
});

it("plans a pattern for its target", async () => {
  const project = new Project();
  const flags = ["--target", "the parser", "--max_iterations", "2"];
  const [plan] = (await project.json(["plan", "pattern:iterative_improvement", ...flags])).values;
  expect(plan).toMatchObject({ parts: [{ kind: "loop", max: 2 }] });
});
