import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../expression/json.ts";
import { CoreRun, parallelOf } from "../testing/core-run.ts";
import { a, b, failing, undoChain, undoOf, z } from "../testing/undoing.ts";
import { notUndone } from "./undo.ts";
import { viewOf } from "./view.ts";

describe("a run that fails", () => {
  it("undoes what ended well, the last first, one after another", () => {
    const run = failing();
    expect(run.status).toBe("compensating");
    expect(run.owed).toEqual(["perform b~undo"]);
    expect([undoOf(run, "a"), undoOf(run, "b"), undoOf(run, "z")]).toEqual(["undoing", "undoing", undefined]);
    run.ok("b~undo");
    expect(run.owed).toEqual(["perform a~undo"]);
    expect(undoOf(run, "b")).toBe("undone");
    run.ok("a~undo");
    expect(run.status).toBe("failed");
    expect(run.state.reason).toBe('"z" failed: it broke');
    expect(notUndone(run.state)).toEqual([]);
    expect(viewOf(run.state).nodes.map(({ address, undo, undoes }) => [address, undo ?? undoes])).toEqual([
      ["a", "undone"],
      ["a~undo", "a"],
      ["b", "undone"],
      ["b~undo", "b"],
      ["z", undefined],
    ]);
    expect(viewOf(run.state).counts).toMatchObject({ total: 3, verified: 2, failed: 1 });
  });

  it("undoes those that ran beside each other in the order in which they ended", () => {
    const run = new CoreRun(parallelOf([a, b, z]));
    run.ok("b");
    run.now += 10;
    run.ok("a");
    run.fail("z");
    expect(run.owed).toEqual(["perform a~undo"]);
  });

  it("waits for what still runs before it undoes", () => {
    const run = new CoreRun(parallelOf([a, b, z]));
    run.ok("a");
    run.fail("z");
    expect([run.status, run.owed]).toEqual(["executing", ["perform b"]]);
    run.ok("b");
    expect(run.owed).toEqual(["perform b~undo"]);
  });

  it("leaves what did not end well, was skipped, came from the cache, or says of no undo", () => {
    const run = new CoreRun(
      parallelOf([
        { ...a, when: "false" },
        { ...b, cache: "1h" },
        { name: "c", run: "./c", undo: "./undo-c" },
        { name: "d", run: "./d" },
        z,
      ]),
    );
    run.ok("b", { cached: true });
    run.ok("d");
    run.fail("c");
    run.fail("z");
    expect(run.status).toBe("failed");
    expect(viewOf(run.state).nodes.every(({ undo }) => undo === undefined)).toBe(true);
  });

  it("undoes steps of groups, ways, rounds and items, and tells each what its step knew", () => {
    const undo = { run: "./undo ${{ x.output }} ${{ inputs.at }} ${{ secrets.KEY }}" };
    const step = (rest: JsonObject = {}): Json => ({
      name: "x",
      run: "./x",
      ...rest,
      undo: "./undo ${{ x.output }}",
    });
    const run = new CoreRun(
      undoChain(
        [
          {
            name: "g",
            steps: [
              {
                name: "x",
                run: "./x",
                env: { K: "${ secrets.KEY }" },
                undo: { run: undo.run.replace(" ${{ secrets.KEY }}", "") },
              },
            ],
          },
          { name: "f", flow: [{ if: "true", then: [step()] }] },
          {
            name: "l",
            repeat: { max: 2 },
            steps: [{ name: "x", run: "./x", undo: "./undo ${{ l.round }} ${{ x.output }}" }],
          },
          {
            name: "e",
            for_each: { items: ["p", "q"], as: "it", concurrency: 1 },
            steps: [{ name: "x", run: "./x", undo: "./undo ${{ it }} ${{ steps['x'].output }}" }],
          },
          z,
        ],
        { inputs: { at: { type: "string", default: "home" } } },
      ),
      { inputs: { at: "home" } },
    );
    for (const [at, output] of [
      ["g", 1],
      ["f/then", 2],
      ["l#1", 3],
      ["l#2", 4],
      ["e[0]", 5],
      ["e[1]", 6],
    ] as const)
      run.ok(`${at}/x`, { output });
    run.fail("z");
    const told: Json[] = [];
    while (run.status === "compensating") {
      const work = run.work(run.owed[0]?.replace("perform ", "") ?? "");
      if (work.type !== "perform" || work.request.kind !== "run") throw new Error("no line");
      told.push([work.address, ...Object.values(work.request.shell.values)]);
      run.ok(work.address);
    }
    expect(told).toEqual([
      ["e[1]/x~undo", "q", "6"],
      ["e[0]/x~undo", "p", "5"],
      ["l#2/x~undo", "2", "4"],
      ["l#1/x~undo", "1", "3"],
      ["f/then/x~undo", "2"],
      ["g/x~undo", "1", "home"],
    ]);
    expect(run.status).toBe("failed");
  });

  it("undoes nothing for a failure that is tolerated", () => {
    const run = new CoreRun(undoChain([a, { ...z, error_strategy: "continue_on_failure" }]));
    run.ok("a");
    run.fail("z");
    expect(run.status).toBe("degraded");
    const race = new CoreRun(undoChain([{ name: "r", parallel: "any", steps: [a, b] }]));
    race.ok("r/a");
    race.fail("r/b", { class: "cancelled" });
    expect(race.status).toBe("completed");
  });

  it("undoes a fallback that stood in", () => {
    const run = new CoreRun(undoChain([{ ...b, error_strategy: { fallback: "a" } }, z, a]));
    run.fail("b");
    run.ok("a");
    run.fail("z");
    expect(run.owed).toEqual(["perform a~undo"]);
  });

  it("undoes nothing when a cap was reached: it goes on from there", () => {
    const run = new CoreRun(
      undoChain([a, { name: "p", agent: "mock", prompt: "x" }, { name: "q", agent: "mock", prompt: "x" }], {
        limits: { agents: 1 },
      }),
    );
    run.ok("a");
    run.ok("p");
    expect(run.status).toBe("failed");
    expect(run.owed).toEqual([]);
  });

  it("undoes nothing when its own disk is full", () => {
    const run = new CoreRun(undoChain([a, z]));
    run.ok("a");
    run.fail("z", { code: "STORE_FULL" });
    expect(run.status).toBe("failed");
  });
});

