import { describe, expect, it } from "vitest";
import { createFunctionExecutor } from "./function.ts";
import type { WorkflowFunction } from "./function.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Request } from "../../core/effects.ts";
import type { Json } from "../../expression/json.ts";
import { describeExecutorContract } from "../../testing/executor-contract.ts";
import { createTaskContext } from "../../testing/task-context.ts";
import type { TaskContextOptions } from "../../testing/task-context.ts";

type FunctionRequest = Extract<Request, { readonly kind: "function" }>;

function request(name: string, args: Json = null): FunctionRequest {
  return { kind: "function", function: name, args };
}

function run(work: WorkflowFunction, options: TaskContextOptions & { args?: Json } = {}): Promise<Outcome> {
  const executor = createFunctionExecutor({ work });
  return executor.execute(request("work", options.args), createTaskContext(options).context);
}

const never = (): Promise<Json> => new Promise(() => {});

let running = 0;
const functions: Record<string, WorkflowFunction> = {
  good: () => ({ fine: true }),
  bad: () => {
    throw new Error("no");
  },
  endless: (_args, { signal }) => {
    running += 1;
    return new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        running -= 1;
        reject(signal.reason);
      });
    });
  },
  large: (bytes) => "x".repeat(Number(bytes)),
};

describeExecutorContract("the function executor", () => ({
  executor: createFunctionExecutor(functions),
  good: request("good"),
  bad: request("bad"),
  endless: request("endless"),
  large: (bytes) => request("large", bytes),
  isRunning: () => running > 0,
}));

describe("a function step", () => {
  it("gets a copy of its arguments and knows its place", async () => {
    const args = { list: [1] };
    const outcome = await run(
      (given, { runId, address, attempt }) => {
        (given as { list: number[] }).list.push(2);
        return { given, runId, address, attempt };
      },
      { args },
    );
    expect(outcome.output).toEqual({ given: { list: [1, 2] }, runId: "r1", address: "step", attempt: 1 });
    expect(args).toEqual({ list: [1] });
  });

  it("prints lines, which are signs of life", async () => {
    const task = createTaskContext({ policy: { idleMs: 200 } });
    const executor = createFunctionExecutor({
      work: async (_args, { print }) => {
        for (let turn = 0; turn < 6; turn += 1) {
          await new Promise((resolve) => setTimeout(resolve, 60));
          print(`turn ${turn}\nmore`);
        }
        return null;
      },
    });
    expect(await executor.execute(request("work"), task.context)).toMatchObject({ ok: true });
    expect(task.printed.slice(0, 2)).toEqual(["stdout: turn 0", "stdout: more"]);
  });

  it("gives null when it returns nothing", async () => {
    const nothing = (() => undefined) as unknown as WorkflowFunction;
    expect(await run(nothing)).toEqual({ ok: true, output: null });
  });

  it("gives a result that the function cannot change any more", async () => {
    const kept = { value: 1 };
    const outcome = await run(() => kept);
    kept.value = 2;
    expect(outcome.output).toEqual({ value: 1 });
  });

  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  const deep: unknown[] = [];
  for (let depth = 0, at = deep; depth < 5000; depth += 1) at.push((at = []));
  const noJson: readonly (readonly [string, unknown, string])[] = [
    ["a date", { at: [new Date(0)] }, "the result.at[0] is a Date"],
    ["a map", new Map(), "the result is a Map"],
    ["not a number", [Number.NaN], "the result[0] is NaN"],
    ["infinity", { x: -Infinity }, "the result.x is -Infinity"],
    ["a big integer", 1n, "the result is a bigint"],
    ["a function", { f: () => 1 }, "the result.f is a function"],
    ["a hole in a list", [undefined], "the result[0] is undefined"],
    ["a circle", circle, "the result.self holds itself"],
    ["an endless nesting", deep, "more than 1000 levels deep"],
    ["bytes", Buffer.from("x"), "the result is a Buffer"],
  ];
  for (const [name, value, message] of noJson) {
    it(`fails with OUTPUT_SHAPE for ${name}`, async () => {
      const outcome = await run(() => value as Json);
      expect(outcome).toMatchObject({ ok: false, failure: { code: "OUTPUT_SHAPE", class: "failure" } });
      expect(outcome.failure?.message).toContain(message);
    });
  }

  it("takes absent keys, equal parts and keys with any name", async () => {
    const part = { a: 1, b: undefined };
    const result = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}') as Json;
    expect((await run(() => [part, part, result])).output).toEqual([{ a: 1 }, { a: 1 }, result]);
  });

  it("fails with what was thrown, transient when the error says so", async () => {
    const fail = (error: unknown): Promise<Outcome> =>
      run(() => {
        throw error;
      });
    expect((await fail(new Error("boom\u001b[2J"))).failure).toEqual({
      code: "FUNCTION_FAILED",
      message: 'Cannot finish "work": it threw boom',
      class: "failure",
    });
    expect((await fail(Object.assign(new Error("later"), { transient: true }))).failure?.class).toBe(
      "transient",
    );
    expect((await fail(undefined)).failure?.message).toContain("threw undefined");
  });

  it("fails for names that were not registered, also those every object has", async () => {
    const executor = createFunctionExecutor({ known: () => 1 });
    for (const name of ["other", "constructor", "__proto__", "toString"]) {
      const outcome = await executor.execute(request(name), createTaskContext().context);
      expect(outcome.failure).toMatchObject({ code: "UNKNOWN_FUNCTION", class: "permanent" });
      expect(outcome.failure?.fix).toContain("known");
    }
  });
});

describe("a function that ignores its signal", () => {
  it("is left behind at once on abort, and the outcome says so", async () => {
    const stopper = new AbortController();
    const outcome = run(never, { signal: stopper.signal });
    stopper.abort(new Error("enough"));
    const startedAt = performance.now();
    expect((await outcome).failure).toMatchObject({ code: "CANCELLED", class: "cancelled" });
    expect((await outcome).failure?.message).toContain("enough");
    expect((await outcome).failure?.message).toContain("could not be stopped");
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it("is left behind at its timeout, and the outcome says so", async () => {
    const outcome = await run(never, { policy: { timeoutMs: 20 } });
    expect(outcome.failure).toMatchObject({ code: "TIMEOUT", class: "timeout" });
    expect(outcome.failure?.message).toContain("could not be stopped");
  });

  it("does not change the outcome by what it does later", async () => {
    let end: (value: Json) => void = () => {};
    const outcome = await run(() => new Promise((resolve) => (end = resolve)), { policy: { timeoutMs: 10 } });
    end("late");
    expect(outcome.ok).toBe(false);
  });
});
