import { describe, expect, it } from "vitest";
import { CoreRun, type CoreRunOptions, workflowOf } from "../../testing/core-run.ts";
import type { JsonObject } from "../../expression/json.ts";
import { fold } from "../apply.ts";
import type { Event } from "../events.ts";
import { viewOf } from "../view.ts";
import { explain } from "../why.ts";

const turn = [{ name: "turn", run: "work" }];

interface Shape {
  readonly items: number;
  readonly cases?: JsonObject;
  readonly rest?: JsonObject;
  readonly parallel?: number;
  readonly step?: JsonObject;
}

const pair = (atOnce: number): JsonObject => ({
  ann: { when: "true", at_once: atOnce, steps: turn },
  bob: { when: "true", at_once: atOnce, steps: turn },
});

function runOf(
  { items, cases = pair(1), rest = {}, parallel = 8, step = {} }: Shape,
  options: CoreRunOptions = {},
): CoreRun {
  const list = Array.from({ length: items }, (_, at) => at);
  const work = { name: "do", switch: { balance: true, cases, ...rest }, ...step };
  const each = { name: "all", for_each: { items: list, as: "item", concurrency: 20 }, steps: [work] };
  return new CoreRun(workflowOf({ name: "t", limits: { parallel }, chain: [each] }), options);
}

function taken(run: CoreRun): readonly (string | null)[] {
  return run.events.flatMap((event) => (event.type === "branch.decided" ? [event.way] : []));
}

function lastDecision(run: CoreRun): Extract<Event, { type: "branch.decided" }> | undefined {
  return run.events.findLast((event) => event.type === "branch.decided");
}

