import { describe, expect, it, vi } from "vitest";
import { Project } from "./tutti.ts";

const task = (name: string, usd: number, more = ""): string =>
  `  - { name: ${name}, command: /task, expect: { cost: ${usd} }${more} }\n`;

function workflow(limits: string, ...tasks: readonly string[]): string {
  return `name: w\nlimits: ${limits}\nchain:\n${tasks.join("")}`;
}

/** What the mock agent says it did cost, by step. */
function script(prices: Readonly<Record<string, number | null>>, more = ""): string {
  const rules = Object.entries(prices).map(([step, cost]) => `  - { step: ${step}, cost: ${cost}${more} }\n`);
  return `rules:\n${rules.join("")}`;
}

describe("a cap on cost", () => {
  it("stops the run before the call that would pass it, and resume does not forget what was spent", async () => {
    const project = new Project({
      "w.yaml": workflow("{ cost: 1 USD }", task("a", 0.6), task("b", 0.6)),
      "mock.yaml": script({ a: 0.6, b: 0.3 }),
    });
    const first = await project.call(["run", "w.yaml", "--mock", "mock.yaml", "--yes"]);
    expect(first.status).toBe(1);
    expect(first.stderr).toContain(
      "cost would be passed: $0.60 of $1.00, the next call will probably take $0.60",
    );
    const [runId] = /\b\w{10}\b/.exec((await project.call(["runs"])).stdout) ?? [""];
    expect(first.stdout).toContain(`next: tutti resume ${runId} --limit cost=1.20USD`);
    expect((await project.call(["show", "@last"])).stdout).toContain("  budget: $0.40 of $1.00 left\n");
    const again = await project.call(["resume", "@last"]);
    expect(again).toMatchObject({ status: 1, stdout: expect.stringContaining("$0.60 of $1.00") as string });
    const raised = await project.call(["resume", "@last", "--limit", "cost=2USD"]);
    expect(raised).toMatchObject({ status: 0, stdout: expect.stringContaining("cost $0.90") as string });
  });

  it("ends the run degraded, with what it has, where the workflow says so", async () => {
    const project = new Project({
      "w.yaml": workflow("{ agents: 1, on_limit: degrade }", task("a", 0), task("b", 0)),
    });
    const ended = await project.call(["run", "w.yaml", "--agent", "mock"]);
    expect(ended.status).toBe(5);
    expect(ended.stdout).toContain("the cap on agents is used up (1 of 1)");
  });

  it("is only told in an audit", async () => {
    const project = new Project({
      "w.yaml": workflow("{ cost: 1 USD }", task("a", 0.6), task("b", 0.6)),
      "mock.yaml": script({ a: 0.9, b: 0.3 }),
    });
    const ended = await project.call(["run", "w.yaml", "--mock", "mock.yaml", "--budget", "audit"]);
    expect(ended.status).toBe(0);
    expect(ended.stderr).toContain("it is only told");
    expect(ended.stdout).toContain("but the cap on cost was passed ($1.20 of $1.00)");
    expect((await project.call(["show", "@last"])).stdout).toContain("caps are only told");
  });

  it("of a step fails that step, and its error strategy decides", async () => {
    const limited = task("a", 0.4, ", limits: { cost: 0.5 }, retry: 3, error_strategy: continue_on_failure");
    const project = new Project({
      "w.yaml": workflow("{}", limited, task("b", 0.1)),
      "mock.yaml": "rules:\n  - { step: a, cost: 0.3, fail: { class: transient, message: no luck } }\n",
    });
    const ended = await project.call(["run", "w.yaml", "--mock", "mock.yaml"]);
    expect(ended.status).toBe(5);
    expect(ended.stdout).toContain(
      'LIMIT_REACHED: Cannot ask the agent for this step: the cap on cost of "a"',
    );
    expect((await project.call(["show", "@last"])).stdout).toContain("caps of a: $0.30 of $0.50 used");
  });
});

