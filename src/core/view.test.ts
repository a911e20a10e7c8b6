import { describe, expect, it } from "vitest";
import { usd } from "../testing/budget-run.ts";
import { beginning, CoreRun, parallelOf } from "../testing/core-run.ts";
import { nothingSpent } from "./child-record.ts";
import { stepOf, workflowWith } from "../testing/holders.ts";
import { viewOf } from "./view.ts";

describe("a run as it is shown", () => {
  it("lists its nodes in plan order with their depth, and counts steps and waits", () => {
    const run = new CoreRun(
      parallelOf(
        [
          { name: "a", run: "make it" },
          { name: "c", command: "/task", params: "all" },
          { name: "bare", command: "/task" },
          { name: "p", agent: "mock", prompt: "hi" },
          { name: "h", http: { method: "GET", url: "http://localhost/" } },
          { name: "fn", function: "work" },
          { name: "g", steps: [{ name: "x", run: "true" }] },
          { name: "w", wait: "1m" },
          { name: "s", wait: { signal: "go" } },
          { name: "f", run: "true" },
        ],
        { limits: { parallel: 3 }, chain: { error_strategy: { fallback: "f" } } },
      ),
    );
    const view = viewOf(run.state);
    expect(view.nodes.map(({ address, depth, kind, title }) => [address, depth, kind, title])).toEqual([
      ["a", 0, "step", "make it"],
      ["c", 0, "step", "/task all"],
      ["bare", 0, "step", "/task"],
      ["p", 0, "step", "hi"],
      ["h", 0, "step", "GET http://localhost/"],
      ["fn", 0, "step", "work()"],
      ["g", 0, "group", "1 step"],
      ["g/x", 1, "step", "true"],
      ["w", 0, "wait", "duration"],
      ["s", 0, "wait", "signal go"],
    ]);
    expect(view.counts).toMatchObject({ total: 9, running: 3, verified: 0, reused: 0 });
    expect(view).toMatchObject({ id: "r1", name: "test", status: "executing", createdAt: beginning });
    expect(view).not.toHaveProperty("reason");
  });

  it("says what came of each node", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "a", command: "/task", gates: [{ check: "a.output == 1" }] },
        { name: "b", agent: "mock", prompt: "hi", retry: { max: 1, on: ["failure"] } },
      ]),
    );
    run.now += 10;
    run.ok("a", {
      output: 1,
      exitCode: 0,
      cached: true,
      changedFiles: ["x"],
      artifacts: { stdout: "sha256:1" },
      usage: { costUsd: null, inputTokens: 0, outputTokens: 0 },
    });
    run.fail("b", { class: "failure" });
    expect(viewOf(run.state).nodes).toMatchObject([
      {
        status: "verified",
        attempt: 1,
        startedAt: beginning,
        endedAt: beginning + 10,
        costUsd: null,
        cached: true,
        reused: false,
        output: 1,
        exitCode: 0,
        changedFiles: ["x"],
        artifacts: { stdout: "sha256:1" },
        gates: [{ name: "a.output == 1", when: "after", level: "blocking", attempt: 1, passed: true }],
      },
      { status: "retrying", failure: { message: "it broke" }, dueAt: run.dueAt("retrying:b"), cached: false },
    ]);
    expect(viewOf(run.state).ledger.cached).toBe(1);
  });

  it("says what is known of a cost that is not known as a whole", () => {
    const run = new CoreRun(parallelOf([{ name: "a", agent: "mock", prompt: "hi" }]));
    run.ok("a", { usage: { costUsd: 0.25, inputTokens: 1, outputTokens: 1, atLeast: true } });
    expect(viewOf(run.state).nodes[0]).toMatchObject({ costUsd: null, knownUsd: 0.25 });
  });

  it("says what of its cost no node has: that of earlier lives whose results are not used again", () => {
    const steps = [
      { name: "a", prompt: "hi" },
      { name: "b", prompt: "ho" },
    ];
    const run = new CoreRun(parallelOf(steps, { agent: "mock" }));
    run.ok("a", usd(0.5));
    run.fail("b", {}, usd(0.25));
    const costs = () => {
      const { ledger, elsewhereUsd = 0, nodes } = viewOf(run.state);
      return [ledger.costUsd, elsewhereUsd, nodes.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0)];
    };
    expect(costs()).toEqual([0.75, 0, 0.75]);
    run.give({ type: "restart" });
    run.ok("b", usd(0.125));
    expect(costs()).toEqual([0.875, 0.25, 0.625]);
  });

  it("tells how long a run of its own worked for a node, while this one was not driven too", () => {
    const run = new CoreRun(parallelOf([{ name: "a", run: "true" }]));
    run.now += 5000;
    run.give({ type: "recover", aliveAt: beginning + 100 });
    const spent = nothingSpent;
    run.ok("a", { child: { id: "r1.1", status: "completed", spent, activeMs: 3000 } });
    expect(viewOf(run.state).nodes[0]).toMatchObject({ durationMs: 3000, downMs: 2000 });
  });

  it("tells how long a node worked: without the time in which no process drove the run, but for a wait", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "g", steps: [{ name: "a", run: "true", expect: "1h" }] },
        { name: "w", wait: "1h" },
        { name: "later", run: "true", depends_on: ["g"] },
      ]),
    );
    run.now += 100;
    run.give({ type: "signal", name: "noise", payload: 1 });
    run.now += 5000;
    // as it was recovered by a process that knows when the last one was seen alive
    run.give({ type: "recover", aliveAt: beginning + 130 });
    const times = (address: string) => {
      const found = viewOf(run.state).nodes.find((node) => node.address === address);
      return [found?.durationMs, found?.downMs];
    };
    expect(times("g/a")).toEqual([130, 4970]);
    expect(times("w")).toEqual([5100, undefined]);
    expect(times("later")).toEqual([undefined, undefined]);
    run.now += 20;
    run.ok("g/a");
    expect(times("g/a")).toEqual([150, 4970]);
    expect(times("g")).toEqual([150, 4970]);
    run.now += 1;
    run.ok("later");
    expect(times("later")).toEqual([1, undefined]);
    run.fire("waiting:w");
    expect(times("w")).toEqual([3_600_000, undefined]);
    run.give({ type: "restart", from: "later" });
    expect(times("g/a")).toEqual([150, 4970]);
  });

  it("shows as not run what never will", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "a", run: "true" },
        { name: "b", run: "true", depends_on: ["a"] },
        {
          name: "g",
          steps: [
            { name: "x", run: "true" },
            { name: "y", run: "true" },
          ],
        },
        { name: "z", run: "true" },
      ]),
    );
    expect(viewOf(run.state).nodes.map(({ status }) => status)).toContain("pending");
    run.fail("g/x");
    expect(viewOf(run.state).nodes.find(({ address }) => address === "g/y")?.status).toBe("not-run");
    run.fail("a");
    run.ok("z");
    const view = viewOf(run.state);
    expect(view.nodes.map(({ address, status }) => `${address} ${status}`)).toEqual([
      "a failed",
      "b not-run",
      "g failed",
      "g/x failed",
      "g/y not-run",
      "z verified",
    ]);
    expect(view.reason).toContain("failed");
    expect(view.counts).toMatchObject({ failed: 2, verified: 1 });
  });

  it("shows a fallback once it is needed", () => {
    const run = new CoreRun(
      parallelOf(
        [
          { name: "a", run: "true" },
          { name: "f", run: "true" },
        ],
        {
          chain: { error_strategy: { fallback: "f" } },
        },
      ),
    );
    expect(viewOf(run.state).nodes.map(({ name }) => name)).toEqual(["a"]);
    run.fail("a");
    expect(viewOf(run.state).nodes.map(({ name }) => name)).toEqual(["a", "f"]);
    expect(viewOf(run.state).counts.total).toBe(2);
  });
});

it("a run that waits says what it waits for now, not what it began to wait for", () => {
  const ask = (name: string) =>
    stepOf(name, { kind: "ask", ask: "approval", text: name, by: [], quorum: 1, escalate: [] });
  const run = new CoreRun(workflowWith([ask("one"), ask("two")]));
  expect(viewOf(run.state).reason).toBe('an answer to "one"');
  run.give({ type: "answer", address: "one", value: true });
  expect(viewOf(run.state)).toMatchObject({ status: "waiting", reason: 'an answer to "two"' });
});