describe("a branch that balances its ways", () => {
  it("spreads items over the ways, also those that wait for a place", () => {
    const cases = { ann: { when: "true", steps: turn }, bob: { when: "true", steps: turn } };
    const run = runOf({ items: 5, cases, parallel: 1 });
    expect(taken(run)).toEqual(["ann", "bob", "ann", "bob", "ann"]);
  });

  it("takes no more on a way than may be, and lets others wait without a place", () => {
    const run = runOf({ items: 4 });
    expect(taken(run)).toEqual(["ann", "bob"]);
    expect(run.state.active).toBe(2);
    expect(explain(run.state).find(({ address }) => address === "all[2]/do")?.waitsFor).toBe(
      'a way with room: "ann" has 1 of 1 at work, "bob" has 1 of 1 at work',
    );
    const waits = viewOf(run.state).nodes.flatMap((node) => (node.waits === undefined ? [] : [node.address]));
    expect(waits).toEqual(["all[2]/do", "all[3]/do"]);
    run.ok("all[1]/do/bob/turn");
    expect(taken(run)).toEqual(["ann", "bob", "bob"]);
    expect(lastDecision(run)).toMatchObject({
      address: "all[2]/do",
      choice: {
        because: "only",
        candidates: [
          { way: "ann", load: 1, atOnce: 1 },
          { way: "bob", load: 0, atOnce: 1 },
        ],
      },
    });
    for (const [item, name] of [
      [0, "ann"],
      [2, "bob"],
      [3, "ann"],
    ] as const)
      run.ok(`all[${item}]/do/${name}/turn`);
    expect(run.status).toBe("completed");
  });

  it("gives room to the first that waits and may take it, whoever waits before", () => {
    const cases = {
      ann: { when: "true", at_once: 1, steps: turn },
      bob: { when: "item in [1, 4]", at_once: 1, steps: turn },
    };
    const run = runOf({ items: 5, cases });
    expect(taken(run)).toEqual(["ann", "bob"]);
    run.ok("all[1]/do/bob/turn");
    expect(lastDecision(run)).toMatchObject({ address: "all[4]/do", way: "bob" });
    for (const item of [0, 2, 3]) run.ok(`all[${item}]/do/ann/turn`);
    run.ok("all[4]/do/bob/turn");
    expect(run.status).toBe("completed");
  });

  it("waits while a way that failed is followed by others that are full", () => {
    const run = runOf({ items: 2, rest: { on_failure: "next" } });
    run.fail("all[0]/do/ann/turn");
    expect(run.node("all[0]/do").phase).toBe("ready");
    expect(explain(run.state).find(({ address }) => address === "all[0]/do")?.waitsFor).toBe(
      'a way with room: "bob" has 1 of 1 at work',
    );
    run.ok("all[1]/do/bob/turn");
    expect(run.owed).toEqual(["perform all[0]/do/bob/turn"]);
    run.ok("all[0]/do/bob/turn");
    expect(run.status).toBe("completed");
  });

  it("is over when the run is cancelled while it waits for room", () => {
    const run = runOf({ items: 2, rest: { on_failure: "next" } });
    run.fail("all[0]/do/ann/turn");
    run.give({ type: "cancel" });
    run.fail("all[1]/do/bob/turn", { class: "cancelled" });
    expect(run.status).toBe("cancelled");
    expect(run.node("all[0]/do").end).toBe("cancelled");
  });

  it("prefers what has worked in other runs, and says what was known", () => {
    const decisions = {
      "all[]/do": {
        ann: { good: 1, bad: 60, costUsd: 0, priced: 0 },
        bob: { good: 60, bad: 1, costUsd: 0, priced: 0 },
      },
    };
    const run = runOf({ items: 1, cases: pair(3) }, { plan: { expectedMs: {}, decisions } });
    expect(lastDecision(run)).toMatchObject({
      way: "bob",
      choice: { because: "draw", candidates: [{ bad: 60 }, { good: 60 }] },
    });
  });

  it("goes on as it was after a crash at every moment", () => {
    const whole = runOf({ items: 3 });
    whole.ok("all[0]/do/ann/turn");
    for (let keep = 1; keep <= whole.events.length; keep += 1) {
      const run = runOf({ items: 3 });
      run.ok("all[0]/do/ann/turn");
      run.crash(keep);
      while (run.owed.length > 0) run.ok(run.owed[0]?.replace("perform ", "") ?? "");
      expect(run.status).toBe("completed");
      expect(taken(run)).toHaveLength(3);
    }
  });

  it("takes again what was taken when it is restarted, one after another where there is no room", () => {
    const run = runOf({ items: 3, step: { error_strategy: "continue_on_failure" } });
    run.ok("all[1]/do/bob/turn");
    run.ok("all[0]/do/ann/turn");
    run.fail("all[2]/do/bob/turn");
    expect(run.status).toBe("degraded");
    run.give({ type: "restart" });
    expect(run.owed).toEqual(["perform all[2]/do/bob/turn"]);
    expect(lastDecision(run)?.choice?.because).toBe("before");
  });

  it("does not wait where no way may be taken, or its condition is false", () => {
    const cases = { ann: { when: "item > 0", at_once: 1, steps: turn } };
    const run = runOf({ items: 3, cases, step: { when: "item < 2" } });
    run.ok("all[1]/do/ann/turn");
    expect(run.status).toBe("completed");
    expect(run.ends).toMatchObject({ "all[0]/do": "skipped", "all[2]/do": "skipped" });
    expect(explain(run.state)).toEqual([]);
  });

  it("waits for its turn, and no room, where its conditions cannot be told yet", () => {
    const unknown = { ann: { when: "item.nothing > 1", steps: turn } };
    for (const shape of [{ cases: unknown }, { step: { when: "item.nothing > 1" } }]) {
      const run = runOf({ items: 1, ...shape });
      const opened = run.events.findIndex(
        (event) => event.type === "block.opened" && event.address === "all[0]",
      );
      const state = fold(run.events.slice(0, opened + 1));
      const ready = state && [...state.byAddress.values()].filter(({ phase }) => phase === "ready");
      expect(ready?.map(({ address }) => address)).toEqual(["all[0]/do"]);
      expect(state && explain(state).find(({ address }) => address === "all[0]/do")?.waitsFor).toBe(
        "its turn",
      );
    }
  });

  it("says while the run is paused that this is what it waits for", () => {
    const cases = { ann: { when: "item > 0", at_once: 1, steps: turn } };
    const run = runOf({ items: 3, cases, step: { when: "item < 9" } });
    expect(explain(run.state).find(({ address }) => address === "all[2]/do")?.waitsFor).toContain(
      "a way with room",
    );
    run.give({ type: "pause" });
    expect(explain(run.state).find(({ address }) => address === "all[2]/do")?.waitsFor).toContain("paused");
  });
});
