import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../src/expression/json.ts";
import { nodeIn, runSwarm } from "./swarm-scene.ts";

const vote = (step: string, vote: string): JsonObject => ({
  step,
  output: { answer: `from ${step}`, vote, reason: `for ${vote}` },
});
const breaks = (step: string): JsonObject => ({ step, fail: { class: "permanent", message: "it broke" } });

describe("a peer whose turn another takes", () => {
  const swarm = (rest: JsonObject): JsonObject => ({
    topology: "mesh",
    rounds: 2,
    agents: { ann: { backup: "bob" }, bob: {}, cyd: {} },
    decision: { options: ["left", "right"] },
    ...rest,
  });

  it.each(["synchronous", "asynchronous", "event_driven"])(
    "has no vote, and who took it has one and writes in its own name, when talk is %s",
    async (communication) => {
      const conflict_resolution = { majority: { tie: "right" } };
      const { result, order } = await runSwarm(
        swarm({ coordination: { communication, conflict_resolution } }),
        { rules: [breaks("*/ann/ann/*"), breaks("*/say/ann/*"), vote("*cyd*", "right"), vote("*", "left")] },
      );
      expect(order.some((address) => /ann.*\/bob\/turn$/.test(address))).toBe(true);
      expect(result.decision).toMatchObject({
        decision: "right",
        decided_by: "default",
        absent: ["ann"],
        counts: [
          { option: "left", voters: ["bob"] },
          { option: "right", voters: ["cyd"] },
        ],
      });
      expect(result.failed).toEqual(["ann"]);
      const who = new Set(result.contributions.map(({ by, key }) => `${by}: ${key}`));
      expect([...who].toSorted()).toEqual(["bob: bob", "bob: bob for ann", "cyd: cyd"]);
      expect(result.conflicts).toEqual([]);
    },
  );

  it("has its vote back when it answers in a later round", async () => {
    const { result } = await runSwarm(swarm({}), {
      rules: [
        breaks("*#1/peers/ann/ann/*"),
        vote("*#1/peers/bob", "left"),
        vote("*#1/peers/cyd", "right"),
        vote("*", "right"),
      ],
    });
    expect(result).toMatchObject({ answer: "right", failed: [], decision: { absent: [], dissent: [] } });
  });

  it("cannot be the one whose answer is taken", async () => {
    const { view, result } = await runSwarm(
      { topology: "mesh", rounds: 1, agents: { ann: { backup: "bob" }, bob: {}, cyd: {} } },
      { rules: [breaks("*/ann/ann/*"), vote("*", "ann")] },
    );
    expect(view.status).toBe("failed");
    expect(nodeIn(view, "swarm/decision").failure?.message).toContain('"ann" has won and is barred');
    expect(result).toEqual({});
  });
});

describe("many peers that speak in rounds of their own", () => {
  it("are counted in the bounds of expressions", { timeout: 60_000 }, async () => {
    const names = Array.from({ length: 60 }, (_, at) => `a${at}`);
    const { view, result } = await runSwarm(
      {
        topology: "mesh",
        agents: Object.fromEntries(names.map((name) => [name, {}])),
        decision: { options: ["left", "right"] },
        coordination: { communication: "asynchronous" },
      },
      { rest: { limits: { agents: 1000 } }, rules: [vote("*", "left")] },
    );
    expect(view.status).toBe("completed");
    expect(result).toMatchObject({ answer: "left", failed: [], decision: { counts: [{ votes: 60 }, {}] } });
  });
});

describe("a swarm that decides nothing", () => {
  const rules = [vote("*ann*", "left"), vote("*bob*", "right")];
  const open = (rest: JsonObject, rule?: Json): JsonObject => ({
    decision: { options: ["left", "right"] },
    ...(rule === undefined ? {} : { coordination: { conflict_resolution: rule } }),
    ...rest,
  });
  const mesh = { topology: "mesh", rounds: 2, agents: { ann: {}, bob: {} } };

  it("fails when its rounds are over, and not before", async () => {
    const { view, order } = await runSwarm(open(mesh), { rules });
    expect(order).toHaveLength(4);
    expect(view.status).toBe("failed");
    expect(nodeIn(view, "swarm/decision").failure?.code).toBe("NO_DECISION");
  });

  it("decides as its rule says then", async () => {
    const { view, result } = await runSwarm(open(mesh, { majority: { tie: "left" } }), { rules });
    expect(view.status).toBe("completed");
    expect(result).toMatchObject({ answer: "left", decision: { decided_by: "default" } });
  });

  it("fails before it reports, where its members vote after their work", async () => {
    const led = { agents: { lead: { role: "coordinator" }, ann: {}, bob: {} } };
    const plan = { step: "*plan*", output: { subtasks: [{ id: "a", title: "a", task: "a", agent: "ann" }] } };
    const { view, order } = await runSwarm(open(led), { rules: [plan, ...rules] });
    expect(view.status).toBe("failed");
    expect(nodeIn(view, "swarm/decision").failure?.code).toBe("NO_DECISION");
    expect(order.some((address) => address.includes("report"))).toBe(false);
  });
});

describe("agents of a swarm that write different things of the same", () => {
  it.each<[Json, string, Json]>([
    [{ weighted: { weights: { ann: 3 } } }, "weighted", 1],
    [{ quorum: 2 }, "quorum", 2],
    ["consensus", "unanimous", null],
    [{ veto: ["ann"] }, "veto", null],
    [{ veto: { voters: ["bob"], quorum: 3, tie: "human" } }, "veto", 2],
    [{ majority: { quorum: 3 } }, "majority", 2],
    [{ priority: ["ann"] }, "priority", 1],
    // nobody ranks what it writes
    ["ranked", "majority", 2],
  ])("are counted by %j", async (conflict_resolution, rule, value) => {
    const wrote = (name: string, port: number): JsonObject => ({
      step: `*${name}*`,
      output: { answer: name, posts: [{ topic: "port", key: "http", value: port }] },
    });
    const { result } = await runSwarm(
      { topology: "pipeline", agents: { ann: {}, bob: {}, cyd: {} }, coordination: { conflict_resolution } },
      { rules: [wrote("ann", 1), wrote("bob", 2), wrote("cyd", 2)] },
    );
    expect(result.conflicts).toMatchObject([{ key: "http", rule, value, resolved: value !== null }]);
  });
});
