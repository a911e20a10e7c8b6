import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Event } from "../../core/events.ts";
import { isTuttiError, messageOf } from "../../errors.ts";
import { event, newRun, until } from "../../testing/run-store-harness.ts";
import { startProgram, temporaryFolder, type Program } from "../../testing/testbed.ts";
import { createRealClock } from "../real-clock.ts";
import { openSqliteStore, type SqliteStore } from "./store.ts";

const clock = createRealClock({ unref: true });

async function open(dir: string, leaseTtlMs = 15_000): Promise<SqliteStore> {
  const store = await openSqliteStore({ dir, clock, leaseTtlMs });
  onTestFinished(() => store.close());
  return store;
}

/** A second process with the store open as `store`, that then runs `body`; `say` prints a line at once. */
function storeProgram(
  dir: string,
  { body, leaseTtlMs = 15_000 }: { body: string; leaseTtlMs?: number },
): Program {
  const here = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
  return startProgram(`
    import { writeSync } from "node:fs";
    import { createInterface } from "node:readline";
    import { createRealClock } from ${here("../real-clock.ts")};
    import { openSqliteStore } from ${here("store.ts")};
    const say = (text) => writeSync(1, text + "\\n");
    const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
    const event = (at) => ({ type: "run.recovered", at });
    const newRun = (runId) => ({ runId, name: "n", createdAt: 1, origin: "o", source: "s" });
    const store = await openSqliteStore({
      dir: ${JSON.stringify(dir)}, clock: createRealClock({ unref: true }), leaseTtlMs: ${leaseTtlMs},
    });
    ${body}
  `);
}

describe("two processes", () => {
  it("cannot drive one run: the second is told who has it", async () => {
    const dir = temporaryFolder();
    const store = await open(dir);
    const other = storeProgram(dir, {
      body: `await store.runs.create(newRun("a"), [event(0)]); say("created"); await lines.next();`,
    });
    await other.line("created");
    const failure: unknown = await store.runs.open("a").catch((error: unknown) => error);
    expect(isTuttiError(failure, "RUN_OWNED")).toBe(true);
    expect(messageOf(failure)).toMatch(new RegExp(`pid ${other.pid} on .+ since \\d{4}-`));
    expect((await store.runs.list())[0]?.owner).toContain(`pid ${other.pid}`);
    await other.kill();
    expect((await store.runs.list())[0]?.owner).toBeUndefined();
    expect((await store.runs.open("a")).events).toEqual([event(0)]);
  });

  it("can change a holder that is stopped: when it comes back it stores nothing", async () => {
    const dir = temporaryFolder();
    const leaseTtlMs = 400;
    const store = await open(dir, leaseTtlMs);
    const other = storeProgram(dir, {
      leaseTtlMs,
      body: `
        const log = await store.runs.create(newRun("a"), [event(0)]);
        say("created");
        await lines.next();
        await log.append([event(666)]).then(() => say("stored"), (error) => say("refused " + error.code));
        await lines.next();`,
    });
    await other.line("created");
    other.signal("SIGSTOP");
    let log: Awaited<ReturnType<typeof store.runs.open>> | undefined;
    await until(
      async () => {
        log = await store.runs.open("a").catch(() => undefined);
        return log !== undefined;
      },
      { withinMs: 10_000 },
    );
    await log?.append([event(1)]);
    other.send("append");
    other.signal("SIGCONT");
    expect(await other.line("refused")).toBe("refused LEASE_LOST");
    expect(await store.runs.read("a")).toEqual([event(0), event(1)]);
  });

  it("keep a lease as long as the holder renews it", async () => {
    const dir = temporaryFolder();
    const leaseTtlMs = 300;
    const store = await open(dir, leaseTtlMs);
    const other = storeProgram(dir, {
      leaseTtlMs,
      body: `await store.runs.create(newRun("a"), [event(0)]); say("created"); await lines.next();`,
    });
    await other.line("created");
    const endMs = clock.now() + 3 * leaseTtlMs;
    await until(
      async () => {
        await expect(store.runs.open("a")).rejects.toSatisfy((error) => isTuttiError(error, "RUN_OWNED"));
        return clock.now() > endMs;
      },
      { withinMs: 10_000 },
    );
  });

  it("say every second that they live: of what a killed one used a second is not known", async () => {
    const dir = temporaryFolder();
    const store = await open(dir);
    const other = storeProgram(dir, {
      body: `await store.runs.create(newRun("a"), [event(0)]); say("created"); await lines.next();`,
    });
    await other.line("created");
    const createdAt = clock.now();
    await until(() => clock.now() > createdAt + 2200, { withinMs: 10_000 });
    await other.kill();
    const { aliveAt = 0 } = await store.runs.open("a");
    expect(aliveAt).toBeGreaterThan(createdAt);
    expect(aliveAt).toBeLessThanOrEqual(clock.now());
  });

  it("hear of each other's messages within 250 ms", async () => {
    const dir = temporaryFolder();
    const store = await open(dir);
    const log = await store.runs.create(newRun("a"), []);
    const other = storeProgram(dir, {
      body: `say("ready"); await lines.next();
        await store.runs.post("a", { type: "pause", at: Date.now() }); say("posted"); await lines.next();`,
    });
    await other.line("ready");
    let heardAt: number | undefined;
    log.changed(() => (heardAt = clock.now()));
    other.send("post");
    await until(() => heardAt !== undefined, { withinMs: 5000 });
    const [message] = await log.inbox();
    expect((heardAt ?? 0) - (message?.input.at ?? 0)).toBeLessThan(250);
  });
});

