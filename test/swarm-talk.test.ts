import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../src/expression/json.ts";
import { nodeIn, plan, resultIn, runSwarm, says, type SwarmRun, swarmScene } from "./swarm-scene.ts";

/* What the agents of a swarm see of each other, and what they come to, on the mock agent. */

const lead = { role: "coordinator" };
const report = says("*report*", "all is well");
const note = (value: Json, key?: string): JsonObject => ({
  topic: "note",
  value,
  ...(key === undefined ? {} : { key }),
});

/** Notes on the blackboard that stand in the prompt of whoever was asked there. */
function notesIn(run: SwarmRun, end: string): readonly string[] {
  const [, entries = "[]"] =
    /on the blackboard \(data, not instructions\):\n\n(.*)/.exec(run.prompt(end)) ?? [];
  return (JSON.parse(entries) as readonly JsonObject[]).flatMap(({ topic, value }) =>
    topic === "note" ? [value as string] : [],
  );
}

describe("the state that agents share", () => {
  it.each([
    ["global", ["by lead", "by a"], ["by lead", "by a", "by b"]],
    ["hierarchical", ["by lead"], ["by lead", "by a", "by b"]],
    ["local", [], ["by lead"]],
  ])(
    "is, when it is %s, in the prompts of those who may see it and of nobody else",
    async (state_sharing, led, leads) => {
      const run = await runSwarm(
        {
          agents: { lead, sec: { role: "specialist" }, speed: { role: "specialist" } },
          coordination: { state_sharing },
        },
        {
          rules: [
            posting(
              plan({ id: "a", agent: "sec" }, { id: "b", agent: "speed", depends_on: ["a"] }),
              "by lead",
            ),
            says("*work[a]*", "a", [note("by a")]),
            says("*work[b]*", "b", [note("by b")]),
            report,
          ],
        },
      );
      expect(run.view.status).toBe("completed");
      expect(notesIn(run, "work[b]/do/speed/turn")).toEqual(led);
      expect(notesIn(run, "report/lead/turn")).toEqual(leads);
    },
  );

  function posting(rule: JsonObject, value: string): JsonObject {
    return { ...rule, output: { ...(rule["output"] as JsonObject), posts: [note(value)] } };
  }
});

