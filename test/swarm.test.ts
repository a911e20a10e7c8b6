import { describe, expect, it } from "vitest";
import { hurriedClock, nodeIn, plan, runSwarm, says } from "./swarm-scene.ts";

/* Swarms that are led, on the mock agent: who gets what, when, and how many at once. */

const lead = { role: "coordinator" };
const sec = { role: "specialist", capabilities: ["security"] };
const speed = { role: "specialist", capabilities: ["profiling"] };
const docs = { role: "specialist", capabilities: ["writing"] };
const report = says("*report*", "all is well");

describe("a hierarchical swarm", () => {
  it("gives subtasks to who can do them or is named for them, and makes one answer of it", async () => {
    const { view, result, order, prompt } = await runSwarm(
      { agents: { lead, sec, speed, docs } },
      {
        rules: [
          plan(
            { id: "a", needs: ["security"] },
            { id: "b", needs: ["profiling"] },
            { id: "c", agent: "docs" },
          ),
          says("*work[a]*", "a is safe"),
          says("*work[b]*", "b is fast"),
          says("*work[c]*", "c is written"),
          report,
        ],
      },
    );
    expect(view.status).toBe("completed");
    expect(order[0]).toBe("swarm/plan/lead/turn");
    expect(order.slice(1, -1).toSorted()).toEqual([
      "swarm/work[a]/do/sec/turn",
      "swarm/work[b]/do/speed/turn",
      "swarm/work[c]/do/docs/turn",
    ]);
    expect(prompt("work[a]/do/sec/turn")).toContain("title of a\n\ntask a");
    expect(prompt("work[a]/do/sec/turn")).toContain("You are sec: specialist.");
    for (const said of ["a is safe", "b is fast", "c is written"])
      expect(prompt("report/lead/turn")).toContain(said);
    expect(result.answer).toEqual({ answer: "all is well" });
    expect(result.decision).toBeNull();
    expect(result.failed).toEqual([]);
    expect(result.contributions).toHaveLength(3);
    for (const [by, key, answer] of [
      ["sec", "a", "a is safe"],
      ["speed", "b", "b is fast"],
      ["docs", "c", "c is written"],
    ])
      expect(result.contributions).toContainEqual({ by, topic: "result", key, value: { answer } });
  });

  it("begins a subtask when what it needs is there, and tells it what that came to", async () => {
    const { order, prompt, view } = await runSwarm(
      { agents: { lead, sec, speed } },
      {
        rules: [
          plan({ id: "c", depends_on: ["a", "b"] }, { id: "b", depends_on: ["a"] }, { id: "a" }),
          says("*work[a]*", "found by a"),
          says("*work[b]*", "found by b"),
          says("*work[*", "found"),
          report,
        ],
      },
    );
    expect(view.status).toBe("completed");
    const begun = order.map((address) => /work\[(\w)\]/.exec(address)?.[1]).filter(Boolean);
    expect(begun).toEqual(["a", "b", "c"]);
    const does = (id: string): string => order.find((one) => one.includes(`work[${id}]`)) ?? "";
    const needs = (id: string): string =>
      /What the subtasks came to that it needs:\n\n(.*)/.exec(prompt(does(id)))?.[1] ?? "";
    expect(needs("a")).toBe("");
    expect(needs("b")).toContain("found by a");
    expect(needs("c")).toContain("found by a");
    expect(needs("c")).toContain("found by b");
  });

  it("begins what others need, however many wait for it", async () => {
    const many = Array.from({ length: 12 }, (_, at) => ({ id: `s${at}`, depends_on: ["base"] }));
    const { order, prompt } = await runSwarm(
      { agents: { lead, sec }, execution: { parallel_limit: 2 } },
      {
        rules: [
          plan(...many, { id: "base" }),
          says("*work[base]*", "found by base"),
          says("*work*", "done"),
          report,
        ],
      },
    );
    expect(order[1]).toBe("swarm/work[base]/do");
    for (const { id } of many) expect(prompt(`work[${id}]/do`)).toContain("found by base");
  });

  it("lets anybody try what nobody can", async () => {
    const { order, view } = await runSwarm(
      { agents: { lead, sec, speed } },
      {
        rules: [plan({ id: "a", needs: ["security", "profiling"] }), says("*work*", "done"), report],
      },
    );
    expect(view.status).toBe("completed");
    expect(order[1]).toMatch(/^swarm\/work\[a\]\/do\/(sec|speed)\/turn$/);
  });

  it("gives what only a dynamic specialist could do to it", async () => {
    const { order } = await runSwarm(
      { agents: { lead, sec, any: { role: "specialist", dynamic: true, capabilities: ["writing"] } } },
      {
        rules: [
          plan({ id: "a", needs: ["writing"] }, { id: "b", needs: ["security", "writing"] }),
          says("*work*", "done"),
          report,
        ],
      },
    );
    expect(order.slice(1, -1).toSorted()).toEqual(["swarm/work[a]/do/any/turn", "swarm/work[b]/do/any/turn"]);
  });

  it("has never more agents at work than it may, and as many where it can", async () => {
    const first = Promise.withResolvers<void>();
    let begun = 0;
    const ids = Array.from({ length: 12 }, (_, at) => ({ id: `s${at}` }));
    const run = await runSwarm(
      { agents: { lead, sec, speed, docs }, execution: { parallel_limit: 3 } },
      {
        rules: [plan(...ids), says("*work*", "done"), report],
        before: async ({ address }) => {
          if (!address.includes("work[")) return;
          begun += 1;
          if (begun === 3) first.resolve();
          await first.promise;
          await new Promise((resolve) => void setImmediate(resolve));
        },
      },
    );
    expect(run.view.status).toBe("completed");
    expect(run.most()).toBe(3);
    expect(run.order).toHaveLength(14);
  });

  it("ends at its timeout", async () => {
    const run = await runSwarm(
      { agents: { lead, sec }, execution: { timeout: "100ms" } },
      { rules: [plan({ id: "a" }), { step: "*work*", delay: "1h" }, report] },
    );
    expect(run.view.status).toBe("failed");
    expect(nodeIn(run.view, "swarm").failure?.code).toBe("LIMIT_REACHED");
  });

  it.each([
    ["none", 1],
    ["exponential_backoff", 4],
    ["constant_backoff", 4],
  ])("tries an agent again as `retry_strategy: %s` says", async (retry_strategy, tries) => {
    const { asked, view } = await runSwarm(
      { agents: { lead, sec }, execution: { retry_strategy } },
      {
        rules: [
          plan({ id: "a" }),
          { step: "*work*", fail: { class: "transient", message: "not now" } },
          report,
        ],
        open: { clock: hurriedClock() },
      },
    );
    expect(asked.filter(({ address }) => address.includes("work["))).toHaveLength(tries);
    expect(view.status).toBe("degraded");
  });

  it("decides by a count of the votes of those who worked", async () => {
    const { result, prompt, order } = await runSwarm(
      {
        agents: { lead, sec, speed, docs },
        decision: { question: "ship it?", options: ["ship", "hold"] },
        coordination: { conflict_resolution: { majority: { quorum: 2 } } },
      },
      {
        rules: [
          plan({ id: "a" }),
          says("*work*", "done"),
          { step: "*votes/docs", output: { vote: "hold", reason: "half is not described" } },
          { step: "*votes*", output: { vote: "ship", reason: "it works" } },
          report,
        ],
      },
    );
    expect(order.slice(2, 5).toSorted()).toEqual([
      "swarm/votes/docs",
      "swarm/votes/sec",
      "swarm/votes/speed",
    ]);
    expect(prompt("votes/sec")).toContain("Now you vote, for yourself: ship it?");
    expect(result.decision).toMatchObject({
      decision: "ship",
      decided_by: "count",
      dissent: [{ voter: "docs", vote: "hold", reason: "half is not described" }],
    });
    expect(prompt("report/lead/turn")).toContain('"decision":"ship"');
  });
});