describe("a reader while another process appends", () => {
  it("gets the beginning of the log each time, never a fault", async () => {
    const dir = temporaryFolder();
    const store = await open(dir);
    const other = storeProgram(dir, {
      body: `
        const log = await store.runs.create(newRun("a"), [event(0)]);
        say("created");
        for (let at = 1; at <= 1500; at += 1) await log.append([event(at)]);
        say("appended");
        await lines.next();`,
    });
    await other.line("created");
    const counts: number[] = [];
    await until(
      async () => {
        const events = await store.runs.read("a");
        expect(events.every(({ at }, index) => at === index)).toBe(true);
        counts.push(events.length);
        return events.length === 1501;
      },
      { withinMs: 20_000 },
    );
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(new Set(counts).size).toBeGreaterThan(2);
  });
});

describe("kill -9 in the middle of appends", () => {
  it("loses nothing that was acknowledged and never leaves half an append", async () => {
    const dir = temporaryFolder();
    const store = await open(dir);
    for (const [round, acknowledged] of [5, 60, 200].entries()) {
      const runId = `run-${round}`;
      const writer = storeProgram(dir, {
        body: `
          const log = await store.runs.create(newRun(${JSON.stringify(runId)}), []);
          const large = { type: "signal.received", at: 0, name: "x".repeat(20_000), payload: null };
          for (let at = 1; ; at += 1) {
            const all = [[event(at), event(at)], [event(at), event(at)]];
            if (at % 10 === 0) all.push([large, event(at)]);
            await Promise.all(all.map((one) => log.append(one)));
            say("done " + at);
          }`,
      });
      await writer.line(`done ${acknowledged}`);
      await writer.kill();
      const last = Number(writer.lines.at(-1)?.split(" ")[1]);
      const events = await store.runs.read(runId);
      expectWhole(events, last);
      const log = await store.runs.open(runId);
      await log.append([event(-1)]);
      expect(await store.runs.read(runId)).toEqual([...events, event(-1)]);
    }
    const findings = [];
    for await (const { kind, severity } of store.audit.inspect())
      if (severity === "error") findings.push(kind);
    expect(findings).toEqual([]);
  });
});

/** Every acknowledged round is there in order, at most one more, and each append in pairs. */
function expectWhole(events: readonly Event[], acknowledged: number): void {
  const rounds = events.filter(({ type }) => type === "run.recovered").map(({ at }) => at);
  const expected: number[] = [];
  for (let at = 1; at <= acknowledged + 1; at += 1)
    expected.push(at, at, at, at, ...(at % 10 === 0 ? [at] : []));
  expect(rounds).toEqual(expected.slice(0, rounds.length));
  expect(rounds.filter((at) => at <= acknowledged)).toEqual(expected.filter((at) => at <= acknowledged));
  expect(rounds.filter((at) => at === acknowledged + 1).length % 5).not.toBe(1);
  expect(rounds.filter((at) => at === acknowledged + 1).length % 5).not.toBe(3);
}

describe("a process that holds a part of the day", () => {
  it("holds it as long as it lives: after kill -9 it is spent", async () => {
    const dir = temporaryFolder();
    const store = await open(dir);
    const entry = `{ at: ${Date.UTC(2026, 10, 21)}, runId: "r", effect: "e", what: "w", agent: "a",
      predictedUsd: 0.75, rehearsal: false }`;
    const other = storeProgram(dir, {
      body: `await store.days.begin(${entry}); say("held"); await lines.next();`,
    });
    await other.line("held");
    const mine = {
      at: Date.UTC(2026, 10, 21),
      runId: "q",
      effect: "e",
      what: "w",
      agent: "a",
      predictedUsd: 0.5,
      rehearsal: false,
    };
    const cap = { usd: 1, enforced: true };
    expect(await store.days.begin(mine, cap)).toEqual({ usedUsd: 0.75, heldUsd: 0.75, over: true });
    await other.kill();
    expect(await store.days.begin(mine, cap)).toEqual({ usedUsd: 0.75, heldUsd: 0, over: true });
  });
});

describe("four processes that append to different runs", () => {
  it("all succeed, with no error for a busy database", async () => {
    const dir = temporaryFolder();
    const writers = ["a", "b", "c", "d"].map((runId) =>
      storeProgram(dir, {
        body: `
          say("ready");
          await lines.next();
          try {
            const log = await store.runs.create(newRun(${JSON.stringify(runId)}), []);
            for (let at = 0; at < 150; at += 1) await log.append([event(at)]);
            await log.release();
            say("end ok");
          } catch (error) {
            say("end " + error.code + " " + error.message);
          }
          await store.close();
          process.exit();`,
      }),
    );
    await Promise.all(writers.map((writer) => writer.line("ready")));
    for (const writer of writers) writer.send("go");
    expect(await Promise.all(writers.map((writer) => writer.line("end")))).toEqual(Array(4).fill("end ok"));
    const store = await open(dir);
    for (const runId of ["a", "b", "c", "d"]) {
      expect(await store.runs.read(runId)).toEqual(Array.from({ length: 150 }, (_, at) => event(at)));
    }
  });

  it("can all make the database at the same moment", async () => {
    const dir = join(temporaryFolder(), ".tutti");
    const openers = Array.from({ length: 4 }, () =>
      storeProgram(dir, { body: `say("open"); process.exit();` }),
    );
    expect(await Promise.all(openers.map((one) => one.line("open")))).toEqual(Array(4).fill("open"));
  });
});
