import { describe, expect, it } from "vitest";
import type { Event } from "../../core/events.ts";
import type { LiveNews } from "./live-run.ts";
import { PlainLog, showPlain } from "./plain.ts";

const at = new Date(2026, 10, 20, 19, 47, 2).getTime();
const later = at + 3200;

const linesOf = (...events: readonly Event[]) => {
  const log = new PlainLog();
  return events.flatMap((event) => log.linesOf(event));
};

const request = { kind: "run", shell: { line: "npm test\n&& echo \u001b[2Jdone", values: {} } } as const;
const started = (attempt: number, when = at): Event => ({
  type: "attempt.started",
  at: when,
  address: "test",
  attempt,
  request,
});
const ended = (costUsd: number | null): Event => ({
  type: "attempt.ended",
  at: later,
  address: "test",
  attempt: 1,
  outcome: { ok: true, usage: { costUsd, inputTokens: 1, outputTokens: 1 } },
});

describe("plain lines", () => {
  it("say what made another agent take over", () => {
    const failure = { code: "IDLE", message: "it printed\nnothing", class: "timeout" } as const;
    const failed: Event = {
      type: "attempt.ended",
      at: later,
      address: "test",
      attempt: 1,
      outcome: { ok: false, failure },
    };
    const again: Event = {
      type: "retry.scheduled",
      at: later,
      address: "test",
      attempt: 1,
      dueAt: later,
      because: "failover",
      agent: "mock",
    };
    expect(linesOf(failed, again)).toEqual([
      "19:47:05 retry      test attempt 2 at 19:47:05: failover to mock (IDLE: it printed nothing)",
    ]);
    expect(linesOf(again)).toEqual(["19:47:05 retry      test attempt 2 at 19:47:05: failover to mock"]);
  });

  it("tell which agent judges in the place of another, and why", () => {
    const gate = { when: "after", index: 0, name: "good", level: "blocking" } as const;
    const failure = { code: "QUOTA", message: "used up", class: "quota" } as const;
    const queued = { type: "gate.queued", at: later, address: "test", attempt: 1, gate } as const;
    expect(linesOf({ ...queued, again: { because: "quota", failure, agent: "mock" } })).toEqual([
      '19:47:05 retry      test "good": failover to mock (QUOTA: used up)',
    ]);
    expect(linesOf({ ...queued, again: { because: "quota", failure } }, queued)).toEqual([]);
  });

  it("say what starts and how it ends, with time and cost", () => {
    const end: Event = { type: "node.ended", at: later, address: "test", end: "verified" };
    expect(linesOf(started(1), ended(0.12), end)).toEqual([
      "19:47:02 started    test: npm test && echo done",
      "19:47:05 verified   test in 3.2s, $0.12",
    ]);
    expect(linesOf(started(1), ended(0.1), ended(null), end)[1]).toBe(
      "19:47:05 verified   test in 3.2s, ≥ $0.10",
    );
    expect(linesOf(started(1), ended(null), end)[1]).toBe("19:47:05 verified   test in 3.2s, cost unknown");
    expect(linesOf(end)).toEqual(["19:47:05 verified   test"]);
  });

  it("count what agents cost that judged, also those that were asked in vain", () => {
    const usage = { costUsd: 0.1, inputTokens: 1, outputTokens: 1 };
    const gate = { when: "after", index: 0, name: "good", level: "blocking" } as const;
    const judged = { at: later, address: "test", attempt: 1, gate } as const;
    const vain: Event = { type: "gate.queued", ...judged, again: { because: "transient", usage } };
    const verdict: Event = { type: "gate.ended", ...judged, passed: true, evidence: {}, usage };
    const end: Event = { type: "node.ended", at: later, address: "test", end: "verified" };
    expect(linesOf(started(1), ended(0.1), vain, verdict, end)).toEqual([
      "19:47:02 started    test: npm test && echo done",
      "19:47:05 verified   test in 3.2s, $0.30",
    ]);
  });

  it("say why something failed, and who takes over", () => {
    const failure = { code: "TIMEOUT", message: "Cannot finish:\nlate", class: "timeout" } as const;
    const end = { type: "node.ended", at: later, address: "test", end: "failed", failure } as const;
    const covered = { ...end, tolerated: { fallback: "mend" } };
    const late = { ...covered, address: "late", tolerated: { fallback: "other" } };
    expect(
      linesOf({ ...end, tolerated: "continue" }, covered, end, late).map((line) => line.slice(20)),
    ).toEqual([
      "test: TIMEOUT: Cannot finish: late (tolerated: the run goes on)",
      'test: TIMEOUT: Cannot finish: late (tolerated: "mend" takes over)',
      "test: TIMEOUT: Cannot finish: late",
      'late: TIMEOUT: Cannot finish: late ("other" is not begun any more: what is around it has stopped)',
    ]);
    expect(
      linesOf({ type: "node.ended", at, address: "x", end: "skipped", reason: "when is false" }),
    ).toEqual(["19:47:02 skipped    x: when is false"]);
  });

  it("say when and why it is tried again", () => {
    const retry: Event = {
      type: "retry.scheduled",
      at,
      address: "test",
      attempt: 1,
      dueAt: later,
      because: "transient",
    };
    expect(linesOf(retry, started(2, later))).toEqual([
      "19:47:02 retry      test attempt 2 at 19:47:05: transient",
      "19:47:05 started    test attempt 2: npm test && echo done",
    ]);
  });

  it("say of an answer that the run is taken up, and only of a process that ended that it recovers", () => {
    const status = { type: "run.status", at, from: "waiting", to: "recovering" } as const;
    expect(
      linesOf(
        { ...status, reason: "taken up again" },
        { ...status, reason: "the process that drove it ended" },
        status,
      ).map((line) => line.slice(9)),
    ).toEqual([
      "run        taken up again",
      "run        recovering: the process that drove it ended",
      "run        recovering",
    ]);
  });

  it("name gates that did not hold, and only those", () => {
    const gate = { when: "after", index: 0, name: "cov", level: "blocking" } as const;
    const event = { type: "gate.ended", at, address: "test", attempt: 1, gate, passed: false } as const;
    expect(
      linesOf(
        { ...event, evidence: { exit_code: 2 } },
        { ...event, evidence: {} },
        { ...event, evidence: { summary: "lines: 5 %\nwanted 80 %" } },
        { ...event, passed: true, evidence: {} },
      ),
    ).toEqual([
      '19:47:02 gate       test "cov" did not hold (blocking, exit status 2)',
      '19:47:02 gate       test "cov" did not hold (blocking)',
      '19:47:02 gate       test "cov" did not hold (blocking): lines: 5 % wanted 80 %',
    ]);
  });

  it("tell of limits, waits, interruptions, reuse and what the run was asked", () => {
    const lines = linesOf(
      { type: "run.status", at, from: "executing", to: "waiting", reason: 'signal "go"' },
      { type: "run.status", at, from: "executing", to: "waiting", reason: `a try at {time:${later}}` },
      { type: "run.restarted", at, reason: "asked", drop: [] },
      { type: "run.stopped", at, reason: "Ctrl-C" },
      { type: "run.control", at, verb: "pause", by: "me", reason: "lunch" },
      { type: "limit.reached", at, limit: "costUsd", used: 10.2, cap: 10 },
      { type: "limit.reached", at, limit: "timeMs", used: 7_200_000, cap: 3_600_000 },
      { type: "limit.reached", at, limit: "agents", used: 50, cap: 50 },
      { type: "signal.received", at, name: "go", payload: true, by: "you" },
      { type: "wait.started", at, address: "w", signal: "go", dueAt: later },
      { type: "wait.started", at, address: "w" },
      { type: "attempt.interrupted", at, address: "a", attempt: 1, then: "ask" },
      { type: "result.reused", at, address: "r" },
      { type: "block.opened", at, address: "g" },
      { type: "block.opened", at, address: "" },
      { type: "timer.fired", at, timer: "x" },
    );
    expect(lines.map((line) => line.slice(9))).toEqual([
      'run        waiting: signal "go"',
      "run        waiting: a try at 2026-11-20 19:47:05",
      "run        goes on: asked",
      "run        stopped: Ctrl-C",
      "asked      to pause by me: lunch",
      "limit      cost is used up: $10.20 of $10.00",
      "limit      time is used up: 2h 00m of 1h 00m",
      "limit      agents is used up: 50 of 50",
      "signal     go by you",
      'waiting    w for signal "go" until 2026-11-20 19:47:05',
      "waiting    w",
      "interrupted a: waits for an answer",
      "reused     r",
      "started    g",
    ]);
  });

  it("count the time of a wait from when it began", () => {
    const outcome = { ok: true, output: true };
    expect(
      linesOf(
        { type: "wait.started", at, address: "g/sg", signal: "go" },
        { type: "attempt.ended", at: later, address: "g/sg", attempt: 0, outcome },
        { type: "node.ended", at: later, address: "g/sg", end: "verified" },
      ).map((line) => line.slice(9)),
    ).toEqual(['waiting    g/sg for signal "go"', "verified   g/sg in 3.2s"]);
  });

  it("count the time of a wait that began before this process drove the run, but not in an earlier life", () => {
    const wait: Event = { type: "wait.started", at, address: "sg", signal: "go" };
    const over: Event = { type: "node.ended", at: later, address: "sg", end: "verified" };
    const again: Event = { type: "run.restarted", at: later, reason: "", drop: [] };
    const endAfter = (...earlier: readonly Event[]) => {
      const log = new PlainLog();
      log.recall(earlier);
      return log.linesOf(over).map((line) => line.slice(9));
    };
    expect(endAfter(wait)).toEqual(["verified   sg in 3.2s"]);
    expect(endAfter(wait, again)).toEqual(["verified   sg"]);
    expect(endAfter(wait, over)).toEqual(["verified   sg"]);
    expect(linesOf(wait, again, { ...wait, at: later }, over).at(-1)).toMatch(/verified {3}sg in 0s$/);
  });

  it("count the time of a step that was interrupted from when it runs again", () => {
    expect(
      linesOf(
        { type: "attempt.interrupted", at, address: "a", attempt: 2, then: "rerun" },
        { type: "node.ended", at: later, address: "a", end: "verified" },
      ).map((line) => line.slice(9)),
    ).toEqual(["interrupted a: runs again", "verified   a in 3.2s"]);
  });

  it("say which results come from the cache", () => {
    const cached: Event = {
      type: "attempt.ended",
      at: later,
      address: "test",
      attempt: 1,
      outcome: { ok: true, cached: true, usage: { costUsd: 0, inputTokens: 0, outputTokens: 0 } },
    };
    const end: Event = { type: "node.ended", at: later, address: "test", end: "verified" };
    expect(linesOf(started(1), cached, end)[1]).toBe("19:47:05 verified   test in 3.2s, from the cache");
  });
});

