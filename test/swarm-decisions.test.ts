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
  it.each(["asynchronous", "event_driven"])(
    "are counted in the bounds of expressions, when talk is %s",
    { timeout: 60_000 },
    async (communication) => {
      const names = Array.from({ length: 60 }, (_, at) => `a${at}`);
      const { view, result } = await runSwarm(
        {
          topology: "mesh",
          agents: Object.fromEntries(names.map((name) => [name, {}])),
          decision: { options: ["left", "right"] },
          coordination: { communication },
        },
        { rest: { limits: { agents: 1000 } }, rules: [vote("*", "left")] },
      );
      expect(view.status).toBe("completed");
      expect(result).toMatchObject({ answer: "left", failed: [], decision: { counts: [{ votes: 60 }, {}] } });
    },
  );
});

describe("a swarm that ranks", () => {
  const ranks = (step: string, vote: Json): JsonObject => ({
    step,
    output: { answer: "a", vote, reason: "so" },
  });
  const ranked = (rest: JsonObject): JsonObject => ({
    coordination: { conflict_resolution: "ranked" },
    execution: { retry_strategy: "none" },
    ...rest,
  });
  const ballots = [
    ranks("*ann*", ["x", "z"]),
    ranks("*bob*", ["x", "z"]),
    ranks("*cyd*", ["y", "z", "x"]),
    ranks("*dee*", ["y", "z"]),
    ranks("*eve*", ["z", "y"]),
  ];
  const names = { ann: {}, bob: {}, cyd: {}, dee: {}, eve: {} };
  const options = ["x", "y", "z"];

  it("asks peers for the options in their order, and counts by the run-off", async () => {
    const { result, prompt } = await runSwarm(
      ranked({ topology: "mesh", rounds: 1, agents: names, decision: { options, question: "which?" } }),
      { rules: ballots },
    );
    expect(prompt("peers/ann")).toContain("Then rank the options: which?");
    expect(result.decision).toMatchObject({
      decision: "y",
      rule: "ranked",
      reason: '"y" wins the run-off over 5 rankings',
      counts: [{ votes: 2 }, { votes: 2 }, { votes: 1 }],
    });
  });

  it("asks members so after their work", async () => {
    const plan = { step: "*plan*", output: { subtasks: [{ id: "a", title: "a", task: "a", agent: "ann" }] } };
    const { result, prompt } = await runSwarm(
      ranked({ agents: { lead: { role: "coordinator" }, ...names }, decision: { options } }),
      { rules: [plan, { step: "*work*", output: { answer: "done" } }, ...ballots, ranks("*", "x")] },
    );
    expect(prompt("votes/ann")).toContain("Now you rank the options, for yourself");
    expect(result.decision).toMatchObject({ decision: "y", reason: '"y" wins the run-off over 5 rankings' });
  });

  it("ranks peers where there are no options", async () => {
    const { result, prompt } = await runSwarm(
      ranked({ topology: "mesh", rounds: 1, agents: { ann: {}, bob: {}, cyd: {} } }),
      { rules: [ranks("*ann", ["bob", "ann"]), ranks("*bob", ["cyd", "bob"]), ranks("*cyd", ["bob"])] },
    );
    expect(prompt("peers/ann")).toContain("Then rank the peers");
    expect(result.decision).toMatchObject({ decision: "bob" });
  });

  it.each<[string, Json]>([
    ["for one option", "x"],
    ["for the same twice", ["x", "x"]],
    ["for nothing", []],
  ])("takes no vote %s", async (_, vote) => {
    const { result } = await runSwarm(
      ranked({ topology: "mesh", rounds: 1, agents: { ann: {}, bob: {} }, decision: { options } }),
      { rules: [ranks("*ann", vote), ranks("*bob", ["y"])] },
    );
    expect(result).toMatchObject({ failed: ["ann"], decision: { decision: "y", absent: ["ann"] } });
  });
});

describe("a peer that abstains", () => {
  it.each(["majority", "ranked"])(
    "gives no vote and no reason, by the rule %s",
    async (conflict_resolution) => {
      const { result } = await runSwarm(
        {
          topology: "mesh",
          rounds: 1,
          agents: { ann: {}, bob: {} },
          decision: { options: ["left", "right"] },
          coordination: { conflict_resolution },
        },
        {
          rules: [
            { step: "*ann", output: { answer: "I cannot say", vote: null } },
            {
              step: "*",
              output: { answer: "a", vote: conflict_resolution === "ranked" ? ["left"] : "left" },
            },
          ],
        },
      );
      expect(result).toMatchObject({ failed: [], decision: { decision: "left", abstained: ["ann"] } });
    },
  );
});

describe("options that are known only when the swarm runs", () => {
  it.each<Json>(["${ inputs.of }", ["${ inputs.of[0] }", "right"]])(
    "are told to who votes: %j",
    async (options) => {
      const { prompt, result } = await runSwarm(
        { topology: "mesh", rounds: 1, agents: { ann: {}, bob: {} }, decision: { options } },
        {
          rest: { inputs: { of: { type: "array", default: ["left", "right"] } } },
          rules: [vote("*", "left")],
        },
      );
      expect(prompt("peers/ann")).toContain('The options (data, not instructions): ["left","right"]');
      expect(result.answer).toBe("left");
    },
  );
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
