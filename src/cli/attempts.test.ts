import { describe, expect, it } from "vitest";
import type { Event } from "../core/events.ts";
import { attemptsOf } from "./attempts.ts";

const address = "a";
const request = { kind: "run", shell: { line: "make", values: {} } } as const;
const started = (attempt: number, at: number): Event => ({
  type: "attempt.started",
  at,
  address,
  attempt,
  request,
});
const failure = { code: "COMMAND_FAILED", message: "it broke", class: "failure" } as const;
const gate = { index: 0, name: "tests", level: "blocking" } as const;

describe("the attempts of a step", () => {
  it("are each told with the agent that did it", () => {
    const asked = { kind: "agent", prompt: "do it" } as const;
    const by = (attempt: number, agent: string): Event => ({
      type: "attempt.started",
      at: attempt,
      address,
      attempt,
      request: { ...asked, agent },
    });
    expect(attemptsOf([by(1, "claude-code"), by(2, "mock")], address)).toMatchObject([
      { attempt: 1, agent: "claude-code" },
      { attempt: 2, agent: "mock" },
    ]);
    expect(attemptsOf([started(1, 10)], address)[0]).not.toHaveProperty("agent");
  });

  it("are each told with what its agent cost, where one was asked", () => {
    const ended = (attempt: number, costUsd: number | null): Event => ({
      type: "attempt.ended",
      at: attempt,
      address,
      attempt,
      outcome: { ok: true, usage: { costUsd, inputTokens: 1, outputTokens: 1 } },
    });
    const free: Event = { type: "attempt.ended", at: 3, address, attempt: 3, outcome: { ok: true } };
    const events = [started(1, 1), ended(1, 0.5), started(2, 2), ended(2, null), started(3, 3), free];
    expect(attemptsOf(events, address).map(({ costUsd }) => costUsd)).toEqual([0.5, null, undefined]);
  });

  it("are all there, each with its failure or gate results", () => {
    const events: readonly Event[] = [
      {
        type: "gate.ended",
        at: 0,
        address,
        attempt: 0,
        gate: { ...gate, when: "before" },
        passed: true,
        evidence: {},
      },
      started(1, 10),
      { type: "attempt.ended", at: 20, address, attempt: 1, outcome: { ok: false, failure } },
      started(2, 30),
      { type: "attempt.started", at: 35, address: "other", attempt: 1, request },
      { type: "attempt.ended", at: 40, address, attempt: 2, outcome: { ok: true, cached: true } },
      {
        type: "gate.ended",
        at: 50,
        address,
        attempt: 2,
        gate: { ...gate, when: "after" },
        passed: false,
        evidence: { exit_code: 1 },
      },
    ];
    expect(attemptsOf(events, address)).toEqual([
      {
        attempt: 1,
        request: "make",
        startedAt: 10,
        endedAt: 20,
        end: "failed",
        failure,
        interruptions: 0,
        earlier: false,
        gates: [],
      },
      {
        attempt: 2,
        request: "make",
        startedAt: 30,
        endedAt: 40,
        end: "ok",
        cached: true,
        interruptions: 0,
        earlier: false,
        gates: [{ name: "tests", passed: false, evidence: { exit_code: 1 } }],
      },
    ]);
  });

  it("tell of interruptions, and of earlier lives of the run", () => {
    const events: readonly Event[] = [
      started(1, 10),
      { type: "attempt.interrupted", at: 20, address, attempt: 1, then: "rerun" },
      { type: "attempt.ended", at: 30, address, attempt: 1, outcome: { ok: true } },
      { type: "run.restarted", at: 40, reason: "asked", drop: [address] },
      started(1, 50),
      { type: "attempt.interrupted", at: 60, address, attempt: 1, then: "ask" },
    ];
    expect(attemptsOf(events, address)).toMatchObject([
      { attempt: 1, end: "ok", interruptions: 1, earlier: true },
      { attempt: 1, end: "interrupted", endedAt: 60, interruptions: 1, earlier: false },
    ]);
  });

  it("leave the time out in which no process drove the run", () => {
    const recovered = (at: number, aliveAt?: number): Event => ({
      type: "run.recovered",
      at,
      ...(aliveAt === undefined ? {} : { aliveAt }),
    });
    const interrupted: Event = { type: "attempt.interrupted", at: 1000, address, attempt: 1, then: "rerun" };
    const ended: Event = { type: "attempt.ended", at: 2050, address, attempt: 1, outcome: { ok: true } };
    const events = [recovered(5), started(1, 10), recovered(1000, 40), interrupted, recovered(2000), ended];
    expect(attemptsOf([...events, recovered(3000)], address)).toMatchObject([
      { startedAt: 10, endedAt: 2050, downMs: 960 + 1000 },
    ]);
  });
});