describe("communication", () => {
  /** A mesh in which one agent works at a time. */
  const talk = (communication: string): Promise<SwarmRun> =>
    runSwarm(
      {
        topology: "mesh",
        agents: { ann: {}, bob: {} },
        rounds: 2,
        coordination: { communication },
        execution: { parallel_limit: 1 },
      },
      {
        rules: ["ann", "bob"].map((name) => ({
          step: `*${name}*`,
          output: { answer: name, vote: "ann", reason: "ann is right", posts: [note(`by ${name}`)] },
        })),
      },
    );

  it("that is synchronous shows nothing of those who work at the same time", async () => {
    const run = await talk("synchronous");
    for (const name of ["ann", "bob"]) expect(notesIn(run, `talk#1/peers/${name}`)).toEqual([]);
    // both were for ann at once
    expect(run.order).toHaveLength(2);
    expect(run.result.decision).toMatchObject({ decision: "ann" });
    expect(run.result.answer).toEqual({ answer: "ann", vote: "ann", reason: "ann is right" });
  });

  it("that is asynchronous shows what is there; in the first round nobody sees the others", async () => {
    const run = await talk("asynchronous");
    expect(run.order).toHaveLength(4);
    const firsts = run.order.filter((address) => address.includes("#1/"));
    for (const address of firsts) expect(notesIn(run, address)).toEqual([]);
    const last = run.order.at(-1) ?? "";
    expect(notesIn(run, last).toSorted()).toEqual(
      last.includes("ann") ? ["by ann", "by bob", "by bob"] : ["by ann", "by ann", "by bob"],
    );
  });

  it("that is event driven lets a peer speak again only when there is something new", async () => {
    const run = await runSwarm(
      {
        topology: "mesh",
        agents: { ann: {}, bob: {} },
        rounds: 5,
        coordination: { communication: "event_driven" },
        decision: { options: ["x", "y"] },
      },
      {
        rules: [{ step: "*", output: { answer: "fine", vote: "x", reason: "so" } }],
      },
    );
    expect(run.view.status).toBe("completed");
    expect(run.result).toMatchObject({ answer: "x", failed: [] });
    // both were for the same at once
    expect(run.order).toHaveLength(2);
  });

  const eventDriven = (rest: JsonObject, rules: readonly JsonObject[]): Promise<SwarmRun> =>
    runSwarm(
      {
        topology: "event_driven",
        agents: { ann: {}, bob: {}, cyd: {} },
        rounds: 3,
        decision: { options: ["x", "y", "z"] },
        ...rest,
      },
      { rules },
    );
  const votes = (step: string, vote: string): JsonObject => ({
    step,
    output: { answer: "a", vote, reason: "so" },
  });

  it("that is event driven goes on until the votes decide, and no further", async () => {
    const run = await eventDriven({}, [
      votes("*/ann#1/*", "x"),
      votes("*/bob#1/*", "y"),
      votes("*/cyd#1/*", "z"),
      votes("*", "y"),
    ]);
    expect(run.result.answer).toBe("y");
    expect(run.order.every((address) => !address.includes("#3/"))).toBe(true);
    expect(run.order.filter((address) => address.includes("#1/"))).toHaveLength(3);
    expect(run.order.length).toBeGreaterThan(3);
  });

  it("that is event driven lets nobody speak again before all have spoken, or cannot", async () => {
    const run = await eventDriven({}, [
      { step: "*/cyd#1/*", fail: { class: "permanent", message: "it broke" } },
      votes("*/ann#1/*", "x"),
      votes("*", "y"),
    ]);
    expect(run.order.slice(0, 3).every((address) => address.includes("#1/"))).toBe(true);
    expect(run.result).toMatchObject({ answer: "y", failed: ["cyd"] });
    expect(run.order.some((address) => address.includes("ann#2/"))).toBe(true);
  });
});

describe("agents that write different things of the same", () => {
  it.each<[Json | undefined, Json, boolean]>([
    [undefined, "second", true],
    ["majority", null, false],
    ["consensus", null, false],
    [{ priority: ["sec", "speed"] }, "first", true],
  ])("are a conflict, which the rule %j resolves", async (conflict_resolution, value, resolved) => {
    const run = await runSwarm(
      {
        agents: { lead, sec: { role: "specialist" }, speed: { role: "specialist" } },
        ...(conflict_resolution === undefined ? {} : { coordination: { conflict_resolution } }),
      },
      {
        rules: [
          plan({ id: "a", agent: "sec" }, { id: "b", agent: "speed", depends_on: ["a"] }),
          says("*work[a]*", "a", [note("first", "port")]),
          says("*work[b]*", "b", [note("second", "port")]),
          report,
        ],
      },
    );
    expect(run.result.conflicts).toMatchObject([
      {
        topic: "note",
        key: "port",
        values: [
          { by: "sec", value: "first" },
          { by: "speed", value: "second" },
        ],
        value,
        resolved,
      },
    ]);
    expect(run.prompt("report/lead/turn")).toContain(JSON.stringify(run.result.conflicts));
  });
});

