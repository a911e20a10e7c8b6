import { array, assert, boolean, nat, property, record, string } from "fast-check";
import { describe, expect, it } from "vitest";
import type { Event, PlanHints } from "../events.ts";
import { CoreRun, type CoreRunOptions } from "../../testing/core-run.ts";
import { chainOf, stepOf, workflowWith } from "../../testing/holders.ts";
import type { Action, Way } from "../../language/workflow.ts";

const way = (name: string, when?: string): Way => ({
  name,
  chain: chainOf([stepOf("work")]),
  ...(when === undefined ? {} : { when }),
});

function adaptive(ways: readonly Way[], name = "route") {
  return stepOf(name, { kind: "branch", ways, adaptive: true });
}

function runOf(ways: readonly Way[], options: CoreRunOptions = {}): CoreRun {
  return new CoreRun(workflowWith([adaptive(ways)]), options);
}

function knowing(
  known: Readonly<Record<string, readonly [good: number, bad: number]>>,
  place = "route",
): PlanHints {
  const cases = Object.entries(known).map(([name, [good, bad]]) => [
    name,
    { good, bad, costUsd: 0, priced: 0 },
  ]);
  return { expectedMs: {}, decisions: { [place]: Object.fromEntries(cases) } };
}

function decisions(run: CoreRun): Extract<Event, { type: "branch.decided" }>[] {
  return run.events.filter((event) => event.type === "branch.decided");
}

const two = [way("a", "true"), way("b", "true"), way("c", "false"), way("default")];

