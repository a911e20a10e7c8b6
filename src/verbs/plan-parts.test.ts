import { describe, expect, it } from "vitest";
import { buildPlan } from "../core/plan.ts";
import type { Action } from "../language/workflow.ts";
import { chainOf, stepOf, workflowWith } from "../testing/holders.ts";
import { workflowOf } from "../testing/core-run.ts";
import { pipelineOf, stageOf } from "../testing/pipeline-step.ts";
import { partReports } from "./plan-parts.ts";

const nothingGiven = { skipped: new Set<string>(), counts: {} };
const one = chainOf([stepOf("a")]);

function reportOf(action: Action, expectedMs: Readonly<Record<string, number>> = {}) {
  const { root } = buildPlan(workflowWith([stepOf("p", action)]), { expectedMs });
  const reports = partReports(root, { prefix: "", parallel: 8, given: nothingGiven });
  return { reports, predictedMs: root.schedule.makespanMs };
}

describe("what a plan says of nodes with parts", () => {
  it("has the ways of a branch, of which the longest counts", () => {
    const ways = [
      { name: "then", when: "inputs.x", chain: one },
      { name: "else", chain: chainOf([]) },
    ];
    expect(reportOf({ kind: "branch", ways }, { "p/then/a": 700 })).toEqual({
      reports: [
        {
          kind: "branch",
          address: "p",
          ways: [
            { name: "then", when: "inputs.x", steps: 1, predictedMs: 700 },
            { name: "else", steps: 0, predictedMs: 0 },
          ],
        },
      ],
      predictedMs: 700,
    });
  });

  it("counts the rounds of a loop when they are as many as the file says, else one", () => {
    const loop = { kind: "loop", chain: one, max: 5, otherwise: "fail" } as const;
    expect(reportOf(loop, { "p#/a": 10 })).toMatchObject({ predictedMs: 50 });
    const plateau = { of: "p.output.a", rounds: 2 };
    expect(reportOf({ ...loop, until: "true", plateau }, { "p#/a": 10 })).toEqual({
      reports: [
        {
          kind: "loop",
          address: "p",
          until: "true",
          max: 5,
          plateau,
          otherwise: "fail",
          roundMs: 10,
          mostMs: 50,
          predictedMs: 10,
        },
      ],
      predictedMs: 10,
    });
  });

  it("counts the items of a list that is written in the file, so many at once, else one", () => {
    const each = { kind: "each", as: "i", chain: one, items: "${ [1, 2, 3] }", concurrency: 2 } as const;
    expect(reportOf({ ...each, key: "i.id" }, { "p[]/a": 10 })).toEqual({
      reports: [
        {
          kind: "each",
          address: "p",
          items: each.items,
          as: "i",
          key: "i.id",
          concurrency: 2,
          itemMs: 10,
          predictedMs: 20,
          count: 3,
        },
      ],
      predictedMs: 20,
    });
    const unknown = reportOf({ ...each, items: "${ inputs.list }" }, { "p[]/a": 10 });
    expect(unknown.predictedMs).toBe(10);
    expect(unknown.reports[0]).not.toHaveProperty("count");
    expect(reportOf({ ...each, items: "no list" }, { "p[]/a": 10 }).predictedMs).toBe(10);
    expect(reportOf({ kind: "each", as: "i", chain: one, items: "${ [1] }" }).reports[0]).toMatchObject({
      concurrency: 8,
    });
  });

  it("takes for a loop what it took before, or what the file expects", () => {
    const loop = { kind: "loop", chain: one, max: 5, otherwise: "fail", until: "true" } as const;
    const told = reportOf(loop, { p: 777, "p#/a": 10 });
    expect(told).toMatchObject({ predictedMs: 777, reports: [{ roundMs: 10, predictedMs: 777 }] });
    const { root } = buildPlan(workflowWith([stepOf("p", loop, { expectedMs: 99 })]), { expectedMs: {} });
    expect(root.schedule.makespanMs).toBe(99);
  });

  it("has how many steps a join needs, and what lies in others", () => {
    const chain = chainOf([stepOf("l", { kind: "loop", chain: one, max: 2, otherwise: "accept" })]);
    const { reports } = reportOf({ kind: "chain", chain, join: "any" });
    expect(reports).toMatchObject([
      { kind: "join", address: "p", wanted: 1, of: 1 },
      { kind: "loop", address: "p/l", max: 2 },
    ]);
    expect(reportOf({ kind: "chain", chain, join: { quorum: 1 } }).reports[0]).toMatchObject({ wanted: 1 });
    const covered = chainOf([stepOf("w", undefined, { errorStrategy: { fallback: "f" } }), stepOf("f")]);
    const race = reportOf({ kind: "chain", chain: covered, join: "any" });
    expect(race.reports[0]).toMatchObject({ wanted: 1, of: 1 });
  });

  it("has how votes are counted, and whether steps behind it decide what they leave open", () => {
    const votes = { a: "x" };
    const tally: Action = {
      kind: "tally",
      votes,
      rule: { kind: "quorum", votes: 2 },
      field: "vote",
      otherwise: "accept",
    };
    const reports = reportOf(tally).reports;
    expect(reports).toEqual([{ kind: "tally", address: "p", rule: "2 votes", votes, otherwise: "accept" }]);
    const settles = stepOf("s", { kind: "tally", of: "${ p.output }", rulings: {}, otherwise: "fail" });
    const after = { ...settles, needs: [{ step: "p", because: "depends_on" as const }] };
    const { root } = buildPlan(workflowWith([stepOf("p", tally), after]), { expectedMs: {} });
    expect(partReports(root, { prefix: "", parallel: 8, given: nothingGiven })).toMatchObject([
      { address: "p", otherwise: "others" },
    ]);
  });

  it("has the tightest caps around a pipeline, and none where they are only told", () => {
    const label = workflowOf({
      name: "label",
      inputs: { batch: "array" },
      chain: [{ name: "a", prompt: "x" }],
    });
    const work = { kind: "workflow", workflow: label, with: {} } as const;
    const flow = stepOf("flow", pipelineOf({ stages: [stageOf("label", { work })] }));
    const group = { kind: "chain", chain: chainOf([flow]) } as const;
    const { root } = buildPlan(workflowWith([{ ...stepOf("p", group), limits: { agents: 3 } }]), {
      expectedMs: {},
    });
    const told = { prefix: "", parallel: 8, given: nothingGiven };
    const caps = { agents: { cap: 50 }, timeMs: { cap: 1000 } };
    expect(partReports(root, { ...told, caps })).toMatchObject([
      { address: "p/flow", caps: { agents: { cap: 3, of: "p" } } },
    ]);
    expect(partReports(root, told)[0]).not.toHaveProperty("caps");
  });
});
