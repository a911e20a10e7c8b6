import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../expression/json.ts";
import { beginning, CoreRun, type CoreRunOptions, parallelOf } from "../../testing/core-run.ts";
import type { Failure } from "../outcome.ts";
import type { Request } from "../effects.ts";

function runOf(step: JsonObject, options: CoreRunOptions = {}): CoreRun {
  const whole: Json = {
    name: "a",
    prompt: "do it",
    agent: "one",
    fallback_agents: ["two", "three"],
    ...step,
  };
  // together, whatever it gains
  const chain = { parallel_where_possible: false };
  const group = { name: "g", parallel: "all", steps: [whole, { name: "z", run: "true" }] };
  return new CoreRun(parallelOf([group], { chain }), options);
}

function requestOf(run: CoreRun, address = "g/a"): Request {
  const work = run.work(address);
  if (work.type !== "perform") throw new Error("a gate");
  return work.request;
}

const unavailable: Partial<Failure> = { code: "AGENT_UNAVAILABLE", message: "it is not installed" };
const shut = (breaker: string): Partial<Failure> => ({
  code: "BREAKER_OPEN",
  message: "it is open",
  class: "transient",
  breaker,
  resetAt: beginning + 300_000,
});

describe("a backup agent", () => {
  it("takes over at once from one that is not there, with the same request and word of what happened", () => {
    const run = runOf({ model: "big" });
    expect(requestOf(run)).toEqual({
      kind: "agent",
      prompt: "do it",
      agent: "one",
      model: "big",
    });
    const events = run.fail("g/a", unavailable, { changedFiles: ["x.ts"] });
    expect(events).toContainEqual(
      expect.objectContaining({ type: "retry.scheduled", because: "failover", agent: "two", dueAt: run.now }),
    );
    run.fire("retrying:g/a");
    expect(requestOf(run)).toEqual({
      kind: "agent",
      prompt: "do it",
      agent: "two",
      feedback:
        'The agent "one" was given this before and could not do it: it is not installed. It changed: x.ts. Look at what is already done before you begin.',
    });
    run.ok("g/a");
    run.ok("g/z");
    expect(run.status).toBe("completed");
  });

  it("takes over when the breaker of the agent is open, without waiting, and the last one waits", () => {
    const run = runOf({});
    for (const agent of ["two", "three"]) {
      run.fail("g/a", shut(`agent ${agent}`));
      run.fire("retrying:g/a");
      expect(requestOf(run)).toMatchObject({ agent });
    }
    expect(run.now).toBe(beginning);
    run.fail("g/a", shut("failure f"));
    expect(run.dueAt("retrying:g/a")).toBe(beginning + 300_000);
  });

  it("takes over when the retries of an agent that is out of order are used up, and has its own", () => {
    const run = runOf({ retry: 1 });
    const down: Partial<Failure> = { code: "AGENT_FAILED", class: "transient", message: "API Error: 500" };
    run.fail("g/a", down);
    run.fire("retrying:g/a");
    expect(requestOf(run)).toMatchObject({ agent: "one" });
    run.fail("g/a", down);
    run.fire("retrying:g/a");
    expect(requestOf(run)).toMatchObject({ agent: "two" });
    run.fail("g/a", down);
    run.fire("retrying:g/a");
    expect(requestOf(run)).toMatchObject({ agent: "two" });
  });

  it("is not asked when the work itself failed, or its command is the trouble", () => {
    const failed = runOf({});
    failed.fail("g/a", { code: "AGENT_FAILED", class: "failure", message: "I could not: ECONNREFUSED" });
    expect(failed.ends["g/a"]).toBe("failed");
    const run = runOf({});
    run.fail("g/a", shut("command /fix"));
    expect(run.dueAt("retrying:g/a")).toBe(beginning + 300_000);
  });

  it("is none of a step without an agent, and none where all have had their turn", () => {
    const run = runOf({ fallback_agents: ["one", "two"] });
    run.fail("g/z", { code: "HTTP_FAILED", message: "status 500" });
    expect(run.ends["g/z"]).toBe("failed");
    run.fail("g/a", unavailable);
    expect(run.ends["g/a"]).toBe("failed");
    const last = runOf({ fallback_agents: ["one", "two"] });
    last.fail("g/a", unavailable);
    last.fire("retrying:g/a");
    last.fail("g/a", unavailable);
    expect(last.ends["g/a"]).toBe("failed");
  });

  it("is not asked for a person who named the agent of this run", () => {
    const run = runOf({}, { overrides: { agent: "mock" } });
    run.fail("g/a", unavailable);
    expect(run.ends["g/a"]).toBe("failed");
  });

  it("is the workflow's where neither agent nor backups are the step's own", () => {
    const rest = { agent: "x", fallback_agents: ["y"] };
    const whole = new CoreRun(parallelOf([{ name: "a", command: "/fix" }], rest));
    whole.fail("a", { code: "AGENT_FAILED", message: "Invalid API key" });
    whole.fire("retrying:a");
    expect(requestOf(whole, "a")).toMatchObject({ kind: "command", agent: "y" });
    const own = new CoreRun(parallelOf([{ name: "a", command: "/fix", agent: "own" }], rest));
    own.fail("a", unavailable);
    expect(own.ends["a"]).toBe("failed");
  });

  it("keeps the feedback of a gate beside its own", () => {
    const run = runOf({ gates: [{ run: "npm test", name: "tests", retry: 1 }] });
    run.ok("g/a");
    run.fail("g/a");
    run.fire("retrying:g/a");
    run.fail("g/a", unavailable);
    run.fire("retrying:g/a");
    expect(requestOf(run)).toMatchObject({
      agent: "two",
      feedback: expect.stringMatching(/^The gate "tests" did not hold.*\nThe agent "one" was given/s),
    });
  });

  it("goes on where it was after a crash, and its result is used again after a restart", () => {
    const run = runOf({});
    run.fail("g/a", unavailable);
    run.crash();
    run.fire("retrying:g/a");
    expect(requestOf(run)).toMatchObject({ agent: "two" });
    run.crash();
    expect(requestOf(run)).toMatchObject({ agent: "two" });
    run.ok("g/a");
    run.fail("g/z");
    expect(run.status).toBe("failed");
    run.give({ type: "restart" });
    expect(run.node("g/a")).toMatchObject({ reused: true, end: "claimed" });
  });
});

