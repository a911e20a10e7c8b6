import { array, assert, constantFrom, oneof, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { CoreRun } from "../../testing/core-run.ts";
import { chainOf, stepOf, workflowWith } from "../../testing/holders.ts";
import type { EachAction, Step } from "../../language/workflow.ts";
import type { Json } from "../../expression/json.ts";
import { placeOf } from "../place.ts";
import { stepView } from "../scope.ts";

const look = stepOf("look", { kind: "function", function: "f", args: "${ issue }" });

function runOf(items: Json, rest: Partial<EachAction> = {}, step: Partial<Step> = {}): CoreRun {
  const action: EachAction = {
    kind: "each",
    items: "${ inputs.list }",
    as: "issue",
    chain: chainOf([look]),
    ...rest,
  };
  const after = stepOf("after", undefined, { needs: [{ step: "review", because: "depends_on" }] });
  return new CoreRun(workflowWith([stepOf("review", action, step), after]), { inputs: { list: items } });
}

describe("an each", () => {
  it("does its steps for every item, side by side, and knows the item inside", () => {
    const run = runOf(["a", "b"]);
    expect(run.owed).toEqual(["perform review[0]/look", "perform review[1]/look"]);
    expect(run.work("review[1]/look")).toMatchObject({ request: { args: "b" } });
    run.ok("review[1]/look", { output: 2 });
    run.ok("review[0]/look", { output: 1 });
    expect(run.owed).toEqual(["perform after"]);
  });

  it("may have null as an item", () => {
    const run = runOf(["a", null]);
    expect(run.work("review[1]/look")).toMatchObject({ request: { args: null } });
  });

  it("does no more items at once than it may", () => {
    const run = runOf([1, 2, 3], { concurrency: 1 });
    expect(run.owed).toEqual(["perform review[0]/look"]);
    run.ok("review[0]/look");
    expect(run.owed).toEqual(["perform review[1]/look"]);
  });

  it("names items by their key, each differently", () => {
    const run = runOf([{ id: "x" }, { id: "x" }, { id: "a/b [c]" }, { id: "" }], { key: "issue.id" });
    expect(run.owed).toEqual([
      "perform review[3]/look",
      "perform review[a/b_c_]/look",
      "perform review[x]/look",
      "perform review[x~2]/look",
    ]);
  });

  it("has an address for each step of each item that nothing else has, whatever the keys are", () => {
    const part = constantFrom(
      "a",
      "/",
      "[",
      "]",
      "#1",
      "@0.1",
      "~undo",
      "~2",
      "!after0",
      " ",
      "\ud83d",
      "é",
      "\u{1f600}",
    );
    const keys = array(
      oneof(
        string(),
        array(part).map((parts) => parts.join("")),
      ),
      { maxLength: 8 },
    );
    assert(
      property(keys, (items) => {
        const run = runOf(items, { key: "issue" });
        const addresses = [...run.state.byAddress.keys()].filter((address) => address.endsWith("/look"));
        expect(new Set(addresses).size).toBe(items.length);
        for (const address of addresses) {
          expect(address).toMatch(/^review\[[^[\]\s]+\]\/look$/u);
          expect(address.isWellFormed()).toBe(true);
          expect(placeOf(address)).toBe("review[]/look");
        }
        for (const address of addresses) run.ok(address);
        expect(run.owed).toEqual(["perform after"]);
      }),
    );
  });

  it("leaves no half of a character where it cuts a long key", () => {
    const run = runOf([`${"x".repeat(99)}\u{1f600}`], { key: "issue" });
    expect(run.owed).toEqual([`perform review[${"x".repeat(99)}\ufffd]/look`]);
  });

  it("gives a slot for every item, in their order", () => {
    const run = runOf(["a", "b"], {}, { errorStrategy: "continue_on_failure" });
    run.fail("review[0]/look");
    run.ok("review[1]/look", { output: 2 });
    expect(stepView(run.state, run.node("review"))).toMatchObject({
      output: [
        { key: "0", item: "a", ok: false, output: null, error: { code: "COMMAND_FAILED" } },
        { key: "1", item: "b", ok: true, output: { look: 2 }, error: null },
      ],
    });
    run.ok("after");
    expect(run.status).toBe("degraded");
  });

  it("stops with the first item that fails; no slot is missing", () => {
    const run = runOf(["a", "b", "c"], { concurrency: 2 });
    run.fail("review[0]/look");
    expect(run.owed).toEqual(["perform review[1]/look"]);
    run.ok("review[1]/look");
    expect(run.status).toBe("failed");
    expect(run.node("review").failure?.message).toBe('"review[0]/look" failed: it broke');
    expect(stepView(run.state, run.node("review"))).toMatchObject({
      output: [{ ok: false }, { ok: true }, { ok: false, error: { code: "CANCELLED" } }],
    });
  });

  it("ends well at once without items, and fails without a list", () => {
    expect(runOf([]).owed).toEqual(["perform after"]);
    expect(runOf("text").node("review").failure?.code).toBe("EXPRESSION_FAILED");
    expect(runOf([1], { items: "${ nothing.at.all }" }).status).toBe("failed");
  });

  it("goes on after a crash at every moment, and does no item twice", () => {
    const play = (run: CoreRun): void => {
      for (const key of [0, 1, 2]) run.ok(`review[${key}]/look`);
    };
    const whole = runOf([1, 2, 3], { concurrency: 2 });
    play(whole);
    for (let keep = 1; keep <= whole.events.length; keep += 1) {
      const run = runOf([1, 2, 3], { concurrency: 2 });
      play(run);
      run.crash(keep);
      for (const address of ["review[0]/look", "review[1]/look", "review[2]/look", "after"])
        if (run.owed.includes(`perform ${address}`)) run.ok(address);
      expect(run.status).toBe("completed");
    }
  });

  it("keeps the items that were not begun while the run is paused", () => {
    const run = runOf([1, 2], { concurrency: 1 });
    run.give({ type: "pause" });
    run.ok("review[0]/look");
    expect(run.status).toBe("paused");
    run.give({ type: "resume" });
    expect(run.owed).toEqual(["perform review[1]/look"]);
  });

  it("can be cancelled with items that were not begun", () => {
    const run = runOf([1, 2, 3], { concurrency: 1 });
    run.give({ type: "cancel" });
    run.fail("review[0]/look", { code: "CANCELLED", class: "cancelled" });
    expect(run.status).toBe("cancelled");
  });

  it("uses items with the same key and value again when the list has others now", () => {
    const run = runOf(["a", "b"], { key: "issue" });
    run.ok("review[a]/look", { output: 1 });
    run.ok("review[b]/look", { output: 2 });
    run.ok("after");
    run.give({ type: "restart", inputs: { list: ["new", "b", "a"] } });
    expect(run.owed).toEqual(["perform review[new]/look"]);
    run.ok("review[new]/look", { output: 3 });
    expect(stepView(run.state, run.node("review"))).toMatchObject({
      output: [{ key: "new" }, { key: "b", output: { look: 2 } }, { key: "a", output: { look: 1 } }],
    });
  });

  it("uses good items again after a restart, and drops an item with what is in it", () => {
    const run = runOf([1, 2]);
    run.ok("review[0]/look", { output: "kept" });
    run.fail("review[1]/look");
    run.give({ type: "restart" });
    expect(run.owed).toEqual(["perform review[1]/look"]);
    run.ok("review[1]/look");
    run.ok("after");
    expect(run.status).toBe("completed");
    run.give({ type: "restart", from: "review" });
    expect(run.owed).toEqual(["perform review[0]/look", "perform review[1]/look"]);
  });
});
