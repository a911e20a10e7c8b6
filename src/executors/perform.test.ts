import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { secretMarker } from "../core/effects.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Request } from "../core/effects.ts";
import { TuttiError } from "../errors.ts";
import type { Executor } from "../ports/executor.ts";
import type { WorkEffect } from "../ports/performer.ts";
import { createProcesses } from "../processes/supervisor.ts";
import { call, createPerformerBench, effect, gate, run, testSeed } from "../testing/performer-bench.ts";
import type { PerformerBench, PerformerBenchOptions } from "../testing/performer-bench.ts";
import { testPolicy } from "../testing/task-context.ts";

const processes = createProcesses();
const cwd = mkdtempSync(join(tmpdir(), "tutti-perform-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function createBench(options: PerformerBenchOptions = {}): PerformerBench {
  return createPerformerBench({ processes, cwd }, options);
}

describe("the performer", () => {
  it("gives a program the base environment, the step's own on top, and its marks", async () => {
    const line = 'echo "$BASE $BOTH $OWN $TUTTI_RUN $TUTTI_STEP $TUTTI_ATTEMPT $TUTTI_EFFECT $PWD"';
    const env = { OWN: "own", BOTH: "own", TUTTI_RUN: "forged" };
    const outcome = await createBench().perform(effect(run(line), { env }));
    expect(outcome.output).toBe(`base own own r1 fix 1 fix#1 ${cwd}`);
  });

  it("rejects with the reason of an abort, also one that came before", async () => {
    const stopper = new AbortController();
    const reason = new Error("enough");
    const bench = createBench();
    const running = bench.perform(effect(run("echo ready; sleep 600")), {
      signal: stopper.signal,
      print: () => stopper.abort(reason),
    });
    await expect(running).rejects.toBe(reason);
    writeFileSync(join(cwd, "before"), "");
    const started = bench.perform(effect(run("rm before")), { signal: AbortSignal.abort(reason) });
    await expect(started).rejects.toBe(reason);
    await expect(bench.perform(gate("rm before"), { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect((await bench.perform(gate("test -f before"))).ok).toBe(true);
  });

  it("turns whatever an executor throws into a failure", async () => {
    const broken = (error: Error): Promise<Outcome> => {
      const executor: Executor = {
        kind: "function",
        execute: async () => {
          throw error;
        },
      };
      return createBench({ executors: new Map([["function", executor]]) }).perform(effect(call("x")));
    };
    expect((await broken(new TypeError("oops"))).failure).toEqual({
      code: "INTERNAL",
      message: "A fault in tutti: oops",
      fix: "report this as a bug",
      class: "permanent",
      kind: "command.failure",
      severity: "major",
    });
    const full = new TuttiError("STORE_FULL", "Cannot store", { fix: "free space" });
    expect((await broken(full)).failure).toMatchObject({ code: "STORE_FULL", fix: "free space" });
  });

  it("refuses a kind of request that nobody does", async () => {
    const request: Request = { kind: "agent", agent: "a", prompt: "x" };
    expect((await createBench().perform(effect(request))).failure?.code).toBe("UNSUPPORTED");
  });

  /** Does http requests by calling `work`. */
  function requests(work: () => Promise<void>): {
    readonly executors: ReadonlyMap<string, Executor>;
    readonly request: Request;
  } {
    const executor: Executor = {
      kind: "http",
      execute: async () => {
        await work();
        return { ok: true };
      },
    };
    const request: Request = { kind: "http", method: "GET", url: "http://localhost", headers: {} };
    return { executors: new Map([["http", executor]]), request };
  }

  it("does so many at once, of all runs, and hands slots on", async () => {
    let running = 0;
    let most = 0;
    const { executors, request } = requests(async () => {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    });
    const { perform } = createBench({ executors, maxConcurrent: 3 });
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, index) => perform(effect(request), { runId: `r${index % 4}` })),
    );
    expect(outcomes.every((outcome) => outcome.ok)).toBe(true);
    expect(most).toBe(3);
  });

  it("begins so many requests a minute", async () => {
    let calls = 0;
    const { executors, request } = requests(async () => void (calls += 1));
    const { perform, clock } = createBench({ executors, requestsPerMinute: 2 });
    const all = Promise.all([1, 2, 3].map(() => perform(effect(request))));
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toBe(2);
    clock.advance(60_000);
    await all;
    expect(calls).toBe(3);
  });

  it("says what a request waits for that is not soon begun, and when it is", async () => {
    const { executors, request } = requests(async () => {});
    const { perform, clock, stages } = createBench({ executors, requestsPerMinute: 1 });
    const all = Promise.all([1, 2].map(() => perform(effect(request))));
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(999);
    expect(stages).toEqual([]);
    clock.advance(1);
    const waits = "its turn: requests_per_minute (1, over all runs) is reached";
    expect(stages).toEqual([{ stage: "slot", ok: true, durationMs: 0, waits }]);
    clock.advance(59_000);
    await all;
    expect(stages.slice(1)).toEqual([{ stage: "slot", ok: true, durationMs: 60_000, waits: null }]);
  });

  it("says nothing of a wait that is short, or was given up", async () => {
    const { executors, request } = requests(() => new Promise((resolve) => setImmediate(resolve)));
    const { perform, clock, stages } = createBench({ executors, maxConcurrent: 1 });
    const stopper = new AbortController();
    const all = [
      perform(effect(request)),
      perform(effect(request)),
      perform(effect(request), { signal: stopper.signal }),
    ];
    stopper.abort(new Error("enough"));
    await expect(all[2]).rejects.toThrow("enough");
    await Promise.all(all.slice(0, 2));
    clock.advance(60_000);
    expect(stages).toEqual([]);
  });

  it("moves what is larger than the cap to an artifact", async () => {
    const { perform, store } = createBench({ functions: { work: () => "x".repeat(5000) } });
    const { output, artifacts } = await perform(effect(call("work"), { outputBytes: 100 }));
    expect(output).toMatch(/^x+\n… 4900 bytes left out …\nx+$/);
    expect((await store.artifacts.get(artifacts?.["output"] ?? "")).length).toBe(5000);
  });
});

describe("the shape of an output", () => {
  const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };

  it("is checked and marked", async () => {
    const { perform } = createBench();
    expect(await perform(effect(run(`echo '{"n": 1}'`), { schema }))).toMatchObject({
      ok: true,
      shaped: true,
    });
    expect(await perform(effect(run(`echo '{"n": 1}'`)))).not.toHaveProperty("shaped");
  });

  it("that is wrong is a failure with exact messages, and the output is kept", async () => {
    const outcome = await createBench().perform(effect(run(`echo '{"n": "x"}'`), { schema }));
    expect(outcome).toMatchObject({
      ok: false,
      shaped: false,
      output: { n: "x" },
      exitCode: 0,
      failure: { code: "OUTPUT_SHAPE", class: "failure" },
    });
    expect(outcome.failure?.message).toContain(
      'output.n: Instance type "string" is invalid. Expected "integer".',
    );
  });

  it("does not hide a failure of the work", async () => {
    const outcome = await createBench().perform(effect(run("exit 3"), { schema }));
    expect(outcome.failure?.code).toBe("COMMAND_FAILED");
  });

  it("cannot be checked by a broken schema", async () => {
    const outcome = await createBench().perform(effect(run("echo 1"), { schema: { $ref: "#/nowhere" } }));
    expect(outcome.failure).toMatchObject({ code: "BAD_VALUE", class: "permanent" });
  });
});