describe("showPlain", () => {
  const runOf = () => {
    const listeners = new Set<(news: LiveNews) => void>();
    return {
      on: (listener: (news: LiveNews) => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      tell: (news: LiveNews) => listeners.forEach((listener) => listener(news)),
    };
  };
  const end: Event = { type: "node.ended", at: later, address: "test", end: "claimed" };

  it("prints events as they come and nothing else, until it is ended", () => {
    const lines: string[] = [];
    const run = runOf();
    const stop = showPlain(run, (line) => lines.push(line));
    expect(lines).toEqual([]);
    run.tell({ kind: "events", events: [started(1), end] });
    run.tell({ kind: "line", line: { address: "test", attempt: 1, line: "printed", stream: "stdout" } });
    stop();
    run.tell({ kind: "events", events: [started(2)] });
    expect(lines).toEqual([
      "19:47:02 started    test: npm test && echo done",
      "19:47:05 claimed    test in 3.2s",
    ]);
  });

  it("goes on from a log that has heard the beginning", () => {
    const lines: string[] = [];
    const run = runOf();
    const log = new PlainLog();
    log.linesOf(started(1));
    showPlain(run, (line) => lines.push(line), log);
    run.tell({ kind: "events", events: [end] });
    expect(lines).toEqual(["19:47:05 claimed    test in 3.2s"]);
  });
});
