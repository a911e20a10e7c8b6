import { mkdtempSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTutti } from "../src/engine.ts";
import type { Json } from "../src/expression/json.ts";

/* The ready workflows, run as they are shipped: each way, each end. */

const folder = mkdtempSync(join(tmpdir(), "tutti-patterns-"));
beforeAll(() => {
  mkdirSync(join(folder, ".git"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Rule {
  readonly step: string;
  readonly output: Json;
}

interface Ended {
  readonly status: string;
  /** Steps that ran, by address. */
  readonly ran: readonly string[];
  /** Steps that failed, with what they say. */
  readonly failed: readonly string[];
}

async function runPattern(name: string, rules: readonly Rule[] = []): Promise<Ended> {
  const engine = await openTutti({ cwd: folder, state: "memory", mock: { rules } });
  try {
    const file = engine.patterns().find((pattern) => pattern.name === name)?.file ?? "";
    const source = await engine.load({ kind: "file", path: file });
    const handle = await engine.start(source, { inputs: { goal: "log in" }, overrides: { agent: "mock" } });
    let { view } = await handle.done;
    while (view.status === "waiting") {
      for (const { address, kind } of await engine.asks(handle.id)) {
        const value = kind === "approval" ? true : "the first";
        await engine.control(handle.id, { type: "answer", address, value, by: "ann" });
      }
      view = await engine.show(handle.id);
    }
    const work = view.nodes.filter(({ kind }) => kind === "step");
    return {
      status: view.status,
      ran: work
        .filter((node) => node.status === "claimed" || node.status === "verified")
        .map((one) => one.address),
      failed: work.flatMap(({ address, status: end, failure }) =>
        end === "failed" ? [`${address}: ${failure?.code ?? ""}`] : [],
      ),
    };
  } finally {
    await engine.close();
  }
}

const nothing: readonly string[] = [];

describe("the patterns that come with tutti", () => {
  it("research, plan, execute and check", async () => {
    const steps = ["research", "plan", "execute", "check"];
    expect(await runPattern("research_plan_execute")).toEqual({
      status: "completed",
      ran: steps,
      failed: nothing,
    });
  });

  it.each([
    [{ step: "plan", output: { summary: "s", prd: {}, implementation_plan: [], quality_gates: [] } }, "plan"],
    [
      {
        step: "check",
        output: { summary: "s", validation_results: [], readiness_assessment: { ready: false } },
      },
      "check",
    ],
  ])("stop at research_plan_execute's gate after %j", async (rule, step) => {
    const { status, failed } = await runPattern("research_plan_execute", [rule]);
    expect({ status, failed }).toEqual({ status: "failed", failed: [`${step}: GATE_FAILED`] });
  });

  it("initialize, validate and deploy, and deploy nothing that is not ready", async () => {
    const steps = ["initialize", "validate", "deploy"];
    const good = await runPattern("initialize_validate_deploy", [
      {
        step: "validate",
        output: {
          validation_results: [],
          compliance_status: "compliant",
          readiness_assessment: { ready: true },
        },
      },
    ]);
    expect(good).toEqual({ status: "completed", ran: steps, failed: nothing });
    const bad = await runPattern("initialize_validate_deploy", [
      {
        step: "validate",
        output: {
          validation_results: [],
          compliance_status: "unknown",
          readiness_assessment: { ready: true },
        },
      },
    ]);
    expect(bad).toEqual({ status: "failed", ran: ["initialize"], failed: ["validate: GATE_FAILED"] });
  });

  it("divide, build in parallel, and integrate", async () => {
    const built = ["build/backend", "build/frontend", "build/testing"];
    const { status, ran } = await runPattern("multi_agent_development");
    expect(status).toBe("completed");
    expect(ran.toSorted((a, b) => a.localeCompare(b))).toEqual([...built, "divide", "integrate"]);
  });

  it("improve until it is good enough, and stop where it does not get better", async () => {
    const judged = (round: number, quality_score: number): Rule => ({
      step: `improve#${round}/judge`,
      output: { quality_score, issues: [] },
    });
    const better = await runPattern("iterative_improvement", [judged(1, 40), judged(2, 91)]);
    expect(better).toMatchObject({ status: "completed", failed: nothing });
    expect(better.ran.filter((address) => address.endsWith("judge"))).toEqual([
      "improve#1/judge",
      "improve#2/judge",
    ]);
    const flat = [1, 2, 3, 4, 5].map((round) => judged(round, 40));
    const { status, ran } = await runPattern("iterative_improvement", flat);
    expect(status).toBe("failed");
    expect(ran.filter((address) => address.endsWith("judge"))).toHaveLength(3);
  });

  it.each([
    ["query", "research", ["research", "plan", "execute", "check"].map((step) => `whole/${step}`)],
    ["feature", "research", ["research", "plan", "execute", "check"].map((step) => `whole/${step}`)],
    ["swarm", "parts", ["divide"]],
    ["protocol", "release", ["protocol"]],
    ["docs", "write", ["docs"]],
    ["session", "write", ["docs"]],
    ["validate", "check", ["validate"]],
    ["init", "set_up", ["init"]],
    ["ask", "ask", ["asked"]],
    ["task", "default", ["task"]],
  ])("take the way for %s when they adapt", async (route, way, steps) => {
    const { status, ran, failed } = await runPattern("adaptive_workflow", [
      { step: "look", output: { route, assignment: "do it" } },
    ]);
    expect({ status, failed }).toEqual({ status: "completed", failed: nothing });
    const own = ran.filter((address) => address.startsWith("way/"));
    expect(own).toEqual(steps.map((step) => `way/${way}/${step}`));
  });
});
