import { describe, expect, it } from "vitest";
import type { SpendingPolicy } from "../core/effects.ts";
import type { Outcome } from "../core/outcome.ts";
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

function contextOf(signal = new AbortController().signal): WorkContext {
  return { runId: "r1", runName: "w", seed: "s", signal, print: () => {}, stage: () => {} };
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
    expect(await ask({ dayUsd: 1, audit: true })).toEqual(paid(3));
    expect(await ask({ dayUsd: 1, audit: true })).toEqual({
      ...paid(3),
      limit: { limit: "dayUsd", used: 3, cap: 1 },
    });
    expect(seen.at(-1)?.policy.remainingUsd).toBe(5);
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