describe("an adaptive branch", () => {
  it("takes the first way that may be taken as long as it knows nothing", () => {
    const run = runOf(two);
    expect(decisions(run)).toMatchObject([
      {
        way: "a",
        choice: { because: "declared", candidates: [{ way: "a" }, { way: "b" }, { way: "default" }] },
      },
    ]);
  });

  it("takes what has worked, and says what it knew", () => {
    const run = runOf(two, { plan: knowing({ a: [0, 40], b: [40, 0], default: [0, 40] }) });
    expect(decisions(run)).toMatchObject([
      {
        way: "b",
        choice: { because: "draw", candidates: [{ good: 0, bad: 40 }, { good: 40 }, { bad: 40 }] },
      },
    ]);
    expect(run.owed).toEqual(["perform route/b/work"]);
  });

  it("takes no way whose condition does not hold, however well it worked", () => {
    const run = runOf(two, { plan: knowing({ a: [0, 40], c: [999, 0] }) });
    expect(decisions(run)[0]?.way).not.toBe("c");
    const alone = runOf([way("a", "false"), way("b", "true")], { plan: knowing({ a: [999, 0], b: [0, 9] }) });
    expect(decisions(alone)).toMatchObject([{ way: "b", choice: { because: "only" } }]);
    const none = runOf([way("a", "false")]);
    expect(decisions(none)).toEqual([expect.not.objectContaining({ choice: expect.anything() as object })]);
    expect(none.node("route").end).toBe("skipped");
  });

  it("leaves out what does nothing, unless it comes first", () => {
    const idle: Way = { name: "idle", when: "true", chain: chainOf([]) };
    const known = { plan: knowing({ a: [0, 90], idle: [90, 0] }) };
    expect(decisions(runOf([way("a", "true"), idle], known))).toMatchObject([{ way: "a" }]);
    expect(decisions(runOf([idle, way("a", "true")], known))).toMatchObject([{ way: "idle" }]);
  });

  it("puts up with a later condition that has no answer, and fails with the first as ever", () => {
    const trouble = "inputs.n + 1 > 2";
    const run = runOf([way("a", "true"), way("b", trouble), way("c", "'x'")], { inputs: { n: "text" } });
    expect(decisions(run)).toMatchObject(
      [
        {
          way: "a",
          saw: [
            { way: "a" },
            { way: "b", value: null, trouble: /./ },
            { way: "c", trouble: /not true or false/ },
          ],
        },
      ].map(({ way: name, saw }) => ({ way: name, saw: saw.map(({ way: of }) => ({ way: of })) })),
    );
    expect(decisions(run)[0]?.saw[1]?.trouble).toBeTruthy();
    expect(decisions(run)[0]?.saw[2]?.trouble).toMatch("not true or false");
    const failed = runOf([way("b", trouble), way("a", "true")], { inputs: { n: "text" } });
    expect(failed.node("route").failure?.code).toBe("EXPRESSION_FAILED");
  });

  it("learns from its own rounds", () => {
    const body = chainOf([adaptive([way("a", "true"), way("b", "true")])], {
      errorStrategy: "continue_on_failure",
    });
    const loop: Action = { kind: "loop", max: 60, otherwise: "accept", chain: body };
    const run = new CoreRun(workflowWith([stepOf("again", loop)]));
    for (let round = 1; round <= 60; round += 1) {
      const taken = decisions(run).at(-1)?.way ?? "";
      const address = `again#${round}/route/${taken}/work`;
      if (taken === "b") run.ok(address);
      else run.fail(address);
    }
    const late = decisions(run).slice(20);
    expect(late.filter(({ way: name }) => name === "b").length / late.length).toBeGreaterThan(0.8);
    expect(
      decisions(run)
        .at(-1)
        ?.choice?.candidates.reduce((sum, { good, bad }) => sum + good + bad, 0),
    ).toBe(59);
  });

  it("counts a failure that was put up with as bad, and the losers of a race not", () => {
    const lenient: Way = {
      name: "a",
      when: "true",
      chain: chainOf([stepOf("work")], { errorStrategy: "continue_on_failure" }),
    };
    const race = stepOf("race", { kind: "chain", join: "any", chain: chainOf([stepOf("x"), stepOf("y")]) });
    const raced: Way = { name: "b", when: "true", chain: chainOf([race]) };
    for (const [only, bad] of [
      [lenient, 1],
      [raced, 0],
    ] as const) {
      const run = new CoreRun(workflowWith([adaptive([only], "one")]));
      if (bad) run.fail("one/a/work");
      else {
        run.fail("one/b/race/x");
        run.ok("one/b/race/y");
      }
      expect(run.state.learning.own.get("one")?.get(only.name)).toMatchObject({ good: 1 - bad, bad });
    }
  });

  it("takes the same way after a restart, and chooses anew where it begins again", () => {
    const known = { plan: knowing({ a: [0, 60], b: [60, 0] }) };
    const run = runOf(two, known);
    run.fail("route/b/work");
    expect(run.status).toBe("failed");
    run.give({ type: "restart", plan: knowing({ a: [99, 0], b: [0, 99] }) });
    expect(decisions(run).at(-1)).toMatchObject({ way: "b", choice: { because: "before" } });
    run.fail("route/b/work");
    run.give({ type: "restart", from: "route", plan: knowing({ a: [99, 0], b: [0, 99] }) });
    expect(decisions(run).at(-1)).toMatchObject({ way: "a", choice: { because: "draw" } });
  });

  it("takes one of those that may be taken, whatever is known and whatever the seed", () => {
    const plan = array(record({ holds: boolean(), good: nat(50), bad: nat(50) }), {
      minLength: 1,
      maxLength: 5,
    });
    assert(
      property(plan, string({ maxLength: 8 }), (ways, seed) => {
        const declared = ways.map(({ holds }, at) => way(`w${at}`, `${holds}`));
        const known = Object.fromEntries(ways.map(({ good, bad }, at) => [`w${at}`, [good, bad] as const]));
        const options = { seed, plan: knowing(known) };
        const run = runOf(declared, options);
        const open = declared.filter((_, at) => ways[at]?.holds).map(({ name }) => name);
        const [decided] = decisions(run);
        expect(open.length === 0 ? [null] : open).toContain(decided?.way);
        expect(decided?.choice?.candidates.map(({ way: name }) => name) ?? []).toEqual(open);
        expect(decisions(runOf(declared, options))).toEqual([decided]);
      }),
    );
  });
});