describe("an undo that does not succeed", () => {
  it("is tried again as its retry says, then told, and the rest is still undone", () => {
    const run = failing();
    run.fail("b~undo", { class: "failure" });
    expect(run.owed).toEqual(["timer retrying:b~undo"]);
    run.fire("retrying:b~undo");
    expect(run.status).toBe("compensating");
    run.fail("b~undo", { class: "failure" });
    expect(undoOf(run, "b")).toBe("undo-failed");
    run.ok("a~undo");
    expect(run.status).toBe("failed");
    expect(run.state.reason).toBe('"z" failed: it broke; not undone: "b"');
    expect(notUndone(run.state).map(({ address }) => address)).toEqual(["b"]);
  });

  it("fails when its text cannot be filled in", () => {
    const run = new CoreRun(undoChain([{ name: "a", run: "./a", undo: "./undo ${{ a.output.key }}" }, z]));
    run.ok("a");
    run.fail("z");
    expect(run.status).toBe("failed");
    expect(run.node("a~undo").failure?.code).toBe("EXPRESSION_FAILED");
  });

  it("names the first of many", () => {
    const steps = ["p", "q", "r", "s"].map((name) => ({ name, run: "./x", undo: "./u" }));
    const run = new CoreRun(undoChain([...steps, z]));
    for (const { name } of steps) run.ok(name);
    run.fail("z");
    for (const { name } of steps.toReversed()) run.fail(`${name}~undo`);
    expect(run.state.reason).toBe('"z" failed: it broke; not undone: "p", "q", "r" and 1 more');
  });

  it("stops at a cap, and says what is left", () => {
    const undo = { agent: "mock", prompt: "undo" };
    const run = new CoreRun(
      undoChain([{ name: "p", agent: "mock", prompt: "x", undo }, z], { limits: { agents: 1 } }),
    );
    run.ok("p");
    run.fail("z");
    expect(run.status).toBe("failed");
    expect(run.state.reason).toBe('"z" failed: it broke; not undone: "p"');
    expect(undoOf(run, "p")).toBe("not-undone");
  });
});
