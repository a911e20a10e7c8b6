import { describe, expect, it, onTestFinished } from "vitest";
import type { Failure, Outcome } from "../core/outcome.ts";
import type { Request } from "../core/effects.ts";
import { defaultBreaker } from "../core/policies/breaker.ts";
import type { BreakerStore } from "../ports/breaker-store.ts";
import type { Executor } from "../ports/executor.ts";
import type { WorkContext } from "../ports/performer.ts";
import { createProcesses } from "../processes/supervisor.ts";
import { createFakeClock, type FakeClock } from "../runtimes/memory/fake-clock.ts";
import { createMemoryStore } from "../runtimes/memory/store.ts";
import { openSqliteStore } from "../runtimes/sqlite/store.ts";
import { createPerformerBench, effect } from "../testing/performer-bench.ts";
import { temporaryFolder } from "../testing/testbed.ts";

const down: Failure = {
  code: "AGENT_FAILED",
  message: "API Error: Connection refused (ECONNREFUSED)",
  class: "transient",
};
const { resetMs } = defaultBreaker;
const good: Outcome = { ok: true, output: "done" };
const bad = (failure: Partial<Failure> = {}, rest: Partial<Outcome> = {}): Outcome => ({
  ok: false,
  failure: { ...down, ...failure },
  ...rest,
});
const prompt = (agent: string): Request => ({ kind: "agent", agent, prompt: "x" });
const slash = (command: string, agent = "a"): Request => ({ kind: "command", command, arguments: "", agent });

type Answer = (request: Request) => Outcome | Promise<Outcome>;

/** One process whose agents, commands and calls do what `answer` says; `asked` counts what was really begun. */
function createProcess({
  clock = createFakeClock(),
  ...options
}: { clock?: FakeClock; store?: BreakerStore } = {}) {
  const store = options.store ?? createMemoryStore({ clock }).breakers;
  const seen: Request[] = [];
  let answer: Answer = () => bad();
  const executor = (kind: Request["kind"]): Executor => ({
    kind,
    execute: async (request) => {
      seen.push(request);
      return answer(request);
    },
  });
  const bench = createPerformerBench(
    { processes: createProcesses(), cwd: temporaryFolder() },
    {
      executors: new Map(
        (["agent", "command", "http", "run"] as const).map((kind) => [kind, executor(kind)]),
      ),
      clock,
      breaker: { store, policy: defaultBreaker, rehearsing: new Set(["mock"]) },
    },
  );
  let count = 0;
  return {
    clock,
    store,
    seen,
    answers: (next: Answer) => void (answer = next),
    perform: (request: Request, work?: Partial<WorkContext>) => {
      count += 1;
      return bench.perform({ ...effect(request), id: `step@0.${count}` }, work);
    },
    times: async (times: number, request: () => Request) => {
      const codes: (string | undefined)[] = [];
      for (let n = 0; n < times; n += 1) {
        count += 1;
        const outcome = await bench.perform({ ...effect(request()), id: `step@0.${count}` });
        codes.push(outcome.failure?.code);
      }
      return codes;
    },
  };
}