describe("a step whose circuit breaker is open", () => {
  it("waits without using up retries, and the run says what for", () => {
    const run = runOf({ fallback_agents: [], retry: 1 });
    run.ok("g/z");
    for (let n = 0; n < 20; n += 1) {
      run.fail("g/a", { ...shut("agent one"), resetAt: run.now + 300_000 });
      expect(run.status).toBe("waiting");
      expect(run.state.reason).toBe('the circuit breaker of "agent one"');
      run.fire("retrying:g/a");
    }
    expect(run.now).toBe(beginning + 20 * 300_000);
    expect(run.node("g/a").retries).toBe(0);
    run.fail("g/a", { code: "AGENT_FAILED", class: "transient", message: "API Error: 500" });
    expect(run.status).toBe("executing");
    run.fire("retrying:g/a");
    run.ok("g/a");
    expect(run.status).toBe("completed");
  });

  it("does not keep the others from going on, and waits on after a crash", () => {
    const run = runOf({ fallback_agents: [] });
    run.fail("g/a", shut("agent one"));
    expect(run.status).toBe("executing");
    run.ok("g/z");
    run.crash();
    expect(run.status).toBe("waiting");
    run.fire("retrying:g/a");
    run.ok("g/a");
    expect(run.status).toBe("completed");
  });

  it("fails when it is not to be tried again for what passes", () => {
    const run = runOf({ fallback_agents: [], retry: { max: 1, on: ["quota"] } });
    run.fail("g/a", shut("agent one"));
    expect(run.node("g/a").failure).toMatchObject({ code: "BREAKER_OPEN" });
  });
});
