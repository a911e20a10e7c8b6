import { describe, expect, it } from "vitest";
import type { AskAction } from "../language/asking.ts";
import { CoreRun, workflowOf } from "../testing/core-run.ts";
import { stepOf, workflowWith } from "../testing/holders.ts";
import type { Event } from "./events.ts";
import { findUnsound } from "./sound.ts";

const action: AskAction = {
  kind: "ask",
  ask: "approval",
  text: "Ship?",
  by: [],
  quorum: 1,
  escalate: [{ afterMs: 1000, notify: "terminal" }],
};

describe("a log in which people are asked is unsound when it", () => {
  const run = new CoreRun(workflowWith([stepOf("ship", action)]));
  const at = run.now;
  const asked = run.events.findIndex(({ type }) => type === "ask.started");
  const answered: Event = { type: "ask.answered", address: "ship", value: true, by: "ann", at };
  const brokenBy = (event: Event, place = run.events.length) =>
    findUnsound(run.events.toSpliced(place, 0, event)).map(({ rule }) => rule);
  const rule = "people are asked before they answer";

  it("has an answer to what was not asked", () => {
    expect(brokenBy(answered, asked)).toEqual([rule]);
    expect(brokenBy(answered)).toEqual([]);
  });

  it("asks twice", () => {
    expect(brokenBy({ type: "ask.started", address: "ship", text: "Ship?", at })).toEqual([rule]);
  });

  it("escalates past a level, or what is not asked", () => {
    const level = (number: number): Event => ({ type: "ask.escalated", address: "ship", level: number, at });
    expect(brokenBy(level(1))).toEqual([]);
    expect(brokenBy(level(2))).toEqual([rule]);
    expect(brokenBy(level(1), asked)).toEqual([rule]);
  });

  it("tells a level that is not owed", () => {
    const told: Event = { type: "ask.told", address: "ship", level: 1, at };
    const escalated: Event = { type: "ask.escalated", address: "ship", level: 1, notify: "terminal", at };
    expect(brokenBy(told)).toEqual([rule]);
    expect(findUnsound([...run.events, escalated, told])).toEqual([]);
    expect(findUnsound([...run.events, escalated, told, told]).map((one) => one.rule)).toEqual([rule]);
  });

  it("asks about a call that no agent stopped before, or goes on with one that nobody was asked about", () => {
    const calls = new CoreRun(
      workflowOf({ name: "x", chain: [{ name: "a", prompt: "do it", permissions: "ask" }] }),
    );
    const place = { address: "a", attempt: 1, at: calls.now } as const;
    const question: Event = { type: "ask.started", text: "May it?", call: "t1", ...place };
    const decided = { id: "t1", allow: true, effect: "a@0.1" };
    const going: Event = { type: "retry.scheduled", dueAt: 0, because: "decided", decided, ...place };
    expect(findUnsound([...calls.events, question]).map((one) => one.rule)).toEqual([rule]);
    const deferred = { id: "t1", tool: "Bash", input: {} };
    const failure = { code: "AGENT_DENIED", class: "failure", message: "it stopped" } as const;
    const stopped: Event = { type: "attempt.ended", outcome: { ok: false, failure, deferred }, ...place };
    expect(findUnsound([...calls.events, stopped, question, going])).toEqual([]);
    expect(findUnsound([...calls.events, stopped, going]).map((one) => one.rule)).toEqual([rule]);
  });
});