describe("an agent that is down", () => {
  it("is asked exactly five times, then left alone until the reset time, while another agent goes on", async () => {
    const process = createProcess();
    expect(await process.times(5, () => prompt("a"))).toEqual(
      Array.from({ length: 5 }, () => "AGENT_FAILED"),
    );
    const outcome = await process.perform(prompt("a"));
    expect(outcome).toMatchObject({
      ok: false,
      asked: false,
      failure: {
        code: "BREAKER_OPEN",
        class: "transient",
        breaker: "agent a",
        resetAt: process.clock.now() + resetMs,
        kind: "system.external",
      },
    });
    expect(outcome.failure?.message).toBe(
      'Cannot try now: 5 failures in a row opened the circuit breaker of "agent a", the last: API Error: Connection refused (ECONNREFUSED)',
    );
    expect(process.seen).toHaveLength(5);
    process.answers(({ kind }) => (kind === "agent" ? good : bad()));
    expect(await process.perform(prompt("b"))).toMatchObject({ ok: true });
  });

  it("is tried by one after the reset time, and is open to all when that goes well", async () => {
    const process = createProcess();
    await process.times(5, () => prompt("a"));
    process.clock.advance(resetMs - 1);
    expect(await process.times(1, () => prompt("a"))).toEqual(["BREAKER_OPEN"]);
    process.clock.advance(1);
    const end = Promise.withResolvers<Outcome>();
    process.answers(() => end.promise);
    const probe = process.perform(prompt("a"));
    await expect.poll(() => process.seen.length).toBe(6);
    expect(await process.times(3, () => prompt("a"))).toEqual(
      Array.from({ length: 3 }, () => "BREAKER_OPEN"),
    );
    end.resolve(good);
    expect(await probe).toMatchObject({ ok: true });
    expect(await process.times(1, () => prompt("a"))).toEqual([undefined]);
  });

  it("is known to be down by every process of the state folder, and tried by one of them", async () => {
    const clock = createFakeClock();
    const dir = temporaryFolder();
    const open = async () => {
      const store = await openSqliteStore({ dir, clock });
      onTestFinished(() => store.close());
      return createProcess({ clock, store: store.breakers });
    };
    const one = await open();
    const two = await open();
    await one.times(3, () => prompt("a"));
    await two.times(2, () => prompt("a"));
    expect(await one.times(1, () => prompt("a"))).toEqual(["BREAKER_OPEN"]);
    expect(await two.times(1, () => prompt("a"))).toEqual(["BREAKER_OPEN"]);
    clock.advance(resetMs);
    const end = Promise.withResolvers<Outcome>();
    for (const each of [one, two]) each.answers(() => end.promise);
    const both = [one.perform(prompt("a")), two.perform(prompt("a"))];
    await expect.poll(() => one.seen.length + two.seen.length).toBe(6);
    end.resolve(good);
    const outcomes = await Promise.all(both);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(one.seen.length + two.seen.length).toBe(6);
  });

  it("is tried by another when the one that tried was stopped", async () => {
    const process = createProcess();
    await process.times(5, () => prompt("a"));
    process.clock.advance(resetMs);
    const stop = new AbortController();
    process.answers(
      () =>
        new Promise((_, reject) => stop.signal.addEventListener("abort", () => reject(new Error("stopped")))),
    );
    const probe = process.perform(prompt("a"), { signal: stop.signal });
    await expect.poll(() => process.seen.length).toBe(6);
    stop.abort(new Error("stopped"));
    await expect(probe).rejects.toThrow("stopped");
    process.answers(() => good);
    expect(await process.perform(prompt("a"))).toMatchObject({ ok: true });
  });
});

describe("what counts", () => {
  it("is not what an agent's work came to, but for its command", async () => {
    const process = createProcess();
    process.answers(() => bad({ message: "I could not do it", class: "failure" }));
    expect(await process.times(9, () => prompt("a"))).toEqual(
      Array.from({ length: 9 }, () => "AGENT_FAILED"),
    );
    await process.times(5, () => slash("fix"));
    const refused = await process.perform(slash("/fix", "b"));
    expect(refused.failure).toMatchObject({ code: "BREAKER_OPEN", breaker: "command /fix" });
    process.answers(() => good);
    expect(await process.perform(slash("/look"))).toMatchObject({ ok: true });
  });

  it("is nothing that the agent was not asked, no gate, no quota and nothing cancelled", async () => {
    const process = createProcess();
    const kinds: readonly Outcome[] = [
      bad({ code: "COMMAND_DEPENDENCY", class: "permanent" }, { asked: false }),
      bad({ code: "COMMAND_FAILED", message: "bad file", class: "permanent" }, { asked: false }),
      bad({ code: "OUTPUT_SHAPE", class: "failure" }),
      bad({ code: "QUOTA", class: "quota" }),
      bad({ class: "cancelled" }),
      { ok: false },
    ];
    for (const outcome of kinds) {
      process.answers(() => outcome);
      expect(await process.times(6, () => slash("fix"))).not.toContain("BREAKER_OPEN");
    }
    expect(await process.store.list()).toEqual([]);
  });

  it("is an agent that hangs in silence, and a command that takes too long, each for itself", async () => {
    const process = createProcess();
    process.answers(() => bad({ code: "IDLE", class: "timeout", message: "silent" }));
    await process.times(5, () => slash("fix"));
    expect((await process.perform(slash("look"))).failure?.breaker).toBe("agent a");
    process.answers(() => bad({ code: "TIMEOUT", class: "timeout", message: "slow" }));
    await process.times(5, () => slash("slow", "b"));
    expect((await process.perform(slash("slow", "c"))).failure?.breaker).toBe("command /slow");
    expect((await process.perform(slash("look", "b"))).failure?.code).toBe("TIMEOUT");
  });

  it("is a service that is out of order, by its origin", async () => {
    const process = createProcess();
    const get = (url: string): Request => ({ kind: "http", method: "GET", url, headers: {} });
    process.answers(() => bad({ code: "HTTP_FAILED", message: "the answer has status 503" }));
    for (const path of ["a", "b", "c", "d", "e"]) await process.perform(get(`https://down.example/${path}`));
    expect((await process.perform(get("https://down.example/f"))).failure?.breaker).toBe(
      "service https://down.example",
    );
    process.answers(() =>
      bad({ code: "HTTP_FAILED", message: "the answer has status 404", class: "failure" }),
    );
    expect(await process.times(9, () => get("https://up.example/x"))).not.toContain("BREAKER_OPEN");
  });
});

