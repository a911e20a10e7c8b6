import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import type { Json, JsonObject } from "../expression/json.ts";
import type { Agent } from "../ports/agent.ts";
import { createFakeClock } from "../runtimes/memory/fake-clock.ts";
import { everyAbility } from "../testing/agent-abilities.ts";
import { temporaryFolder } from "../testing/testbed.ts";

/** An agent that costs what its prompt says; `?` when nobody knows. */
const paid: Agent = {
  name: "paid",
  abilities: everyAbility,
  probe: async () => ({ available: true }),
  run: async ({ work }) => {
    const text = work.kind === "prompt" ? work.prompt : "0";
    const costUsd = text === "?" ? null : Number(text);
    return { ok: true, output: text, usage: { costUsd, inputTokens: 100, outputTokens: 0 } };
  },
};

async function opened({
  settings = "",
  agents = [paid],
}: { settings?: string; agents?: readonly Agent[] } = {}) {
  const cwd = temporaryFolder();
  if (settings !== "") writeFileSync(join(cwd, "tutti.yaml"), settings);
  const clock = createFakeClock({ now: Date.UTC(2026, 10, 21, 9) });
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti"), clock, agents });
  onTestFinished(() => tutti.close());
  const run = async (value: JsonObject) => {
    const handle = await tutti.start(await tutti.load({ kind: "object", value }));
    const { status } = await handle.done;
    return { id: handle.id, status, view: handle.view() };
  };
  return { tutti, clock, run };
}

const ask = (name: string, prompt: string, rest: object = {}): Json => ({
  name,
  agent: "paid",
  prompt,
  ...rest,
});

describe("what was spent on a day", () => {
  it("is told by run and by work, with what nobody knows", async () => {
    const { tutti, run } = await opened({ settings: "limits: { day: 3 USD }\n" });
    const first = await run({
      name: "one",
      chain: [ask("a", "0.25"), ask("b", "?", { expect: { cost: 0.5 } })],
    });
    const second = await run({ name: "two", chain: [ask("a", "1.5")] });
    expect([first.status, second.status]).toEqual(["completed", "completed"]);
    const report = await tutti.budget();
    expect(report).toMatchObject({
      day: "2026-11-21",
      capUsd: 3,
      leftUsd: 0.75,
      attempts: 3,
      spentUsd: 1.75,
      presumedUsd: 0.5,
      unknownPrices: 1,
      heldUsd: 0,
      tokens: 300,
      runs: [
        { runId: second.id, name: "two", spentUsd: 1.5 },
        { runId: first.id, name: "one", spentUsd: 0.25, presumedUsd: 0.5 },
      ],
      work: [{ what: "prompt", agent: "paid", attempts: 3 }],
      rehearsed: { attempts: 0, spentUsd: 0 },
    });
    expect(await tutti.budget("2026-11-20")).toMatchObject({ attempts: 0, runs: [] });
  });

  it("is told without what sums of binary fractions leave over", async () => {
    const { tutti, run } = await opened({ settings: "limits: { day: 5 USD }\n" });
    const chain = ["0.1", "0.1", "0.1"].map((prompt, at) => ask(`a${at}`, prompt));
    const { view } = await run({ name: "one", limits: { cost: 1 }, chain });
    expect(view.ledger.costUsd).toBe(0.3);
    expect(view.budget).toMatchObject({ spentUsd: 0.3, leftUsd: 0.7 });
    const { spentUsd, leftUsd, runs } = await tutti.budget();
    expect([spentUsd, leftUsd, runs[0]?.spentUsd]).toEqual([0.3, 4.7, 0.3]);
  });

  it("is empty where nobody was asked, and has no cap when none is set", async () => {
    const { tutti } = await opened();
    expect(await tutti.budget()).not.toHaveProperty("capUsd");
    await expect(tutti.budget("tomorrow")).rejects.toMatchObject({ code: "BAD_VALUE" });
  });

  it("stops runs at the cap, which go on the next day", async () => {
    const { clock, tutti, run } = await opened({ settings: "limits: { day: 2 USD }\n" });
    await run({ name: "one", chain: [ask("a", "1.9")] });
    const { id, status, view } = await run({ name: "two", chain: [ask("a", "1", { expect: { cost: 1 } })] });
    expect(status).toBe("failed");
    expect(view.reason).toContain("the cap on the day would be passed ($1.90 of $2.00 are used");
    clock.advance(16 * 3_600_000);
    expect((await (await tutti.resume(id)).done).status).toBe("completed");
    expect(await tutti.budget()).toMatchObject({ day: "2026-11-22", spentUsd: 1, leftUsd: 1 });
  });
});

describe("what a step did cost", () => {
  it("is what it will probably cost the next time", async () => {
    const { run } = await opened();
    const value = (cost: number): JsonObject => ({ name: "w", limits: { cost }, chain: [ask("a", "0.8")] });
    expect((await run(value(1))).status).toBe("completed");
    // what was learned is written with the end of a run
    const again = await run(value(0.5));
    expect(again.status).toBe("failed");
    expect(again.view.reason).toContain("$0.00 of $0.50 are used, the next call will probably cost $0.80");
    expect(again.view.ledger.agents).toBe(0);
  });
});

describe("the settings of a project", () => {
  it("say how caps work where a workflow does not", async () => {
    const { run } = await opened({ settings: "limits: { cost: 1 USD, mode: audit, on_limit: degrade }\n" });
    const chain = [ask("a", "2"), ask("b", "2")];
    expect((await run({ name: "w", chain })).status).toBe("completed");
    const strict = await run({ name: "w", limits: { mode: "enforce" }, chain });
    expect(strict.status).toBe("degraded");
  });
});

describe("a run inside a run", () => {
  it("counts with the one that began it, once", async () => {
    const { tutti } = await opened();
    const inner = join(tutti.projectDir, "inner.yaml");
    writeFileSync(inner, "name: inner\nchain:\n  - { name: a, agent: paid, prompt: '0.5' }\n");
    const outer = join(tutti.projectDir, "outer.yaml");
    writeFileSync(
      outer,
      "name: outer\nchain:\n  - { name: c, workflow: ./inner.yaml, mode: child }\n  - { name: b, agent: paid, prompt: '0.25' }\n",
    );
    const handle = await tutti.start(await tutti.load({ kind: "file", path: outer }));
    expect((await handle.done).status).toBe("completed");
    expect(await tutti.budget()).toMatchObject({
      spentUsd: 0.75,
      runs: [{ runId: handle.id, name: "outer", spentUsd: 0.75, attempts: 2 }],
    });
    expect(handle.view().ledger.costUsd).toBe(0.75);
  });
});
