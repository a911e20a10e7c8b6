import { expect, it } from "vitest";
import { beginning, CoreRun, parallelOf, workflowOf } from "../testing/core-run.ts";
import { viewOf } from "./view.ts";
import { explain } from "./why.ts";

const asks = ["one", "two", "three"].map((name) => ({ name, approval: `${name}?` }));

it("a run that several people are asked in names the first and how many there are besides", () => {
  const run = new CoreRun(workflowOf({ chain: [{ name: "all", parallel: true, steps: asks }] }));
  expect(viewOf(run.state).reason).toBe('an answer to "all/one", and 2 more: tutti asks r1');
  run.give({ type: "answer", address: "all/one", value: true, by: "ann" });
  expect(viewOf(run.state).reason).toBe('an answer to "all/two", and 1 more: tutti asks r1');
  run.give({ type: "answer", address: "all/two", value: true, by: "ann" });
  expect(viewOf(run.state).reason).toBe('an answer to "all/three"');
});

it("a run that waits for a time and for people names the people", () => {
  const steps = [{ name: "pause", wait: "1h" }, ...asks.slice(0, 1)];
  const run = new CoreRun(workflowOf({ chain: [{ name: "all", parallel: true, steps }] }));
  expect(viewOf(run.state).reason).toBe('an answer to "all/one"');
});

const trouble = { code: "AGENT_FAILED", class: "transient", message: "API Error: 500" } as const;

/** A provider that serves again later has refused a step that is not needed any more. */
function besideQuota(rest: object): CoreRun {
  const race = {
    name: "race",
    parallel: { join: "any" },
    steps: [
      { name: "h", http: "https://x.test", retry: 1 },
      { name: "x", run: "x" },
    ],
  };
  const run = new CoreRun(parallelOf([{ name: "a", run: "a", ...rest }, race]));
  run.fail("race/h", { class: "quota", resetAt: beginning + 90_000 });
  run.ok("race/x");
  return run;
}

it("a run that only pauses between two attempts says so, with the time and the trouble, also while a quota is used up", () => {
  const run = besideQuota({ retry: 2 });
  run.fail("a", trouble);
  const text = `at {time:${run.node("a").dueAt}}: API Error: 500`;
  expect(viewOf(run.state)).toMatchObject({ status: "waiting", reason: `the next attempt of "a" ${text}` });
  expect(explain(run.state)).toContainEqual({ address: "a", waitsFor: `its next attempt ${text}` });
  run.crash();
  expect(viewOf(run.state).reason).toBe(`the next attempt of "a" ${text}`);
});

it("a pause before a gate is judged again is told in the same way, and one after a gate that did not hold", () => {
  const run = besideQuota({ gates: [{ judge: { criteria: ["good"] }, name: "good" }] });
  run.ok("a");
  run.fail("a", trouble);
  const text = `to be judged at {time:${run.node("a").dueAt}}: API Error: 500`;
  expect(viewOf(run.state).reason).toBe(`gate "good" of "a" ${text}`);
  expect(explain(run.state)).toContainEqual({ address: "a", waitsFor: `its gate "good" ${text}` });
  const again = besideQuota({ gates: [{ run: "test", retry: 1 }] });
  again.ok("a");
  again.fail("a");
  expect(viewOf(again.state).reason).toMatch(/^the next attempt of "a" at .*: a gate did not hold$/);
});

it("what waits longer is told before a pause", () => {
  const steps = ["a", "b"].map((name) => ({ name, run: name, retry: 2 }));
  const run = new CoreRun(parallelOf(steps));
  run.fail("a", trouble);
  run.fail("b", { ...trouble, breaker: "agent one", resetAt: beginning + 300_000 });
  expect(viewOf(run.state).reason).toBe('the circuit breaker of "agent one"');
  const other = new CoreRun(parallelOf([...steps, { name: "h", http: "https://x.test", retry: 1 }]));
  other.fail("a", trouble);
  other.ok("b");
  other.fail("h", { class: "quota", resetAt: beginning + 90_000 });
  expect(viewOf(other.state).reason).toBe("the provider's quota");
});
