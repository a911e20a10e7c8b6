import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import type { Outcome } from "../core/outcome.ts";
import type { Request } from "../core/effects.ts";
import { defaultBreaker } from "../core/policies/breaker.ts";
import { createRealClock } from "../runtimes/real-clock.ts";
import { openSqliteStore } from "../runtimes/sqlite/store.ts";
import { startProgram, temporaryFolder } from "../testing/testbed.ts";
import { throughBreakers } from "./breaker.ts";

const request: Request = { kind: "agent", agent: "a", prompt: "x" };
const down: Outcome = {
  ok: false,
  failure: { code: "AGENT_FAILED", message: "API Error: 500", class: "transient", kind: "system.external" },
};

function here(path: string): string {
  return JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));
}

it("failures of a process that was killed count for the next one, and its probe does not hold the breaker for ever", async () => {
  const dir = temporaryFolder();
  const policy = { ...defaultBreaker, resetMs: 3000 };
  const other = startProgram(`
    import { createRealClock } from ${here("../runtimes/real-clock.ts")};
    import { openSqliteStore } from ${here("../runtimes/sqlite/store.ts")};
    import { throughBreakers } from ${here("breaker.ts")};
    const clock = createRealClock();
    const { breakers: store } = await openSqliteStore({ dir: ${JSON.stringify(dir)}, clock });
    const signal = new AbortController().signal;
    const attempt = (n, run) => throughBreakers(
      { runId: "other", effectId: "s@0." + n, request: ${JSON.stringify(request)}, signal },
      { store, clock, policy: ${JSON.stringify(policy)} },
      run,
    );
    for (let n = 0; n < 5; n += 1) await attempt(n, async () => (${JSON.stringify(down)}));
    console.log("failed");
    setInterval(() => {}, 1000);
    for (let n = 5; ; n += 1) {
      await attempt(n, () => new Promise(() => console.log("tries")));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  `);
  await other.line("failed");
  const clock = createRealClock();
  const store = await openSqliteStore({ dir, clock });
  onTestFinished(() => store.close());
  let count = 0;
  const attempt = () =>
    throughBreakers(
      { runId: "mine", effectId: `s@0.${(count += 1)}`, request, signal: new AbortController().signal },
      { store: store.breakers, clock, policy },
      async () => ({ ok: true }),
    );
  expect((await attempt()).failure?.code).toBe("BREAKER_OPEN");
  await other.line("tries");
  expect((await attempt()).failure?.code).toBe("BREAKER_OPEN");
  await other.kill();
  await expect.poll(async () => (await attempt()).ok, { timeout: 20_000 }).toBe(true);
  expect((await store.breakers.list()).filter(({ openUntil }) => openUntil !== undefined)).toEqual([]);
});
