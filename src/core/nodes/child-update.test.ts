import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../expression/json.ts";
import { loadObject } from "../../language/load.ts";
import type { Workflow } from "../../language/workflow.ts";
import { CoreRun } from "../../testing/core-run.ts";
import { type ChildStatus, nothingSpent } from "../child-record.ts";

function workflow(steps: readonly Json[]): Workflow {
  const value: JsonObject = {
    name: "x",
    limits: { parallel: 9 },
    inputs: { word: { type: "string", default: "w" } },
    chain: { parallel_where_possible: true, steps: [...steps] },
  };
  const { workflow: found, problems } = loadObject(value, {
    workflows: other ? { "./other.yaml": other } : {},
  });
  if (!found) throw new Error(problems.map(({ message }) => message).join("\n"));
  return found;
}

const { workflow: other } = loadObject({
  name: "other",
  inputs: { word: { type: "string", default: "w" } },
  chain: [{ name: "n", run: "x" }],
});

const sub: JsonObject = { name: "sub", workflow: "./other.yaml", mode: "child" };

function childOf(run: CoreRun, address: string): string | undefined {
  const { request } = run.node(address);
  return request?.kind === "workflow" ? request.child : undefined;
}

/** The run that does the step is left so. */
function leave(run: CoreRun, address: string, status: ChildStatus): void {
  const { id } = run.work(address);
  const child = { id: childOf(run, address) ?? "", status, spent: nothingSpent };
  run.give({ type: "outcome", effect: id, outcome: { ok: status === "completed", child, output: {} } });
}

describe("the run that does a step", () => {
  it("is ended when the changed workflow has no such step, or does it itself, wherever it stands", () => {
    const inside = (step: Json): readonly Json[] => [
      { name: "g", steps: [step] },
      { name: "way", switch: { cases: { one: { when: "true", steps: [step] } } } },
      { name: "loop", repeat: 2, steps: [step] },
      { name: "list", for_each: ["a/b"], steps: [step] },
      step,
    ];
    const addresses = ["g/sub", "way/one/sub", "loop#1/sub", "list[0]/sub", "sub"];
    const begun = (): CoreRun => {
      const run = new CoreRun(workflow(inside(sub)));
      for (const address of addresses) leave(run, address, "waiting");
      return run;
    };
    const changedTo = (step: Json, run = begun()): CoreRun => {
      run.give({ type: "restart", workflow: workflow(inside(step)) });
      return run;
    };
    const kept = changedTo({ ...sub, with: { word: "v" } });
    expect(kept.state.abandoned).toEqual([]);
    const all = ["r1.1", "r1.2", "r1.3", "r1.4", "r1.5"];
    expect(new Set(addresses.map((address) => childOf(kept, address)))).toEqual(new Set(all));
    const gone = changedTo({ name: "else", run: "x" });
    expect(gone.state.abandoned.toSorted()).toEqual(all);
    expect(changedTo({ ...sub, mode: "inline" }).state.abandoned.toSorted()).toEqual(all);
    expect(childOf(changedTo(sub, gone), "sub")).toMatch(/^r1\.([6-9]|10)$/);
  });

  it("is kept, though its step is gone, when it did what it should", () => {
    const run = new CoreRun(workflow([sub, { name: "z", run: "x", depends_on: ["sub"] }]));
    leave(run, "sub", "completed");
    run.give({ type: "restart", workflow: workflow([{ name: "z", run: "y" }]) });
    expect(run.state.abandoned).toEqual([]);
    expect(run.state.children.get("sub")).toMatchObject({ id: "r1.1", done: true });
  });
});