describe("a secret", () => {
  const mark = secretMarker(testSeed, "KEY");

  it("reaches the program, and nothing that leaves shows it", async () => {
    const bench = createBench();
    const line = 'echo "got $A $B"; echo "err $A" >&2; echo "{$A}" | base64; exit 1';
    const outcome = await bench.perform(effect(run(line, { A: mark }), { env: { B: mark } }));
    expect(outcome.stdout).toMatch(/^got \*\*\* \*\*\*\n/);
    expect(JSON.stringify([outcome, bench.printed])).not.toContain("s3cr3t-value");
    expect(bench.printed).toContain("err ***");
    expect(outcome.failure?.message).toContain("err ***");
    const check = await createBench().perform(effect(run('test "$A" = s3cr3t-value', { A: mark })));
    expect(check.ok).toBe(true);
  });

  it("is not written into artifacts", async () => {
    const { perform, store } = createBench();
    const line = 'for i in $(seq 2000); do echo "line $i $A"; done';
    const { artifacts, stdout } = await perform(effect(run(line, { A: mark }), { outputBytes: 500 }));
    const whole = Buffer.from(await store.artifacts.get(artifacts?.["stdout"] ?? "")).toString();
    expect(whole).toBe(Array.from({ length: 2000 }, (_, index) => `line ${index + 1} ***\n`).join(""));
    expect(stdout).not.toMatch(/s3cr|alue/);
  });

  it("that has no value here is a failure before anything starts", async () => {
    const outcome = await createBench().perform(
      effect(run("touch started", { A: secretMarker(testSeed, "NO") })),
    );
    expect(outcome.failure).toMatchObject({ code: "SECRET_MISSING", class: "permanent" });
    expect(outcome.failure?.message).toContain('"NO"');
  });

  it("cannot be asked for by an output that holds a marker", async () => {
    const { perform } = createBench({ functions: { work: () => mark } });
    expect((await perform(effect(call("work")))).output).toBe("***");
  });

  it("is removed from stages", async () => {
    const executor: Executor = {
      kind: "run",
      execute: async (_request, { stage, env }) => {
        stage({ stage: "resolve", ok: true, durationMs: 1 });
        stage({ stage: "execution", ok: true, durationMs: 1, note: `used ${env["B"]}` });
        return { ok: true };
      },
    };
    const { perform, stages } = createBench({ executors: new Map([["run", executor]]) });
    await perform(effect(run("x"), { env: { B: mark } }));
    expect(stages.map((record) => record.note)).toEqual([undefined, "used ***"]);
  });
});

