import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { Event } from "../src/core/events.ts";
import type { JsonObject } from "../src/expression/json.ts";
import { seededDice } from "../src/testing/simulation/dice.ts";
import { type Asked, hurriedClock, plan, runSwarm, says, type SwarmRun } from "./swarm-scene.ts";

/* A swarm of a hundred agents, of whom one in ten fails and one in twenty answers in a wrong shape. */

const parallel = 8;

interface Crowd {
  readonly agents: Readonly<Record<string, JsonObject>>;
  readonly rules: readonly JsonObject[];
  /** Ids of the subtasks that go to agents that fail or lie. */
  readonly troubled: readonly string[];
}

/** Exactly so many fail and lie; the seed says who. */
function crowd(count: number, agent: JsonObject = {}): Crowd {
  const dice = seededDice(`crowd of ${count}`);
  const names = Array.from({ length: count }, (_, at) => `a${at}`);
  const left = [...names];
  const draw = (share: number): readonly string[] =>
    Array.from({ length: count * share }, () => left.splice(dice.below(left.length), 1)[0] ?? "");
  const [fail, lie] = [draw(0.1), draw(0.05)];
  const agents = Object.fromEntries(
    names.map((name, at) => [name, { role: "specialist", capabilities: [`skill${at % 5}`], ...agent }]),
  );
  const cost = { cost: 0.25, tokens: { input: 100, output: 10 } };
  const rules = [
    { ...plan(...names.map((name) => ({ id: `of_${name}`, agent: name }))), ...cost },
    ...fail.map((name) => ({
      step: `*/do/${name}/*`,
      fail: { class: "permanent", message: "it broke" },
      ...cost,
    })),
    ...lie.map((name) => ({ step: `*/do/${name}/*`, output: { anser: 1 }, ...cost })),
    { ...says("*work*", "done"), ...cost },
    { ...says("*report*", "all is well"), ...cost },
  ];
  return { agents, rules, troubled: [...fail, ...lie].map((name) => `of_${name}`).toSorted() };
}

/** As many work at the same time as may; then whoever is there goes on. */
function together(): (asked: Asked) => Promise<void> {
  const full = Promise.withResolvers<void>();
  let begun = 0;
  return async ({ address }) => {
    if (!address.includes("work[")) return;
    begun += 1;
    if (begun === parallel) full.resolve();
    await full.promise;
    await new Promise((resolve) => void setImmediate(resolve));
  };
}

async function runCrowd({ agents, rules }: Pick<Crowd, "agents" | "rules">): Promise<SwarmRun> {
  return runSwarm(
    { agents: { lead: { role: "coordinator" }, ...agents }, execution: { parallel_limit: parallel } },
    {
      rules,
      before: together(),
      rest: {
        workspace: "none",
        limits: { parallel: 1000, agents: 10_000, cost: "10000 USD", tokens: 1_000_000_000 },
      },
      open: { clock: hurriedClock() },
    },
  );
}

/** What the attempts in the log used, added up. */
function spentIn(events: readonly Event[]) {
  const usages = events.flatMap((event) =>
    event.type === "attempt.ended" && event.outcome.usage ? [event.outcome.usage] : [],
  );
  const sum = (of: (usage: (typeof usages)[number]) => number): number =>
    usages.reduce((total, usage) => total + of(usage), 0);
  return {
    costUsd: sum(({ costUsd }) => costUsd ?? 0),
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    agents: usages.length,
  };
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** What is left on the heap by a swarm that is over, while its run, and its log in memory, can still be looked at; MB. */
async function heapAfter(pieces: number): Promise<number> {
  const { agents } = crowd(20);
  const ids = Array.from({ length: pieces }, (_, at) => ({ id: `p${at}` }));
  const run = await runCrowd({ agents, rules: [plan(...ids), says("*", "done")] });
  expect(run.result.contributions).toHaveLength(pieces);
  // what agents were told is the test's
  (run.asked as Asked[]).length = 0;
  collect();
  return process.memoryUsage().heapUsed / 1e6;
}

describe("a hundred agents", { timeout: 120_000 }, () => {
  it("do all of it, where others take over from who fails or lies", async () => {
    const made = crowd(100);
    const run = await runCrowd(made);
    expect(made.troubled).toHaveLength(15);
    expect(run.result.failed).toEqual([]);
    expect(run.view.status).toBe("completed");
    expect(run.result.contributions).toHaveLength(100);
    expect(run.most()).toBe(parallel);
    expect(run.view.ledger).toMatchObject(spentIn(run.events));
    expect(run.view.ledger.costUsd).toBe(run.asked.length * 0.25);
  });

  it("come to a degraded end that says what is missing, where nobody may take over", async () => {
    const made = crowd(100, { impact: "minor" });
    const run = await runCrowd(made);
    expect(run.view.status).toBe("degraded");
    expect(run.result.failed.toSorted()).toEqual(made.troubled);
    expect(run.view.missing).toHaveLength(15);
    expect(run.result.contributions).toHaveLength(85);
    expect(run.most()).toBe(parallel);
    expect(run.view.ledger).toMatchObject(spentIn(run.events));
  });

  it("leave little in memory, however many pieces of work they do", async () => {
    const few = await heapAfter(100);
    const many = await heapAfter(200);
    expect(many - few).toBeLessThan(25);
  });
});
