import { expect, it } from "vitest";
import type { Outcome } from "../../core/outcome.ts";
import type { Request } from "../../core/effects.ts";
import { defaultBreaker } from "../../core/policies/breaker.ts";
import { createProcesses } from "../../processes/supervisor.ts";
import { createFakeClock } from "../../runtimes/memory/fake-clock.ts";
import { createMemoryStore } from "../../runtimes/memory/store.ts";
import { createPerformerBench, effect } from "../../testing/performer-bench.ts";
import { temporaryFolder } from "../../testing/testbed.ts";

function call(command: string): Request {
  const mcpServers = { s: { command, args: [], env: {} } };
  return { kind: "mcp", server: "s", tool: "t", args: {}, mcpServers };
}

it("a server that is out of order is left alone by its place, and another of the same name is not", async () => {
  let isDown = true;
  let turn = 0;
  const answer = (): Outcome => {
    // the same words again would be one failure in many places
    const message = `Cannot reach it: ${"x".repeat(turn)}`;
    return isDown
      ? { ok: false, failure: { code: "MCP_UNAVAILABLE", message, class: "transient" } }
      : { ok: true };
  };
  const clock = createFakeClock();
  const { breakers: store } = createMemoryStore({ clock });
  const bench = createPerformerBench(
    { processes: createProcesses(), cwd: temporaryFolder() },
    {
      executors: new Map([["mcp", { kind: "mcp", execute: async () => answer() }]]),
      clock,
      breaker: { store, policy: defaultBreaker, rehearsing: new Set() },
    },
  );
  const perform = (request: Request): Promise<Outcome> => {
    turn += 1;
    return bench.perform({ ...effect(request), id: `step@0.${turn}` });
  };
  for (const _ of Array.from({ length: defaultBreaker.failures }))
    expect((await perform(call("one"))).failure?.code).toBe("MCP_UNAVAILABLE");
  isDown = false;
  expect((await perform(call("one"))).failure).toMatchObject({
    code: "BREAKER_OPEN",
    breaker: expect.stringMatching(/^service mcp s \w{6}$/),
  });
  expect(await perform(call("two"))).toMatchObject({ ok: true });
});