describe("the same failure in many places", () => {
  const full = (n: number): Request => ({ kind: "run", shell: { line: `make ${n}`, values: {} } });
  const noSpace = (n: number): Failure => ({
    code: "COMMAND_FAILED",
    message: `Cannot finish "make ${n}": exit status 1:\nENOSPC: no space left on device, write /tmp/${n}`,
    class: "failure",
  });

  it("holds up the lines that ended with it, and no others", async () => {
    const process = createProcess();
    process.answers((request) =>
      bad(noSpace(request.kind === "run" ? Number(request.shell.line.slice(5)) : 0)),
    );
    for (let n = 0; n < 5; n += 1) await process.perform(full(n));
    const outcome = await process.perform(full(3));
    expect(outcome.failure).toMatchObject({
      code: "BREAKER_OPEN",
      breaker: expect.stringMatching(/^failure /),
    });
    expect(outcome.failure?.message).toContain('the circuit breaker of "this failure"');
    process.answers(() => good);
    expect(await process.perform(full(77))).toMatchObject({ ok: true });
  });

  it("never holds up a line that says by itself that it failed", async () => {
    const process = createProcess();
    process.answers(() =>
      bad({ code: "COMMAND_FAILED", message: "Tests: 1 failed, ECONNREFUSED", class: "failure" }),
    );
    expect(await process.times(9, () => full(1))).not.toContain("BREAKER_OPEN");
  });

  it("is tried again by itself where the program's last words promise better luck", async () => {
    const process = createProcess();
    process.answers(() =>
      bad({ code: "COMMAND_FAILED", message: "x\ncurl: (6) Could not resolve host: h", class: "failure" }),
    );
    expect((await process.perform(full(1))).failure).toMatchObject({
      class: "transient",
      kind: "system.network",
    });
    expect((await process.perform(prompt("a"))).failure).toMatchObject({ class: "failure" });
  });
});

describe("a provider's quota", () => {
  it("is asked once before its reset, over all runs, and by all after it", async () => {
    const process = createProcess();
    const resetAt = process.clock.now() + 3_600_000;
    process.answers(() => bad({ code: "QUOTA", class: "quota", message: "limit reached", resetAt }));
    expect(await process.times(4, () => prompt("a"))).toEqual(Array.from({ length: 4 }, () => "QUOTA"));
    expect(process.seen).toHaveLength(1);
    expect(await process.perform(prompt("a"))).toMatchObject({
      asked: false,
      failure: { class: "quota", resetAt },
    });
    process.answers(() => good);
    expect(await process.perform({ ...prompt("a"), model: "other" } as Request)).toMatchObject({ ok: true });
    process.clock.advance(3_600_000);
    expect(await process.times(2, () => prompt("a"))).toEqual([undefined, undefined]);
  });
});

describe("an agent that only plays work", () => {
  it("has breakers within its run, and none that another run or another agent meets", async () => {
    const process = createProcess();
    const ask = (agent: string, runId: string) =>
      process.perform(slash("fix", agent), { runId, signal: new AbortController().signal });
    process.answers(() => bad({ message: "played", class: "failure" }));
    for (let n = 0; n < 5; n += 1) await ask("mock", "r1");
    expect((await ask("mock", "r1")).failure).toMatchObject({ breaker: "command /fix in run r1" });
    expect((await ask("mock", "r2")).failure?.code).toBe("AGENT_FAILED");
    expect((await ask("a", "r1")).failure?.code).toBe("AGENT_FAILED");
  });
});

describe("breakers that cannot be read or written", () => {
  it("hold nothing up, and the outcome says so", async () => {
    const store = {
      update: () => Promise.reject(new Error("the disk is gone")),
      list: () => Promise.reject(new Error("the disk is gone")),
      clear: () => Promise.reject(new Error("the disk is gone")),
    };
    const process = createProcess({ store });
    process.answers(() => good);
    expect(await process.perform(prompt("a"))).toEqual({
      ...good,
      details: { breaker: "not used: the disk is gone; the disk is gone" },
    });
  });
});
