import { describe, expect, it } from "vitest";
import type { SpendingPolicy } from "../core/effects.ts";
import type { Outcome, StageRecord } from "../core/outcome.ts";
import { TuttiError } from "../errors.ts";
import type { DayLedger } from "../ports/day-ledger.ts";
import type { WorkContext, WorkEffect } from "../ports/performer.ts";
import { createFakeClock } from "../runtimes/memory/fake-clock.ts";
import { createMemoryStore } from "../runtimes/memory/store.ts";
import { testPolicy } from "../testing/task-context.ts";
import { withinDays } from "./day-budget.ts";

const clock = createFakeClock();
const rehearsing = new Set(["mock"]);

function effectOf(spending?: SpendingPolicy, agent = "claude-code"): WorkEffect {
  return {
    type: "perform",
    id: "a@0.1",
    address: "a",
    attempt: 1,
    request: { kind: "command", command: "/task", arguments: "", agent },
    policy: { ...testPolicy, remainingUsd: 5, ...(spending ? { spending } : {}) },
  };
}

function contextOf(
  signal = new AbortController().signal,
  stage: WorkContext["stage"] = () => {},
): WorkContext {
  return { runId: "r1", runName: "w", seed: "s", signal, print: () => {}, stage };
}

function paid(costUsd: number | null): Outcome {
  return { ok: true, usage: { costUsd, inputTokens: 10, outputTokens: 5 } };
}

function setUp(
  answer: () => Outcome | Promise<Outcome>,
  ledger: DayLedger = createMemoryStore({ clock }).days,
) {
  const seen: WorkEffect[] = [];
  const perform = withinDays(
    async (effect) => {
      seen.push(effect);
      return answer();
    },
    { ledger, clock, rehearsing },
  );
  const day = new Date(clock.now()).toISOString().slice(0, 10);
  return {
    seen,
    ledger,
    entries: () => ledger.entries(day),
    ask: (spending?: SpendingPolicy, agent?: string) => perform(effectOf(spending, agent), contextOf()),
    perform,
  };
}

