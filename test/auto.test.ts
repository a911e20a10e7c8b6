import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTutti } from "../src/engine.ts";
import type { Agent } from "../src/ports/agent.ts";
import type { Json } from "../src/expression/json.ts";
import { type Mode, modes } from "../src/language/auto/mode.ts";
import { everyAbility } from "../src/testing/agent-abilities.ts";

/* What `tutti auto` builds, run by the engine on the mock: every mode, every way. */

const folder = mkdtempSync(join(tmpdir(), "tutti-auto-"));
beforeAll(() => {
  mkdirSync(join(folder, ".git"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Rule {
  readonly step: string;
  readonly output: Json;
}

interface Options {
  readonly rules?: readonly Rule[];
  readonly mode?: Mode;
}

/** The status of the run, and the steps that were done. */
async function runTask(task: string, { rules = [], mode }: Options = {}): Promise<readonly string[]> {
  const engine = await openTutti({ cwd: folder, state: "memory", mock: { rules } });
  try {
    const { inputs, ...found } = await engine.auto(task, { mode });
    const source = await engine.load(found.source);
    expect(source.warnings).toEqual([]);
    const handle = await engine.start(source, { inputs, overrides: { agent: "mock" } });
    const { status, view } = await handle.done;
    const done = view.nodes.filter((node) => node.status === "verified" || node.status === "claimed");
    return [status, ...done.filter(({ kind }) => kind === "step").map(({ address }) => address)];
  } finally {
    await engine.close();
  }
}

const found = (c1: boolean): readonly Rule[] => [{ step: "look", output: { c1, summary: "seen" } }];
const judged = (round: number, ready: boolean): Rule => ({
  step: `rounds#${round}/judge`,
  output: { status: "success", summary: "seen", readiness_assessment: { ready } },
});

describe("what tutti auto builds", () => {
  it.each([
    ["fix the login test", [], ["completed", "work"]],
    ["How does the login work?", [], ["completed", "research"]],
    ["find out why the flaky test fails and fix it", [], ["completed", "research", "plan", "work", "check"]],
    ["release it", [], ["waiting"]],
    ["if it rains, fix it, otherwise document it", found(true), ["completed", "look", "decide/then/work"]],
    ["if it rains, fix it, otherwise document it", found(false), ["completed", "look", "decide/else/write"]],
    ["if it rains, fix it", found(false), ["completed", "look"]],
    ["fix it unless it rains", found(false), ["completed", "look", "decide/then/work"]],
    ["fix it unless it rains", found(true), ["completed", "look"]],
    [
      "improve it until it is good",
      [judged(1, false), judged(2, true)],
      ["completed", ...[1, 2].flatMap((round) => [`rounds#${round}/work`, `rounds#${round}/judge`])],
    ],
    [
      "translate each line of a.csv",
      [{ step: "list", output: { records: ["a", { b: 1 }] } }],
      ["completed", "list", "each[0]/work", "each[1]/work", "integrate"],
    ],
  ])("for %j, with %j, runs", async (task, rules, expected) => {
    expect(await runTask(task, { rules })).toEqual(expected);
  });

  it("fails where a check does not hold, and where rounds do not lead there", async () => {
    const bad = { status: "success", summary: "no", readiness_assessment: { ready: false } };
    const rules = [{ step: "check", output: bad }];
    expect(await runTask("fix a, update b and bump c", { rules })).toEqual(["failed", "work"]);
    const [status, ...done] = await runTask("improve it until it is good", {
      rules: [1, 2, 3].map((round) => judged(round, false)),
    });
    expect([status, done.length]).toEqual(["failed", 6]);
  });

  it.each(modes)("runs as a %s, whatever the task says", async (mode) => {
    for (const task of [
      "fix it",
      "$(x) `y` ${ z } ${{ secrets.K }} \"'\n- a\n- b\n<b>",
      "review the security and cost",
    ]) {
      const [status] = await runTask(task, { mode });
      expect(status, task).toBe("completed");
    }
  });
});

describe("how long an agent thinks", () => {
  it("is what the step says, else as the command is complex", async () => {
    const told: Record<string, string | undefined> = {};
    const spy: Agent = {
      name: "spy",
      abilities: everyAbility,
      probe: () => Promise.resolve({ available: true, version: "1" }),
      run: ({ work, effort }) => {
        told[work.kind === "prompt" ? work.prompt : work.command.arguments] = effort;
        return Promise.resolve({ ok: true, output: { status: "success", summary: "done" } });
      },
    };
    const engine = await openTutti({ cwd: folder, state: "memory", agents: [spy] });
    try {
      const step = (name: string, effort?: string) => ({
        command: "/auto",
        params: name,
        output: { type: "object" },
        ...(effort === undefined ? {} : { effort }),
      });
      const steps = [step("a"), step("b", "high"), { prompt: "c", effort: "medium" }, { prompt: "d" }];
      const source = await engine.load({ kind: "object", value: { agent: "spy", chain: { steps } } });
      expect(await (await engine.start(source)).done).toMatchObject({ status: "completed" });
      expect(told).toEqual({ a: "low", b: "high", c: "medium", d: undefined });
    } finally {
      await engine.close();
    }
  });
});
