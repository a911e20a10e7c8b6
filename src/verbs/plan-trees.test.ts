import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import { temporaryFolder } from "../testing/testbed.ts";
import type { JsonObject } from "../expression/json.ts";
import type { PlanReport } from "./plan.ts";

async function planOf(text: string, inputs: JsonObject = {}): Promise<PlanReport> {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "w.yaml"), text);
  writeFileSync(join(cwd, "inner.yaml"), "name: inner\nchain: [{name: d, prompt: x}]\n");
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti") });
  onTestFinished(() => tutti.close());
  const { workflow } = await tutti.load({ kind: "file", path: "w.yaml", cwd });
  return tutti.plan(workflow, { inputs });
}

const chain = `inputs: {all: boolean}
chain:
  - name: p
    parallel: all
    steps:
      - {name: a, prompt: x}
      - {name: b, prompt: x, writes: o, when: inputs.all}
      - {name: c, steps: [{name: d, prompt: x}, {name: e, run: x}]}
  - {name: l, for_each: [1], steps: [{name: d, prompt: x}, {name: e, run: x}]}
`;

it("a plan names what works in trees of its own, and counts no step that only lands", async () => {
  const { trees, steps } = await planOf(`workspace: {mode: run, merge: {conflicts: ours}}\n${chain}`, {
    all: true,
  });
  expect(trees).toEqual({
    mode: "run",
    own: [
      { address: "p/a", of: "step", undeclared: true, conflicts: "ours" },
      { address: "p/b", of: "step", conflicts: "ours" },
      { address: "p/c", of: "block", undeclared: true, conflicts: "ours" },
      { address: "l", of: "items", undeclared: true, conflicts: "ours" },
    ],
    merge: { order: "finished", by: "rebase", conflicts: "ours" },
  });
  expect(steps).toBe(6);
});

it("a plan tells of each tree whether it says what it writes, and what becomes of its conflicts", async () => {
  const text = `workspace: run
chain:
  - name: p
    parallel: all
    steps:
      - {name: asked, prompt: x}
      - {name: line, run: x, writes: [o]}
      - {name: half, steps: [{name: d, prompt: x}, {name: e, run: x, writes: [q]}]}
      - {name: inside, workflow: ./inner.yaml, mode: child}
`;
  expect((await planOf(text)).trees?.own).toEqual([
    { address: "p/asked", of: "step", undeclared: true, conflicts: "agent" },
    { address: "p/line", of: "step", conflicts: "serialize" },
    { address: "p/half", of: "block", undeclared: true, conflicts: "agent" },
    { address: "p/inside", of: "step", undeclared: true, conflicts: "serialize" },
  ]);
});

it("a plan leaves out the trees of what is not done", async () => {
  const { trees } = await planOf(`workspace: run\n${chain}`, { all: false });
  expect(trees?.own.map(({ address }) => address)).toEqual(["p/a", "p/c", "l"]);
});

it("a plan of steps that work in the project's folder has no trees of their own", async () => {
  expect((await planOf(`workspace: shared\n${chain}`, { all: true })).trees).toMatchObject({
    mode: "shared",
    own: [],
  });
  expect(await planOf(`workspace: none\n${chain}`, { all: true })).not.toHaveProperty("trees");
});
