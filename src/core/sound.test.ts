import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { beginning, CoreRun, parallelOf } from "../testing/core-run.ts";
import type { Event } from "./events.ts";
import { findUnsound } from "./sound.ts";

const steps: Json[] = [
  { name: "a", run: "true" },
  { name: "b", run: "true", depends_on: ["a"] },
];

function rulesOf(events: readonly Event[]): readonly string[] {
  return findUnsound(events).map(({ index, rule }) => `${index}: ${rule}`);
}

function with_(run: CoreRun, ...more: readonly Event[]): readonly Event[] {
  return [...run.events, ...more];
}

const at = beginning;
const request = { kind: "function", function: "work", args: null } as const;

describe("a log that breaks a rule", () => {
  const run = new CoreRun(parallelOf(steps));
  const length = run.events.length;

  it("begins in the middle, or is empty", () => {
    expect(rulesOf(run.events.slice(1))).toEqual(["0: begins with run.created"]);
    expect(rulesOf([])).toEqual(["0: begins with run.created"]);
  });

  it("goes back in time", () => {
    expect(rulesOf(with_(run, { type: "run.recovered", at: at - 1 }))).toEqual([
      `${length}: times do not go back`,
    ]);
  });

  it("moves as no run may, or from where it is not", () => {
    const broken: Event = { type: "run.status", from: "executing", to: "completed", at };
    expect(rulesOf(with_(run, broken))).toEqual([
      `${length}: status moves are legal`,
      `${length}: status moves are legal`,
    ]);
    expect(rulesOf(with_(run, { type: "run.status", from: "paused", to: "waiting", at }))).toEqual([
      `${length}: status moves are legal`,
    ]);
  });

  it("names a node that is not there", () => {
    expect(rulesOf(with_(run, { type: "node.ended", address: "z", end: "failed", at }))).toEqual([
      `${length}: events name nodes that exist`,
    ]);
  });

  it("starts a step before its needs have ended", () => {
    const early: Event = { type: "attempt.started", address: "b", attempt: 1, request, at };
    expect(findUnsound(with_(run, early))).toMatchObject([
      { rule: "a step starts after its needs", message: '"b" started before a had ended' },
    ]);
  });

  it("ends an attempt twice, or before it started", () => {
    const ended: Event = { type: "attempt.ended", address: "a", attempt: 1, outcome: { ok: true }, at };
    expect(rulesOf(with_(run, ended, ended))).toEqual([
      `${length + 1}: an attempt ends once, after it started`,
    ]);
  });

  it("goes on with a node that has ended", () => {
    const ended: Event = { type: "node.ended", address: "a", end: "verified", at };
    expect(rulesOf(with_(run, ended, ended))).toEqual([`${length + 1}: a node ends once`]);
  });
});

describe("a sound log", () => {
  it("may start a fallback whatever it needs (as older workflows may say), and wait for signals", () => {
    const workflow = parallelOf(
      [
        { name: "w", wait: { signal: "go" } },
        { name: "x", run: "true" },
        { name: "y", run: "true" },
        { name: "f", run: "true" },
      ],
      { chain: { error_strategy: { fallback: "f" } } },
    );
    const steps = workflow.chain.steps.map((step) =>
      step.name === "f" ? { ...step, needs: [{ step: "w", because: "depends_on" as const }] } : step,
    );
    const run = new CoreRun({ ...workflow, chain: { ...workflow.chain, steps } });
    run.fail("x");
    run.ok("f");
    run.ok("y");
    run.give({ type: "signal", name: "go", payload: 1 });
    expect(run.status).toBe("degraded");
    expect(findUnsound(run.events)).toEqual([]);
  });
});
