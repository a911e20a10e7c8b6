import { describe, expect, it } from "vitest";
import { chainOf, Project } from "./tutti.ts";

const waits = JSON.stringify({
  chain: {
    steps: [
      { name: "a", run: "echo one" },
      { name: "w", wait: { signal: "approved" } },
    ],
  },
});
const tolerates = JSON.stringify({
  chain: {
    error_strategy: "continue_on_failure",
    steps: [
      { name: "a", run: "exit 1" },
      { name: "b", run: "true" },
    ],
  },
});

describe("the exit status", () => {
  it.each([
    ["0 for a run that completed", chainOf("true"), [], 0, "completed"],
    ["1 for a run that failed", chainOf("exit 7"), [], 1, "failed"],
    ["2 for a workflow with a mistake", '{"chain": {"steps": [{"nam": "a"}]}}', [], 2, "UNKNOWN_KEY"],
    ["3 for a run that waits", waits, [], 3, "waiting"],
    ["5 for a run that tolerated a failure", tolerates, [], 5, "degraded"],
  ])("is %s", async (_, text, flags, status, word) => {
    const project = new Project({ "flow.json": text });
    const ended = await project.call(["run", "flow.json", ...flags]);
    expect({ status: ended.status, printed: ended.stdout + ended.stderr }).toEqual({
      status,
      printed: expect.stringContaining(word) as string,
    });
  });

  it("is 4 for a run that was cancelled by another process, whose own status is 0", async () => {
    const project = new Project({ "flow.json": chainOf("sleep 60") });
    const call = project.begin(["run", "flow.json"]);
    await call.until("started    a");
    const cancelled = await project.json(["cancel", "@last", "--reason", "enough"]);
    expect(cancelled).toMatchObject({ status: 0, values: [{ status: "cancelled" }] });
    const { status, stdout } = await call.ended;
    expect(status).toBe(4);
    expect(stdout).toContain("cancelled flow");
  });

  it("is 3 for a run that is paused by another process, and resume goes on", async () => {
    const project = new Project({
      "flow.json": chainOf("touch began; until test -f go; do sleep 0.05; done", "true"),
    });
    const call = project.begin(["run", "flow.json"]);
    await call.until("started    a");
    const paused = await project.call(["pause", "@last", "--reason", "lunch"]);
    expect(paused.status, paused.stderr).toBe(0);
    await call.until("to pause");
    project.write({ go: "" });
    expect((await call.ended).status).toBe(3);
    expect((await project.call(["why", "@last"])).stdout).toContain("lunch");
    expect((await project.call(["resume", "@last"])).status).toBe(0);
  });

  it("is 1 for a run that is at its cap, and the next command says how a higher cap lets it go on", async () => {
    const project = new Project({
      "flow.json": JSON.stringify({
        agent: "mock",
        limits: { agents: 1 },
        chain: {
          steps: [
            { name: "a", agent: "mock", prompt: "one" },
            { name: "b", agent: "mock", prompt: "two" },
          ],
        },
      }),
    });
    const first = await project.call(["run", "flow.json"]);
    expect(first.status, first.stdout).toBe(1);
    expect(first.stdout).toMatch(/next: tutti resume \w+ --limit agents=/);
    const { stdout } = await project.call(["why", "@last"]);
    expect(stdout).toContain("a higher cap");
    expect((await project.call(["resume", "@last", "--limit", "agents=5"])).status).toBe(0);
  });
});
