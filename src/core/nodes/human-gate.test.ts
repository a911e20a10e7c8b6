import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../expression/json.ts";
import { beginning, CoreRun, parallelOf, workflowOf } from "../../testing/core-run.ts";
import { explain } from "../why.ts";
import { viewOf } from "../view.ts";

function gated(gates: readonly JsonObject[], rest: JsonObject = {}): CoreRun {
  return new CoreRun(workflowOf({ name: "test", chain: [{ name: "a", run: "./a", gates, ...rest }] }));
}

function answer(run: CoreRun, value: boolean, { by = "ann", reason }: { by?: string; reason?: string } = {}) {
  return run.give({ type: "answer", address: "a", value, by, ...(reason === undefined ? {} : { reason }) });
}

const human = { human: "Keep ${ a.exit_code }?" };

describe("a gate that asks people", () => {
  it("waits without holding anything, and verifies the step when they say yes", () => {
    const run = gated([human], { locks: ["lock"] });
    run.ok("a", { exitCode: 0 });
    expect(run.status).toBe("waiting");
    expect(run.ends).toEqual({ a: "waiting" });
    expect(run.owed).toEqual([]);
    expect(run.state.inUse.get("lock")).toBe(0);
    expect(run.node("a").ask?.text).toBe("Keep 0?");
    answer(run, true, { reason: "looks good" });
    expect(run.ends).toEqual({ a: "verified" });
    expect(run.status).toBe("completed");
    expect(run.node("a").gateResults[0]?.evidence).toEqual({
      asked: "Keep 0?",
      approved: true,
      by: ["ann"],
      reason: "looks good",
    });
  });

  it("gives the reason of a no back to the step, as often as it may run again, and asks again", () => {
    const run = gated([{ ...human, retry: 1 }]);
    run.ok("a");
    answer(run, false, { reason: "too long" });
    run.fire("retrying:a");
    const work = run.work("a");
    expect(work.type === "perform" && "feedback" in work.request ? work.request.feedback : "").toBe(
      'The gate "human" did not hold: ann said no: too long',
    );
    run.ok("a");
    expect(run.status).toBe("waiting");
    answer(run, false, { reason: "still too long" });
    expect(run.ends).toEqual({ a: "failed" });
    expect(run.node("a").failure?.message).toBe('Cannot pass the gate "human": ann said no: still too long');
  });

  it("asks for a quorum of named people, and takes no answer twice", () => {
    const run = gated([{ ...human, by: ["ann", "bob", "cleo"], quorum: 2 }]);
    run.ok("a");
    expect(explain(run.state)).toMatchObject([
      {
        waitsFor: expect.stringContaining(
          'approval for its gate "human" by ann, bob or cleo (0 of 2',
        ) as string,
      },
    ]);
    answer(run, true);
    expect(answer(run, true)).toMatchObject([{ type: "effect.dropped" }]);
    expect(answer(run, true, { by: "eve" })).toMatchObject([{ type: "effect.dropped" }]);
    expect(run.status).toBe("waiting");
    answer(run, true, { by: "bob" });
    expect(run.status).toBe("completed");
  });

  it("does not hold at its deadline, and the step is not run again for that", () => {
    const run = gated([{ ...human, retry: 3, deadline: "1h" }]);
    run.ok("a");
    expect(run.dueAt("waiting:a")).toBe(beginning + 3_600_000);
    run.fire("waiting:a");
    expect(run.ends).toEqual({ a: "failed" });
    expect(run.node("a").failure?.message).toContain("nobody answered before the deadline");
  });

  it.each([
    ["approve", "verified"],
    ["reject", "failed"],
  ])("takes what is declared for its deadline: %s", (otherwise, end) => {
    const run = gated([{ ...human, retry: 3, deadline: "1h", otherwise }]);
    run.ok("a");
    run.fire("waiting:a");
    expect(run.ends).toEqual({ a: end });
  });

  it.each([[[]], [[{ check: "true" }]]])("goes on at its deadline when it is advisory %#", (more) => {
    const run = gated([{ ...human, level: "advisory", deadline: "1h" }, ...more]);
    run.ok("a");
    run.fire("waiting:a");
    expect(run.ends).toEqual({ a: "verified" });
  });

  it("takes no answer that comes after its deadline, also when nobody saw that pass", () => {
    const run = gated([{ ...human, deadline: "1h" }]);
    run.ok("a");
    run.now += 3_600_000;
    const said = answer(run, true);
    expect(said.find(({ type }) => type === "effect.dropped")).toMatchObject({
      reason: "its deadline has passed, and the gate does not hold",
    });
    expect(run.ends).toEqual({ a: "failed" });
  });

  it("escalates level by level", () => {
    const run = gated([
      { ...human, escalate: [{ after: "5m", notify: { webhook: "http://x/${ run.id }" } }] },
    ]);
    run.ok("a");
    const events = run.fire("escalate:a");
    expect(events).toContainEqual(
      expect.objectContaining({ type: "ask.escalated", level: 1, notify: { webhook: "http://x/r1" } }),
    );
    run.crash();
    answer(run, true);
    expect(run.status).toBe("completed");
  });

  it("that cannot say what it asks does not hold", () => {
    const run = gated([{ human: "Keep ${ a.output.missing.more }?" }]);
    run.ok("a", { output: {} });
    expect(run.ends).toEqual({ a: "failed" });
    expect(run.node("a").gateResults[0]?.evidence).toMatchObject({ undecided: true });
  });

  it("comes in its turn: what comes after it waits for a place, and for the step's locks", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "a", run: "./a", locks: ["lock"], gates: [human, { run: "./check" }] },
        { name: "b", run: "./b", locks: ["lock"] },
      ]),
    );
    run.ok("a");
    expect(run.owed).toEqual(["perform b"]);
    answer(run, true);
    expect(run.ends).toMatchObject({ a: "ready" });
    run.ok("b");
    expect(run.owed).toEqual(["gate a!after1"]);
    run.ok("a");
    expect(run.ends).toEqual({ a: "verified", b: "verified" });
  });

  it("before a step keeps the step from being begun", () => {
    const run = gated([], { before: [{ human: "Begin?" }, { check: "inputs == {}" }] });
    expect(run.status).toBe("waiting");
    answer(run, true);
    expect(run.owed).toEqual(["perform a"]);
    run.ok("a");
    expect(run.status).toBe("completed");
    const refused = gated([], { before: { human: "Begin?" } });
    answer(refused, false);
    expect(refused.node("a").failure?.message).toContain("ann said no");
  });

  it("before a step that asks an agent leaves the caps to that", () => {
    const run = new CoreRun(
      workflowOf({
        name: "test",
        limits: { agents: 0 },
        chain: [
          { name: "a", prompt: "x", before: [{ human: "Begin?" }, { judge: "ok", level: "advisory" }] },
        ],
      }),
    );
    answer(run, true);
    expect(run.status).toBe("failed");
    expect(run.state.ledger.agents).toBe(0);
    expect(run.state.limitHit?.limit).toBe("agents");
  });

  it("asks one after another when there are several, each for itself", () => {
    const run = gated([{ human: "One?" }, { human: "Two?", name: "second" }]);
    run.ok("a");
    expect(viewOf(run.state).nodes[0]?.ask).toMatchObject({ gate: "human", text: "One?" });
    answer(run, true);
    expect(viewOf(run.state).nodes[0]?.ask).toMatchObject({ gate: "second", text: "Two?", answers: [] });
    answer(run, true);
    expect(run.status).toBe("completed");
  });

  it("ends with the run when that is cancelled", () => {
    const run = gated([human]);
    run.ok("a");
    run.give({ type: "cancel" });
    expect(run.ends).toEqual({ a: "cancelled" });
  });

  it("is used again after a restart, and asked again where the text is another", () => {
    const run = new CoreRun(
      workflowOf({
        name: "test",
        inputs: { who: { type: "string", default: "x" } },
        chain: [
          { name: "a", run: "./a", gates: [{ human: "For ${ inputs.who }?" }] },
          { name: "b", run: "./b" },
        ],
      }),
      { inputs: { who: "x" } },
    );
    run.ok("a");
    answer(run, true);
    run.fail("b");
    run.give({ type: "restart" });
    expect(run.owed).toEqual(["perform b"]);
    run.fail("b");
    run.give({ type: "restart", inputs: { who: "y" } });
    expect(run.owed).toEqual(["perform a"]);
  });

  it("loses no answer and asks nothing twice wherever the process ends", () => {
    const whole = gated([{ ...human, quorum: 2 }, { check: "true" }, { human: "Really?", name: "again" }]);
    const play = (run: CoreRun) => {
      for (let turn = 0; turn < 20 && run.status !== "completed"; turn += 1) {
        if (run.owed.includes("perform a")) run.ok("a");
        else answer(run, true, { by: `p${turn}` });
      }
    };
    play(whole);
    expect(whole.status).toBe("completed");
    for (let keep = 1; keep < whole.events.length; keep += 1) {
      const run = gated([{ ...human, quorum: 2 }, { check: "true" }, { human: "Really?", name: "again" }]);
      play(run);
      run.crash(keep);
      play(run);
      expect(run.status).toBe("completed");
      expect(run.events.filter(({ type }) => type === "ask.started")).toHaveLength(2);
      expect(run.events.filter(({ type }) => type === "gate.ended")).toHaveLength(3);
    }
  });
});