describe("a gate", () => {
  it("holds when its line exits with 0, with what was printed last as evidence", async () => {
    const bench = createBench();
    const outcome = await bench.perform(
      gate('echo one; sleep 0.05; echo two >&2; sleep 0.05; echo "$A"', { A: "three" }),
    );
    expect(outcome).toMatchObject({ ok: true, exitCode: 0, stdout: "one\ntwo\nthree" });
    expect(bench.printed).toEqual(["one", "two", "three"]);
  });

  it("does not hold otherwise", async () => {
    expect(await createBench().perform(gate("echo why >&2; exit 2"))).toMatchObject({
      ok: false,
      exitCode: 2,
      stdout: "why",
      failure: { code: "COMMAND_FAILED" },
    });
    expect((await createBench().perform(gate("false | true"))).ok).toBe(false);
  });

  it("keeps the end of a long output as evidence, within bounds", async () => {
    const { stdout = "" } = await createBench().perform(gate("seq 100000; exit 1"));
    expect(stdout.length).toBeLessThan(17_000);
    expect(stdout.endsWith("99999\n100000")).toBe(true);
  });

  it("is never taken from the cache", async () => {
    const { perform, store } = createBench();
    const cachedGate = { ...gate("true"), policy: { ...testPolicy, cacheMs: 1000 } } as WorkEffect;
    await perform(cachedGate);
    expect(await perform(cachedGate)).not.toHaveProperty("cached");
    expect(await store.cache.list()).toEqual([]);
  });

  it("gets its time and no more", async () => {
    const slow = { ...gate("sleep 600"), policy: { ...testPolicy, timeoutMs: 100 } } as WorkEffect;
    expect((await createBench().perform(slow)).failure).toMatchObject({ code: "TIMEOUT", class: "timeout" });
  });
});
