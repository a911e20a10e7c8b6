import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { CoreRun, parallelOf, workflowOf } from "../testing/core-run.ts";
import { type Missing, missingOf } from "./missing.ts";
import { viewOf } from "./view.ts";

const x: Json = { name: "x", run: "./x", error_strategy: "continue_on_failure" };

function only(run: CoreRun): Missing {
  const [first, ...others] = missingOf(run.state);
  if (!first || others.length > 0) throw new Error(`${others.length + 1} things are missing`);
  return first;
}

describe("what a degraded run does not have", () => {
  it("is nothing for a run that is not degraded", () => {
    const run = new CoreRun(parallelOf([x]));
    expect(missingOf(run.state)).toEqual([]);
    run.ok("x");
    expect(missingOf(run.state)).toEqual([]);
    expect(viewOf(run.state).missing).toBeUndefined();
  });

  it("names a failure, why, and what became of all that was to build on it", () => {
    const run = new CoreRun(
      parallelOf([
        x,
        { name: "next", run: "./next", depends_on: ["x"] },
        { name: "last", run: "./last", depends_on: ["next"] },
        { name: "told", run: "./told", when: "x.status == 'failed'" },
        { name: "not", run: "./not", when: "x.status == 'verified'" },
        { name: "bad", run: "./bad ${{ x.error }}", error_strategy: "continue_on_failure" },
        { name: "beside", run: "./beside" },
      ]),
    );
    run.fail("x");
    run.ok("told");
    run.fail("bad");
    run.ok("beside");
    const [first, second] = missingOf(run.state);
    expect(first).toEqual({
      address: "x",
      kind: "failed",
      required: "./x",
      why: "it broke",
      instead: "the run went on without it",
      dependents: [
        { address: "next", fate: "was not done" },
        { address: "told", fate: "went on without it" },
        { address: "not", fate: "was skipped" },
        { address: "bad", fate: "failed" },
        { address: "last", fate: "was not done" },
      ],
    });
    expect(second).toMatchObject({ address: "bad", dependents: [] });
    expect(viewOf(run.state).missing).toHaveLength(2);
  });

  it("tells what only comes after it from what builds on it", () => {
    const run = new CoreRun(workflowOf({ name: "t", chain: [x, { name: "y", run: "./y" }] }));
    run.fail("x");
    run.ok("y");
    expect(only(run).dependents).toEqual([]);
  });

  it("names what stands in, and says when that failed too", () => {
    const steps: Json[] = [
      { name: "x", run: "./x", error_strategy: { fallback: "f" } },
      { name: "f", run: "./f" },
      { name: "y", run: "./y ${{ x.output }}" },
    ];
    const chain = { error_strategy: "continue_on_failure" };
    const good = new CoreRun(parallelOf(steps, { chain }));
    good.fail("x");
    good.ok("f");
    good.ok("y");
    expect(only(good)).toMatchObject({
      instead: '"f" ran in its place',
      standIn: "f",
      dependents: [{ address: "y", fate: "used the stand-in" }],
    });
    const both = new CoreRun(
      parallelOf([x, { name: "g", chain: { steps }, error_strategy: "continue_on_failure" }]),
    );
    both.ok("x");
    both.fail("g/x");
    both.fail("g/f");
    expect(missingOf(both.state).map(({ address, instead }) => [address, instead])).toEqual([
      ["g", "the run went on without it"],
      ["g/x", 'its fallback "f" did not end well either'],
    ]);
  });

  it("says that others were enough", () => {
    const steps = ["a", "b", "c"].map((name) => ({ name, run: "./x" }));
    const race = (parallel: Json) => {
      const run = new CoreRun(parallelOf([x, { name: "r", parallel, steps }]));
      run.fail("x");
      run.fail("r/a");
      run.ok("r/b");
      if (run.owed.includes("perform r/c")) run.ok("r/c");
      return missingOf(run.state).find(({ address }) => address === "r/a")?.instead;
    };
    expect(race({ join: { quorum: 2 } })).toBe("2 of the others ended well, and 2 are enough");
    const any = new CoreRun(parallelOf([x, { name: "r", parallel: { join: "any" }, steps }]));
    any.fail("x");
    any.fail("r/a");
    any.ok("r/b");
    any.fail("r/c", { class: "cancelled" });
    expect(missingOf(any.state).at(-1)?.instead).toBe("1 of the others ended well, and 1 is enough");
  });

  it("tells advisory gates, loops that were accepted, answers nobody gave, and work done in part", () => {
    const run = new CoreRun(
      parallelOf([
        x,
        {
          name: "g",
          run: "./g",
          before: [{ check: "1 == 2", level: "advisory", name: "early" }],
          gates: [
            { check: "int('x') == 1", level: "advisory", name: "broken" },
            { check: "true", level: "advisory", name: "held" },
          ],
        },
        {
          name: "l",
          repeat: { until: "l.last.output == 1", max: 1, otherwise: "accept" },
          steps: [{ name: "w", run: "./w" }],
        },
        {
          name: "done",
          repeat: { until: "true", max: 2, otherwise: "accept" },
          steps: [{ name: "w", run: "./w" }],
        },
        {
          name: "flat",
          repeat: { max: 1, plateau: { of: "1", rounds: 1 }, otherwise: "accept" },
          steps: [{ name: "w", run: "./w" }],
        },
        { name: "p", approval: "ship?", deadline: "1m", otherwise: "approve" },
        { name: "q", question: "why?", deadline: "1m", otherwise: "so" },
        { name: "asked", approval: "really?" },
        { name: "c", command: "/task" },
      ]),
    );
    run.fail("x");
    run.ok("g");
    for (const at of ["l", "done", "flat"]) run.ok(`${at}#1/w`);
    run.give({ type: "answer", address: "asked", value: true, by: "ann" });
    run.ok("c", { reported: "partial" });
    run.fire("waiting:p");
    run.fire("waiting:q");
    const told = missingOf(run.state).map(({ address, kind, required, why, instead }) => [
      address,
      kind,
      required,
      why,
      instead,
    ]);
    expect(told).toEqual([
      ["x", "failed", "./x", "it broke", "the run went on without it"],
      ["g", "gate", 'gate "early"', "it did not hold", "it is advisory: the step counts as done"],
      [
        "g",
        "gate",
        'gate "broken"',
        expect.stringContaining("int"),
        "it is advisory: the step counts as done",
      ],
      [
        "l",
        "loop",
        "until l.last.output == 1",
        "its 1 rounds are over; what there is is accepted",
        "what its last round gave is accepted",
      ],
      ["p", "answer", "an approval: ship?", "nobody answered in time", "true was taken for an answer"],
      ["q", "answer", "an answer: why?", "nobody answered in time", "so was taken for an answer"],
      [
        "c",
        "partial",
        "/task",
        "the agent reports that it is done only in part",
        "what it gave is used as it is",
      ],
    ]);
  });

  it("names what a cap kept from being done", () => {
    const agent = (name: string) => ({ name, agent: "mock", prompt: "x" });
    const run = new CoreRun(
      workflowOf({ name: "t", limits: { agents: 1, on_limit: "degrade" }, chain: [agent("a"), agent("b")] }),
    );
    run.ok("a");
    expect(only(run)).toMatchObject({
      address: "",
      kind: "limit",
      dependents: [{ address: "b", fate: "was not done" }],
    });
  });

  it("names what an earlier life did as kept, where a cap ended the run before it was used again", () => {
    const agent = (name: string, needs: readonly string[] = []) => ({
      name,
      agent: "mock",
      prompt: "x",
      depends_on: needs,
    });
    const workflow = (x: string) =>
      workflowOf({
        name: "t",
        limits: { agents: 1, on_limit: "degrade" },
        chain: {
          parallel_where_possible: true,
          steps: [{ name: "x", run: x }, { name: "y", run: "./y" }, agent("c", ["x"]), agent("d", ["y"])],
        },
      });
    const run = new CoreRun(workflow("./x"));
    for (const address of ["x", "c", "y"]) run.ok(address);
    expect(run.status).toBe("degraded");
    run.give({ type: "restart", workflow: workflow("./another") });
    run.ok("x");
    expect(run.status).toBe("degraded");
    expect(missingOf(run.state).find(({ kind }) => kind === "limit")?.dependents).toEqual([
      { address: "c", fate: "is kept from before" },
      { address: "d", fate: "was not done" },
    ]);
  });
});