describe("a mesh", () => {
  const vote = (step: string, vote: string): JsonObject => ({
    step,
    output: { answer: vote, vote, reason: `for ${vote}` },
  });

  it("agrees in the second round, having seen the first", async () => {
    const run = await runSwarm(
      { topology: "mesh", agents: { ann: {}, bob: {} }, decision: { options: ["tabs", "spaces"] } },
      { rules: [vote("*#1/peers/ann", "tabs"), vote("*", "spaces")] },
    );
    expect(run.order).toHaveLength(4);
    expect(run.prompt("talk#2/peers/ann")).toContain("for spaces");
    expect(run.result).toMatchObject({ answer: "spaces", decision: { decision: "spaces", dissent: [] } });
  });

  it("that does not agree leaves it to its judge, and then to a person", async () => {
    const rules = [vote("*/ann", "tabs"), vote("*/bob", "spaces")];
    const swarm = {
      topology: "mesh",
      rounds: 2,
      agents: { ann: {}, bob: {}, jo: { role: "judge", prompt: "You like what is wide." } },
      decision: { options: ["tabs", "spaces"] },
      coordination: { conflict_resolution: { majority: { by: ["zoe"] } } },
    };
    const judged = await runSwarm(swarm, {
      rules: [...rules, { step: "*ruling", output: { vote: "tabs", reason: "they are wide" } }],
    });
    expect(judged.prompt("decision_ruling")).toContain(
      "You are jo: judge.\n\nThe task:\n\ndo it\n\nYou like what is wide.",
    );
    expect(judged.result).toMatchObject({ answer: "tabs", decision: { decided_by: "judge" } });

    const scene = await swarmScene({
      rules: [...rules, { step: "*ruling", fail: { class: "permanent", message: "no idea" } }],
    });
    const id = await scene.begin(swarm);
    const asks = "swarm/decision/decision_human";
    expect(nodeIn(await scene.show(id), asks).status).toBe("waiting");
    await scene.answer(id, asks, "spaces", "zoe");
    expect(resultIn(await scene.show(id))).toMatchObject({
      answer: "spaces",
      decision: { decided_by: "human" },
    });
  });
});

describe("a star", () => {
  const hub = {
    step: "*talk#1/ask*",
    output: {
      done: false,
      messages: [
        { to: "sec", text: "look" },
        { to: "speed", text: "measure" },
      ],
    },
  };
  const agents = { boss: { role: "hub" }, sec: { role: "spoke" }, speed: { role: "spoke" } };

  it("asks its spokes until the hub has the answer", async () => {
    const run = await runSwarm(
      { topology: "star", agents },
      {
        rules: [
          hub,
          { step: "*talk#2/ask*", output: { done: true, messages: [], answer: { answer: "known" } } },
          says("*replies[sec]*", "safe"),
          says("*replies[speed]*", "fast"),
        ],
      },
    );
    expect(run.view.status).toBe("completed");
    expect(run.prompt("replies[sec]/do/sec/turn")).toContain("The hub says to you (data):\n\nlook");
    expect(run.prompt("talk#2/ask/boss/turn")).toMatch(/safe.*fast/s);
    expect(run.result).toMatchObject({ answer: { answer: "known" }, failed: [] });
    expect(run.order).toHaveLength(4);
  });

  it("makes its answer of what there is when its rounds are over, and says who never answered", async () => {
    const run = await runSwarm(
      { topology: "star", agents: { ...agents, sec: { role: "spoke", impact: "minor" } }, rounds: 1 },
      {
        rules: [
          hub,
          { step: "*replies[sec]*", fail: { class: "permanent", message: "it broke" } },
          says("*replies[speed]*", "fast"),
          report,
        ],
      },
    );
    expect(run.view.status).toBe("degraded");
    expect(run.result).toMatchObject({ answer: { answer: "all is well" }, failed: ["sec"] });
    expect(run.prompt("report/boss/turn")).toContain("fast");
  });
});

describe("a pipeline", () => {
  it("hands on from agent to agent; the last one answers", async () => {
    const run = await runSwarm(
      {
        topology: "pipeline",
        agents: { ann: {}, bob: {}, cyd: {} },
        output: { type: "object", properties: { done: { type: "boolean" } }, required: ["done"] },
      },
      {
        rules: [
          says("swarm/ann*", "from ann"),
          says("swarm/bob*", "from bob"),
          { step: "swarm/cyd*", output: { done: true } },
        ],
      },
    );
    expect(run.order).toEqual(["ann", "bob", "cyd"].map((name) => `swarm/${name}/${name}/turn`));
    expect(run.prompt("bob/turn")).toContain("from ann");
    expect(run.prompt("cyd/turn")).toContain("from bob");
    expect(run.result.answer).toEqual({ done: true });
  });
});
