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

  it("tells of work that was done in part, and not of what is accepted in every run", () => {
    const early = { check: "1 == 2", level: "advisory" };
    const run = new CoreRun(parallelOf([x, { name: "c", command: "/task", gates: [early] }]));
    run.fail("x");
    run.ok("c", { reported: "partial" });
    expect(missingOf(run.state).map(({ address, kind }) => [address, kind])).toEqual([
      ["x", "failed"],
      ["c", "partial"],
    ]);
    expect(missingOf(run.state)[1]).toMatchObject({
      required: "/task",
      why: "the agent reports that it is done only in part",
      instead: "what it gave is used as it is",
    });
    expect(viewOf(run.state).accepted).toMatchObject([{ address: "c", kind: "gate" }]);
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

  it("says of a step that was to be tried again at the cap what came of its attempts", () => {
    const withGate = (gates: object) =>
      new CoreRun(
        workflowOf({
          name: "t",
          limits: { agents: 1, on_limit: "degrade" },
          chain: [{ name: "a", agent: "mock", prompt: "x", ...gates }],
        }),
      );
    const why = (run: CoreRun) => missingOf(run.state)[0]?.dependents;
    const refused = withGate({ gates: [{ name: "good", check: "a.attempts > 1", retry: 1 }] });
    refused.ok("a");
    refused.fire("retrying:a");
    const text = expect.stringMatching(/^The gate "good" did not hold: [^\n]*$/) as string;
    expect(refused.status).toBe("degraded");
    expect(why(refused)).toEqual([{ address: "a", fate: "was tried, and is not done", why: text }]);
    expect(viewOf(refused.state).nodes[0]).toMatchObject({ status: "stopped", attempt: 1, reason: text });
    const failed = withGate({ retry: { max: 1, delay: "1s" } });
    failed.fail("a", { class: "transient", message: "it broke" });
    failed.fire("retrying:a");
    expect(why(failed)).toMatchObject([{ why: "it broke" }]);
    expect(viewOf(failed.state).nodes[0]).not.toHaveProperty("reason");
  });
});
