import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Failure } from "../core/outcome.ts";
import { openTutti } from "../engine.ts";
import type { Json } from "../expression/json.ts";
import type { Agent } from "../ports/agent.ts";
import { createFakeClock, type FakeClock } from "../runtimes/memory/fake-clock.ts";
import { everyAbility } from "../testing/agent-abilities.ts";
import { temporaryFolder } from "../testing/testbed.ts";

/** An agent that fails while it has a failure, and counts how often it was asked. */
function createAgent(name: string) {
  const state: { failure: Partial<Failure> | undefined; asked: number } = { failure: undefined, asked: 0 };
  const agent: Agent = {
    name,
    abilities: everyAbility,
    probe: async () => ({ available: true }),
    run: async () => {
      state.asked += 1;
      const { failure } = state;
      if (!failure) return { ok: true, output: "done" };
      return {
        ok: false,
        failure: { code: "AGENT_FAILED", message: "API Error: 500", class: "transient", ...failure },
      };
    },
  };
  return Object.assign(state, { agent });
}

async function open({ clock, agents, cwd = temporaryFolder() }: OpenOptions) {
  const tutti = await openTutti({
    cwd,
    home: join(cwd, ".tutti"),
    clock,
    agents: agents.map(({ agent }) => agent),
  });
  onTestFinished(() => tutti.close());
  return {
    tutti,
    cwd,
    start: async (steps: readonly Json[]) => {
      const chain = { steps: [{ name: "g", parallel: "all", steps }] };
      return tutti.start(await tutti.load({ kind: "object", value: { name: "x", chain } }));
    },
  };
}
interface OpenOptions {
  readonly clock: FakeClock;
  readonly agents: readonly ReturnType<typeof createAgent>[];
  readonly cwd?: string;
}

const ask = (name: string, agent: string, rest: object = {}): Json => ({ name, prompt: "x", agent, ...rest });

describe("an agent that is down", () => {
  it("is asked five times by all runs, waited for, tried by one, and then does what is left", async () => {
    const clock = createFakeClock();
    const [one, two] = [createAgent("one"), createAgent("two")];
    one.failure = {};
    const { tutti, start } = await open({ clock, agents: [one, two] });
    const first = await start([ask("a", "one"), ask("b", "one"), ask("c", "two")]);
    const second = await start([ask("d", "one"), ask("e", "one")]);
    // the pauses between the attempts
    await expect
      .poll(async () => {
        clock.advance(1000);
        return (await tutti.breakers()).length;
      })
      .toBeGreaterThan(0);
    const status = async (id: string) => (await tutti.show(id)).status;
    const reason = async (id: string) => (await tutti.show(id)).reason ?? "";
    // a run whose steps are all between two attempts waits, too: not for the breaker yet
    const forBreaker = expect.stringMatching(/^the circuit breaker of "(agent one|failure .*)"$/);
    await expect
      .poll(async () => {
        clock.advance(1000);
        const statuses = [await status(first.id), await status(second.id)];
        return [...statuses, await reason(first.id), await reason(second.id)];
      })
      .toEqual(["waiting", "waiting", forBreaker, forBreaker]);
    // those that were asked before it opened may have come back after it
    const { asked } = one;
    expect([5, 6, 7, 8]).toContain(asked);
    expect(two.asked).toBe(1);
    clock.advance(200_000);
    expect(one.asked).toBe(asked);
    one.failure = undefined;
    await expect
      .poll(async () => {
        clock.advance(10_000);
        return [await status(first.id), await status(second.id)];
      })
      .toEqual(["completed", "completed"]);
    expect(one.asked).toBe(asked + 4);
    expect(await tutti.breakers()).toEqual([]);
  });

  it("can be tried at once after the breakers were closed by hand", async () => {
    const clock = createFakeClock();
    const one = createAgent("one");
    one.failure = { class: "permanent" };
    const { tutti, start } = await open({ clock, agents: [one] });
    for (let n = 0; n < 5; n += 1) await (await start([ask("a", "one")])).done;
    expect(await tutti.breakers()).toContainEqual({
      key: "agent one",
      state: "open",
      until: clock.now() + 300_000,
      failures: 5,
      message: "API Error: 500",
    });
    expect(await tutti.resetBreakers()).toBeGreaterThan(0);
    one.failure = undefined;
    expect(await (await start([ask("a", "one")])).done).toMatchObject({ status: "completed" });
  });

  it.each([
    ["step", [ask("a", "one")]],
    [
      "pipeline",
      [
        {
          name: "a",
          pipeline: {
            source: { step: "${ inputs.items }" },
            stages: [{ name: "b", prompt: "${ batch }", agent: "one" }],
          },
        },
      ],
    ],
  ])("is tried at once by a %s that waits when the breakers are closed by hand", async (_, chain) => {
    const clock = createFakeClock();
    const one = createAgent("one");
    one.failure = { class: "permanent" };
    const { tutti, start } = await open({ clock, agents: [one] });
    for (let n = 0; n < 5; n += 1) await (await start([ask("a", "one")])).done;
    const value = { name: "x", inputs: { items: { default: [1] } }, chain };
    const handle = await tutti.start(await tutti.load({ kind: "object", value }));
    await expect.poll(async () => (await tutti.show(handle.id)).status).toBe("waiting");
    expect((await tutti.why(handle.id))[0]?.waitsFor).toContain('circuit breaker of "agent one"');
    one.failure = undefined;
    await tutti.resetBreakers();
    expect(await handle.done).toMatchObject({ status: "completed" });
  });

  it("hands over to its backup, which is told so", async () => {
    const clock = createFakeClock();
    const [one, two] = [createAgent("one"), createAgent("two")];
    one.failure = { class: "permanent", message: "Invalid API key" };
    const { tutti, start } = await open({ clock, agents: [one, two] });
    const handle = await start([ask("a", "one", { fallback_agents: ["two"] })]);
    await expect
      .poll(() => {
        clock.advance(1);
        return two.asked;
      })
      .toBe(1);
    expect(await handle.done).toMatchObject({ status: "completed" });
    const requests = (await tutti.events(handle.id)).flatMap((event) =>
      event.type === "attempt.started" ? [event.request] : [],
    );
    expect(requests[1]).toMatchObject({ agent: "two", feedback: expect.stringContaining("Invalid API key") });
  });
});

describe("a provider that says when it serves again", () => {
  it("is asked once before that by all runs of the folder, no step fails, and all complete after it", async () => {
    const clock = createFakeClock();
    const one = createAgent("one");
    const resetAt = clock.now() + 3_600_000;
    one.failure = { code: "QUOTA", class: "quota", resetAt };
    const here = await open({ clock, agents: [one] });
    const there = await open({ clock, agents: [one], cwd: here.cwd });
    const first = await here.start([ask("a", "one")]);
    const status = async (id: string) => (await here.tutti.show(id)).status;
    await expect.poll(() => status(first.id)).toBe("waiting");
    const second = await there.start([ask("b", "one"), ask("c", "one")]);
    await expect.poll(() => status(second.id)).toBe("waiting");
    clock.advance(3_599_000);
    expect(one.asked).toBe(1);
    expect(await here.tutti.breakers()).toMatchObject([{ key: "quota one", state: "open", until: resetAt }]);
    one.failure = undefined;
    await expect
      .poll(async () => {
        clock.advance(1000);
        return [await status(first.id), await status(second.id)];
      })
      .toEqual(["completed", "completed"]);
    expect(one.asked).toBe(4);
    for (const id of [first.id, second.id]) expect((await here.tutti.show(id)).counts.failed).toBe(0);
    expect(await here.tutti.breakers()).toEqual([]);
  });
});