describe("the budget of the day", () => {
  it("books what an attempt did cost", async () => {
    const { ask, entries } = setUp(() => paid(0.3));
    expect(await ask({ predictedUsd: 0.5 })).toEqual(paid(0.3));
    expect(await entries()).toMatchObject([
      { what: "/task", agent: "claude-code", predictedUsd: 0.5, costUsd: 0.3, tokens: 15, rehearsal: false },
    ]);
  });

  it("does not begin what would pass the cap", async () => {
    const { ask, seen } = setUp(() => paid(0.8));
    await ask({ dayUsd: 1 });
    expect(await ask({ dayUsd: 1, predictedUsd: 0.5 })).toMatchObject({
      ok: false,
      asked: false,
      limit: { limit: "dayUsd", used: 0.8, cap: 1, predicted: 0.5 },
      failure: {
        code: "LIMIT_REACHED",
        message:
          "Cannot ask the agent: the cap on the day would be passed ($0.80 of $1.00 are used, the next call will probably cost $0.50)",
      },
    });
    await ask({ dayUsd: 1, predictedUsd: 0.2 });
    expect(await ask({ dayUsd: 1, predictedUsd: 0.2 })).toMatchObject({
      limit: { limit: "dayUsd", used: 1.6, cap: 1 },
    });
    expect(seen).toHaveLength(2);
  });

  it("gives the agent what is left of the day", async () => {
    const { ask, seen } = setUp(() => paid(0.8));
    await ask({ dayUsd: 2 });
    await ask({ dayUsd: 2 });
    await ask();
    expect(seen.map(({ policy }) => policy.remainingUsd)).toEqual([2, 1.2, 5]);
  });

  it("only tells where caps are only told", async () => {
    const { ask, seen } = setUp(() => paid(3));
    const passed = (used: number) => ({ ...paid(3), limit: { limit: "dayUsd", used, cap: 1 } });
    expect(await ask({ dayUsd: 1, audit: true })).toEqual(passed(3));
    expect(await ask({ dayUsd: 1, audit: true })).toEqual(passed(6));
    expect(seen.at(-1)?.policy.remainingUsd).toBe(5);
  });

  it("says that the cap was passed by what cost more than was predicted, and not of a cached result", async () => {
    const outcomes = [{ ...paid(1), cached: true } as const, paid(0.6), paid(0.6)];
    const { ask } = setUp(() => outcomes.shift() ?? paid(0));
    const next = async () => (await ask({ dayUsd: 1, predictedUsd: 0.2 })).limit;
    const passed = { limit: "dayUsd", used: 1.2, cap: 1 };
    expect([await next(), await next(), await next()]).toEqual([undefined, undefined, passed]);
  });

  it("takes back what was held for an agent that was not asked, and for what was cached", async () => {
    const outcomes: Outcome[] = [
      { ok: false, asked: false },
      { ok: true, cached: true },
    ];
    const { ask, entries } = setUp(() => outcomes.pop() ?? paid(1));
    await ask({ predictedUsd: 1, dayUsd: 1, audit: true });
    await ask({ predictedUsd: 1 });
    expect(await entries()).toEqual([]);
  });

  it("keeps what was held for an attempt that was stopped, or whose price nobody knows", async () => {
    const { ask, entries } = setUp(() => Promise.reject(new Error("stopped")));
    await expect(ask({ predictedUsd: 0.5 })).rejects.toThrow("stopped");
    expect(await entries()).toMatchObject([{ predictedUsd: 0.5, costUsd: null, state: "ended" }]);
    const unknown = setUp(() => ({ ok: true }));
    await unknown.ask({ predictedUsd: 0.5 });
    expect(await unknown.entries()).toMatchObject([{ predictedUsd: 0.5, costUsd: null, tokens: 0 }]);
  });

  it("counts what is only played by itself", async () => {
    const { ask } = setUp(() => paid(1));
    await ask({ dayUsd: 1 }, "mock");
    expect(await ask({ dayUsd: 1 })).toEqual(paid(1));
    expect(await ask({ dayUsd: 1 }, "mock")).toMatchObject({ asked: false });
  });

  it("is about agents only: prompts, commands and judges", async () => {
    const { perform, entries } = setUp(() => paid(1));
    const base = effectOf();
    const agent = "claude-code";
    await perform(
      {
        ...base,
        type: "perform",
        request: { kind: "run", shell: { line: "true", values: {} } },
      },
      contextOf(),
    );
    await perform({ ...base, request: { kind: "agent", prompt: "", agent } } as WorkEffect, contextOf());
    const gate = { when: "after", index: 0, name: "good", level: "blocking" };
    await perform(
      { ...base, type: "gate", gate, check: { kind: "judge", agent } } as unknown as WorkEffect,
      contextOf(),
    );
    await perform(
      { ...base, type: "gate", gate, check: { kind: "run" } } as unknown as WorkEffect,
      contextOf(),
    );
    expect((await entries()).map(({ what }) => what)).toEqual(["prompt", "judge"]);
  });

  it("books nothing for what is stopped before it begins", async () => {
    const { perform, entries } = setUp(() => ({ ok: true }));
    await perform(effectOf(), contextOf(AbortSignal.abort()));
    expect(await entries()).toEqual([]);
  });
});

