import { expect, it } from "vitest";
import type { Usage } from "../core/outcome.ts";
import { unasked } from "../core/usage.ts";
import type { WorkEffect } from "../ports/performer.ts";
import { createFakeClock } from "../runtimes/memory/fake-clock.ts";
import { createMemoryStore } from "../runtimes/memory/store.ts";
import { testPolicy } from "../testing/task-context.ts";
import { withinDays } from "./day-budget.ts";

it("counts of a stopped attempt what is known where that is more than was held, and nothing before it was asked", async () => {
  const clock = createFakeClock();
  const ledger = createMemoryStore({ clock }).days;
  const entries = () => ledger.entries(new Date(clock.now()).toISOString().slice(0, 10));
  const request = { kind: "command", command: "/task", arguments: "", agent: "claude-code" } as const;
  const policy = { ...testPolicy, remainingUsd: 5, spending: { predictedUsd: 0.5 } };
  const effect: WorkEffect = { type: "perform", id: "a@0.1", address: "a", attempt: 1, request, policy };
  const { signal } = new AbortController();
  const context = { runId: "r1", runName: "w", seed: "s", signal, print: () => {}, stage: () => {} };
  const stoppedAt = async (usage: Usage) => {
    const perform = withinDays(
      (_, { used }) => {
        used?.(usage);
        return Promise.reject(new Error("stopped"));
      },
      { ledger, clock, rehearsing: new Set() },
    );
    await expect(perform(effect, context)).rejects.toThrow("stopped");
  };

  await stoppedAt(unasked);
  expect(await entries()).toEqual([]);
  const some = { inputTokens: 3, outputTokens: 1, atLeast: true } as const;
  await stoppedAt({ ...some, costUsd: 0.2 });
  await stoppedAt({ ...some, costUsd: 0.8 });
  await stoppedAt({ costUsd: 0.1, inputTokens: 3, outputTokens: 1 });
  expect((await entries()).map(({ costUsd, tokens }) => [costUsd, tokens])).toEqual([
    [null, 4],
    [0.8, 4],
    [0.1, 4],
  ]);
});
