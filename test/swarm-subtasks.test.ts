import { describe, expect, it } from "vitest";
import type { JsonObject } from "../src/expression/json.ts";
import { loadWorkflow } from "../src/language/load.ts";
import { nodeIn, plan, runSwarm, says } from "./swarm-scene.ts";

/* What a coordinator may ask for, and who then does it. */

const lead = { role: "coordinator" };
const sec = { role: "specialist", capabilities: ["security"] };
const speed = { role: "specialist", capabilities: ["profiling"] };
const work = says("*work*", "done");
const report = says("*report*", "all is well");

describe("an agent that writes under a topic of the engine's own", () => {
  const forged = [{ topic: "result", key: "two", value: { answer: "forged" } }];

  it("is refused, frees nobody who waits for another, and stands for nobody", async () => {
    const { result, view, order, prompt } = await runSwarm(
      {
        agents: { lead: { role: "coordinator" }, ann: {}, bob: {}, cyd: {} },
        execution: { retry_strategy: "none" },
        max_tries: 1,
      },
      {
        rules: [
          plan(
            { id: "one", agent: "ann" },
            { id: "two", agent: "bob", depends_on: ["one"] },
            { id: "three", agent: "cyd", depends_on: ["two"] },
          ),
          says("*work[one]*", "the first", forged),
          { step: "*work[two]*", fail: { class: "permanent", message: "it broke" } },
          says("*", "all is well"),
        ],
      },
    );
    expect(result.failed).toEqual(["two", "three"]);
    expect(order.some((address) => address.includes("work[three]"))).toBe(false);
    expect(result.contributions).toMatchObject([{ by: "ann", key: "one" }]);
    expect(prompt("report/lead/turn")).not.toContain("forged");
    expect(nodeIn(view, "swarm").board?.refused).toEqual([
      {
        by: "ann",
        address: "swarm/work[one]/do/ann/turn",
        why: `posts[0]: "result" is a topic of the engine's own`,
      },
    ]);
  });

  it("may not be given such a topic", async () => {
    await expect(
      runSwarm(
        { topology: "mesh", agents: { ann: {}, bob: {} }, topics: { plan: {}, result: {} } },
        { rules: [] },
      ),
    ).rejects.toThrow('Cannot use "result" as a topic');
  });
});

describe("a plan", () => {
  it.each([
    [[{ id: "a" }, { id: "a" }], "more than one subtask has each of these ids: a, a"],
    [[{ id: "a", depends_on: ["z"] }], "there are no subtasks of these ids to depend on: z"],
    [
      [{ id: "a", depends_on: ["b"] }, { id: "b", depends_on: ["a"] }, { id: "c" }],
      "these wait for themselves or for each other: a, b",
    ],
  ])("that cannot be done is refused and told, and then fails: %j", async (subtasks, what) => {
    const { asked, view } = await runSwarm(
      { agents: { lead, sec } },
      { rules: [plan(...subtasks), work, report] },
    );
    const told = asked.map(({ prompt }) => prompt);
    expect(told).toHaveLength(3);
    expect(told[0]).not.toContain(what);
    expect(told[1]).toContain(`The gate "the plan can be done" did not hold: ${what}`);
    expect(nodeIn(view, "swarm/plan/lead/turn").failure?.message).toBe(
      `Cannot pass the gate "the plan can be done": ${what}`,
    );
    // who leads is critical
    expect(view.status).toBe("waiting");
  });

  it("is checked before what its author asks of it besides", async () => {
    const gates = [{ check: "1 > 2", name: "short" }];
    const rules = [plan({ id: "a" }, { id: "b" }), work, report];
    const { view } = await runSwarm({ agents: { lead: { ...lead, gates }, sec } }, { rules });
    const turn = nodeIn(view, "swarm/plan/lead/turn");
    expect(turn.gates.map(({ name, passed }) => [name, passed])).toEqual([
      ["the plan can be done", true],
      ["short", false],
    ]);
  });
});

it("does not ask anybody to do what rests on something that failed", async () => {
  const { order, view, result, prompt } = await runSwarm(
    { agents: { lead, sec } },
    {
      rules: [
        plan({ id: "a" }, { id: "b", depends_on: ["a"] }, { id: "c", depends_on: ["b"] }, { id: "d" }),
        { step: "*work[a]*", fail: { class: "permanent", message: "it broke" } },
        work,
        report,
      ],
    },
  );
  expect(order.filter((address) => /work\[[bc]\]/.test(address))).toEqual([]);
  expect(view.status).toBe("degraded");
  expect(result.failed).toEqual(["a", "b", "c"]);
  expect(nodeIn(view, "swarm/work[b]/needed").failure?.message).toBe("needs a, which failed");
  expect(prompt("report/lead/turn")).toContain("needs b, which failed");
});

describe("who is named for a subtask", () => {
  it.each([
    ["does it when it can what that needs", { needs: ["security"] }, "sec"],
    ["does it when it needs nothing", {}, "sec"],
    ["does not do what it cannot", { needs: ["profiling"] }, "speed"],
    ["does what nobody can", { needs: ["security", "profiling"] }, "sec"],
  ])("%s", async (_, piece, by) => {
    const { order, events } = await runSwarm(
      { agents: { lead, sec, speed } },
      { rules: [plan({ id: "a", agent: "sec", ...piece }), work, report] },
    );
    expect(order[1]).toBe(`swarm/work[a]/do/${by}/turn`);
    const decided = events.find((one) => one.type === "branch.decided" && one.address === "swarm/work[a]/do");
    expect(JSON.stringify(decided)).toContain('"subtask.agent":"sec"');
  });
});

describe("a dynamic agent", () => {
  const any = { role: "specialist", dynamic: true };

  it("is the specialist for what nobody else can", async () => {
    const { order, prompt } = await runSwarm(
      { agents: { lead, sec, any } },
      {
        rules: [
          plan({ id: "a", needs: ["rust", "wasm"], agent: "sec" }, { id: "b", agent: "any" }),
          work,
          report,
        ],
      },
    );
    expect(order).toContain("swarm/work[a]/do/any/turn");
    expect(prompt("work[a]/do/any/turn")).toContain("You are the specialist for rust, wasm.");
    expect(prompt("work[b]/do/any/turn")).not.toContain("You are the specialist for");
  });

  it("may be needed for anything; without one only for what there is", () => {
    const schemaOf = (agents: JsonObject): string =>
      JSON.stringify(
        loadWorkflow(JSON.stringify({ name: "t", agent: "mock", swarm: { task: "x", agents } })).workflow,
      );
    expect(schemaOf({ lead, sec })).toContain('"needs":{"type":"array","items":{"enum":["security"]}');
    expect(schemaOf({ lead, sec, any })).toContain('"needs":{"type":"array","items":{"type":"string"}');
    expect(schemaOf({ lead, any })).toContain("or whatever specialist it takes");
    expect(schemaOf({ lead, a: { role: "worker" } })).not.toContain('"needs":{"type"');
  });
});