describe("an attempt that others may leave too little of the day for", () => {
  /** Two processes over one ledger; the agent of the first answers when it is told to, that of the second at once. */
  function twoProcesses({ isInside = false } = {}) {
    const time = createFakeClock({ now: Date.UTC(2026, 10, 21, 12) });
    const store = createMemoryStore({ clock: time });
    const other = createMemoryStore({ clock: time, disk: store.disk });
    const answer = Promise.withResolvers<Outcome>();
    const stages: StageRecord[] = [];
    const controller = new AbortController();
    const begun: WorkEffect[] = [];
    const spending = { dayUsd: 1, predictedUsd: 0.75 };
    const first = withinDays(() => answer.promise, { ledger: store.days, clock: time, rehearsing });
    const second = withinDays(
      async (effect) => {
        begun.push(effect);
        return paid(0.75);
      },
      { ledger: other.days, clock: time, rehearsing, isInside },
    );
    const context = contextOf(controller.signal, (record) => stages.push(record));
    return {
      time,
      store,
      answer,
      stages,
      controller,
      begun,
      askFirst: () => first(effectOf(spending), contextOf()),
      askSecond: (given: SpendingPolicy = spending) => second(effectOf(given), context),
      later: async (byMs: number) => {
        for (let turns = 0; turns < 10; turns += 1) await Promise.resolve();
        time.advance(byMs);
        for (let turns = 0; turns < 10; turns += 1) await Promise.resolve();
      },
    };
  }

  it("waits, says so, and begins when another process used less than it held", async () => {
    const { askFirst, askSecond, answer, begun, stages, later } = twoProcesses();
    const one = askFirst();
    const two = askSecond();
    await later(1000);
    await later(1000);
    expect(begun).toEqual([]);
    const waits = "what others hold of the day's cap of $1.00 (who: tutti budget)";
    expect(stages).toEqual([{ stage: "day", ok: true, durationMs: 0, waits }]);
    answer.resolve(paid(0.25));
    await one;
    await later(1000);
    expect(await two).toEqual(paid(0.75));
    expect(stages.at(-1)).toEqual({ stage: "day", ok: true, durationMs: 3000, waits: null });
  });

  it("begins at once when one of the same process used less", async () => {
    const time = createFakeClock();
    const answers = [Promise.withResolvers<Outcome>(), Promise.withResolvers<Outcome>()];
    const begun: string[] = [];
    const { days: ledger } = createMemoryStore({ clock: time });
    const perform = withinDays(
      async ({ id }) => {
        begun.push(id);
        return answers[begun.length - 1]?.promise ?? paid(0);
      },
      { ledger, clock: time, rehearsing },
    );
    const asked = ["a", "b"].map((id) =>
      perform({ ...effectOf({ dayUsd: 1, predictedUsd: 0.75 }), id }, contextOf()),
    );
    for (let turns = 0; turns < 10; turns += 1) await Promise.resolve();
    expect(begun).toEqual(["a"]);
    answers[0]?.resolve(paid(0.125));
    await asked[0];
    answers[1]?.resolve(paid(0.5));
    expect(await asked[1]).toEqual(paid(0.5));
  });

  it("is not begun once too much was spent", async () => {
    const { askFirst, askSecond, answer, begun, later } = twoProcesses();
    const one = askFirst();
    const two = askSecond();
    await later(1000);
    answer.resolve(paid(0.5));
    await one;
    await later(1000);
    expect(await two).toMatchObject({ asked: false, limit: { limit: "dayUsd", used: 0.5, cap: 1 } });
    expect(begun).toEqual([]);
  });

  it("does not wait for what a killed process held: that stands for its price", async () => {
    const { askFirst, askSecond, store, later } = twoProcesses();
    void askFirst();
    const two = askSecond();
    await later(1000);
    store.kill();
    await later(1000);
    expect(await two).toMatchObject({ asked: false, limit: { used: 0.75, cap: 1, predicted: 0.75 } });
  });

  it("does not wait where it would pass the cap by itself, nor inside an attempt of another run", async () => {
    const alone = twoProcesses();
    void alone.askFirst();
    expect(await alone.askSecond({ dayUsd: 1, predictedUsd: 2 })).toMatchObject({ asked: false });
    const inside = twoProcesses({ isInside: true });
    void inside.askFirst();
    expect(await inside.askSecond()).toMatchObject({ asked: false, limit: { used: 0.75 } });
  });

  it("begins on the next day, to which it then belongs", async () => {
    const { askFirst, askSecond, store, time, later } = twoProcesses();
    void askFirst();
    const two = askSecond();
    await later(12 * 3_600_000);
    expect(await two).toEqual(paid(0.75));
    expect(await store.days.entries("2026-11-22")).toMatchObject([{ at: time.now(), costUsd: 0.75 }]);
  });

  it("ends when it is stopped, and holds nothing", async () => {
    const { askFirst, askSecond, controller, store, later } = twoProcesses();
    void askFirst();
    const two = askSecond();
    await later(10);
    controller.abort(new Error("stopped"));
    await expect(two).rejects.toThrow("stopped");
    expect(await store.days.entries("2026-11-21")).toHaveLength(1);
  });
});

describe("a ledger that cannot be written", () => {
  const broken: DayLedger = {
    begin: () =>
      Promise.reject(new TuttiError("STORE_LOCKED", "Cannot write: it is locked", { fix: "wait" })),
    end: () => Promise.reject(new Error("no")),
    cancel: () => Promise.reject(new Error("no")),
    entries: () => Promise.resolve([]),
  };

  it("holds nothing up without a cap, and is told", async () => {
    const { ask } = setUp(() => paid(1), broken);
    expect(await ask()).toEqual({ ...paid(1), details: { days: "not booked: Cannot write: it is locked" } });
    expect(await ask({ dayUsd: 1, audit: true })).toMatchObject({ ok: true });
  });

  it("lets nothing begin under a cap", async () => {
    const { ask, seen } = setUp(() => paid(1), broken);
    expect(await ask({ dayUsd: 5 })).toMatchObject({
      ok: false,
      asked: false,
      failure: { code: "STORE_LOCKED" },
    });
    expect(seen).toEqual([]);
  });

  it("is told when only the end could not be written", async () => {
    const ledger = { ...broken, begin: async () => ({ id: 1, usedUsd: 0, over: false }) };
    const { ask } = setUp(() => paid(1), ledger);
    expect(await ask({ dayUsd: 5 })).toEqual({ ...paid(1), details: { days: "not booked: no" } });
  });
});