describe("a cap on tokens", () => {
  it("stops the run before the call that would pass it, by what such a call took before", async () => {
    const project = new Project({
      "w.yaml": "name: w\nchain:\n  - { name: a, command: /task }\n  - { name: b, command: /task }\n",
      "mock.yaml": "rules:\n  - { tokens: { input: 500, output: 100 } }\n",
    });
    const run = ["run", "w.yaml", "--mock", "mock.yaml", "--agent", "mock"];
    expect(await project.call(run)).toMatchObject({ status: 0 });
    const ended = await project.call([...run, "--limit", "tokens=1000"]);
    expect(ended.status).toBe(1);
    expect(ended.stdout).toContain("600 of 1000 are used, the next call will probably take 600");
    expect(ended.stdout).toContain("· 600 tokens · 1 agent attempt");
  });
});

describe("a cap on the day", () => {
  const day = { "tutti.yaml": "limits: { day: 1 USD }\n" };

  it("holds over all runs, and a run that it stopped goes on with a higher one", async () => {
    const project = new Project({
      ...day,
      "w.yaml": workflow("{}", task("a", 0.6)),
      "mock.yaml": script({ a: 0.6 }),
    });
    const run = ["run", "w.yaml", "--mock", "mock.yaml"];
    expect(await project.call(run)).toMatchObject({ status: 0 });
    const second = await project.call(run);
    expect(second.status).toBe(1);
    expect(second.stderr).toContain("day would be passed: $0.60 of $1.00");
    expect(await project.call(["resume", "@last"])).toMatchObject({ status: 1 });
    expect(await project.call(["resume", "@last", "--limit", "day=2USD"])).toMatchObject({ status: 0 });
    const { values } = await project.json(["budget"]);
    expect(values).toMatchObject([{ capUsd: 1, leftUsd: 1, rehearsed: { attempts: 2, spentUsd: 1.2 } }]);
  });

  it("is waited for while another process holds what it may not need; what a killed one held is spent", async () => {
    const project = new Project({
      ...day,
      "slow.yaml": workflow("{}", task("a", 0.6)),
      "slow-mock.yaml": script({ a: 0.6 }, ", delay: 10m"),
      "w.yaml": workflow("{}", task("a", 0.6)),
      "mock.yaml": script({ a: 0.5 }),
    });
    const slow = project.begin(["run", "slow.yaml", "--mock", "slow-mock.yaml"]);
    await slow.until("started    a");
    const waiting = project.begin(["run", "w.yaml", "--mock", "mock.yaml"]);
    await waiting.until("started    a");
    const why = async () => (await project.call(["why", "@last"])).stdout;
    await vi.waitUntil(async () => (await why()).includes("what others hold of the day's cap of $1.00"), {
      timeout: 20_000,
    });
    const [held] = (await project.json(["budget"])).values as [{ rehearsed: { runs: { runId: string }[] } }];
    const holder = held.rehearsed.runs[0]?.runId ?? "";
    expect((await project.call(["budget"])).stdout).toContain(`$0.60 held by run ${holder}`);
    slow.child.kill("SIGKILL");
    await slow.ended;
    expect(await waiting.ended).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("day would be passed: $0.60 of $1.00") as string,
    });
    const { stdout } = await project.call(["budget"]);
    expect(stdout).toContain("about $0.60 for 1 price that nobody told");
    const raised = ["resume", "@last", "--limit", "day=2USD"];
    expect(await project.call(raised)).toMatchObject({ status: 0 });
    const { values } = await project.json(["budget"]);
    expect(values).toMatchObject([
      { rehearsed: { attempts: 2, spentUsd: 0.5, presumedUsd: 0.6, heldUsd: 0 } },
    ]);
  });

  it("is shown for any day, and says what is none", async () => {
    const project = new Project(day);
    const { stdout } = await project.call(["budget", "--day", "2026-01-02"]);
    expect(stdout).toBe("2026-01-02 (UTC) · no agent was asked\n  $1.00 of $1.00 left\n");
    const wrong = await project.call(["budget", "--day", "2026-02-30"]);
    expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining("it is no day") as string });
  });
});
