import { describe, expect, it } from "vitest";
import type { JsonObject } from "../expression/json.ts";
import type { Action, Workflow } from "../language/workflow.ts";
import { CoreRun } from "../testing/core-run.ts";
import { chainOf, stepOf, workflowWith } from "../testing/holders.ts";
import { difference } from "./update.ts";

const one = chainOf([stepOf("a")]);
const other = chainOf([stepOf("a", { kind: "function", function: "another", args: null })]);

const branch = (when: string, chain = one): Action => ({
  kind: "branch",
  ways: [{ name: "then", when, chain }],
});
const loop = (max: number, chain = one): Action => ({ kind: "loop", max, otherwise: "fail", chain });
const each = (items: string, chain = one): Action => ({ kind: "each", items, as: "i", chain });
const race = (join: "any" | undefined, chain = one): Action => ({
  kind: "chain",
  chain,
  ...(join ? { join } : {}),
});

describe("what a changed workflow does to a run", () => {
  it("names the conditions, rounds, items and joins that are others now", () => {
    const before = [branch("true"), loop(1), each("${ [1] }"), race(undefined)];
    const after = [branch("1 < 2"), loop(2), each("${ [2] }"), race("any")];
    const steps = (actions: readonly Action[]) => actions.map((action, index) => stepOf(`s${index}`, action));
    const run = new CoreRun(workflowWith(steps(before)));
    expect(difference(run.state, workflowWith(steps(after)))).toMatchObject({
      changed: [],
      adjusted: [
        { address: "s0", keys: ["flow"] },
        { address: "s1", keys: ["repeat"] },
        { address: "s2", keys: ["for_each"] },
        { address: "s3", keys: ["parallel"] },
      ],
    });
  });

  it("sees changes in ways, rounds and items, and that something of a step there is finished", () => {
    const workflow = (chain: typeof one) =>
      workflowWith([
        stepOf("route", branch("true", chain)),
        stepOf("review", each("${ [1, 2] }", chain), { needs: [{ step: "route", because: "depends_on" }] }),
      ]);
    const run = new CoreRun(workflow(one));
    run.ok("route/then/a");
    run.ok("review[1]/a");
    expect(difference(run.state, workflow(one)).kept).toEqual(["route", "route/then/a", "review[]/a"]);
    expect(difference(run.state, workflow(other)).changed).toEqual(["route/then/a", "review[]/a"]);
  });

  it("tells steps that are runs of their own from others, and from those whose result is kept", () => {
    const child = (rest: Partial<Workflow>): Action => ({
      kind: "workflow",
      workflow: workflowWith([stepOf("a")], rest),
      with: {},
    });
    const steps = (rest: Partial<Workflow>, action: Action) =>
      workflowWith([stepOf("k", child(rest)), stepOf("s", action)]);
    const run = new CoreRun(steps({}, race(undefined)));
    const said = difference(run.state, steps({ description: "d" }, race(undefined)));
    expect(said).toMatchObject({ changed: [], inside: [], adjusted: [{ address: "k", keys: ["workflow"] }] });
    const other = difference(run.state, steps({ chain: chainOf([stepOf("b")]) }, child({})));
    expect(other).toMatchObject({ changed: ["k", "s"], inside: ["k"], adjusted: [] });
  });

  it("tells what is made ready otherwise in working trees", () => {
    const run = new CoreRun(workflowWith([stepOf("a")], { trees: { ports: 2, copy: [".env"] } }));
    const update = { trees: { ports: 3, copy: [".env"] }, merge: { by: "merge" } } as const;
    expect(difference(run.state, workflowWith([stepOf("a")], update)).settings).toEqual([
      { group: "workflow", name: "workspace.ports", before: 2, after: 3 },
      { group: "workflow", name: "workspace.merge", after: { by: "merge" } },
    ]);
  });

  it("tells that the steps of a called workflow are given something else", () => {
    const called = (given: JsonObject, preset: string): Action => ({
      kind: "chain",
      chain: one,
      call: { workflow: "w", with: given, inputs: { n: { schema: {}, required: false, default: preset } } },
    });
    const workflow = (...[given, preset]: Parameters<typeof called>) =>
      workflowWith([stepOf("c", called(given, preset)), stepOf("s")]);
    const run = new CoreRun(workflow({ a: 1 }, "x"));
    expect(difference(run.state, workflow({ a: 1 }, "x")).changed).toEqual([]);
    expect(difference(run.state, workflow({ a: 2 }, "x"))).toMatchObject({ changed: ["c"], inside: [] });
    expect(difference(run.state, workflow({ a: 1 }, "y")).changed).toEqual(["c"]);
    expect(difference(run.state, workflowWith([stepOf("c", race(undefined)), stepOf("s")])).changed).toEqual([
      "c",
    ]);
  });
});
