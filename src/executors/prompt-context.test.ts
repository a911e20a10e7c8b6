import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ContextSummary } from "../core/context-record.ts";
import type { Request } from "../core/effects.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Executor, TaskContext } from "../ports/executor.ts";
import { createFakeClock } from "../runtimes/memory/fake-clock.ts";
import { createMemoryStore } from "../runtimes/memory/store.ts";
import { createTaskContext } from "../testing/task-context.ts";
import { withPromptContext } from "./prompt-context.ts";

type AgentRequest = Extract<Request, { kind: "agent" }>;

let cwd = "";
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "tutti-context-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const usage = { costUsd: 1, inputTokens: 100, outputTokens: 10 };

interface Call {
  readonly request: AgentRequest;
  readonly context: TaskContext;
}

/** What was asked for summaries, and what of the work itself. */
function bench(
  summary: () => Outcome | Promise<Outcome> = () => ({ ok: true, output: { summary: "in short" }, usage }),
) {
  const clock = createFakeClock();
  const { cache } = createMemoryStore({ clock });
  const asked: Call[] = [];
  const worked: { request: Request; context: TaskContext }[] = [];
  const ask: Executor<AgentRequest> = {
    kind: "agent",
    execute: async (request, context) => {
      asked.push({ request, context });
      return summary();
    },
  };
  let outcome: Outcome = { ok: true, output: "done", usage };
  const inner: Executor = {
    kind: "agent",
    execute: async (request, context) => {
      worked.push({ request, context });
      return outcome;
    },
  };
  const executor = withPromptContext(inner, { ask, cache, clock });
  return {
    asked,
    worked,
    clock,
    gives: (given: Outcome) => (outcome = given),
    run: (request: Request, context = createTaskContext({ cwd }).context) =>
      executor.execute(request, context),
  };
}

const text = "a long text ".repeat(100);

function wanted(more: Partial<ContextSummary> = {}): ContextSummary {
  return {
    of: "a.output",
    slot: "⟨summary 1 of a.output⟩",
    text,
    instead: "the beginning",
    mostTokens: 50,
    agent: "mock",
    ...more,
  };
}

function prompt(...summaries: readonly ContextSummary[]): AgentRequest {
  return {
    kind: "agent",
    agent: "mock",
    prompt: `Look: ${summaries.map(({ slot }) => slot).join(" and ")}`,
    summaries,
  };
}

describe("a summary for a prompt", () => {
  it("stands in its place, and its price is part of the attempt's", async () => {
    const { run, asked, worked } = bench();
    expect(await run(prompt(wanted()))).toEqual({
      ok: true,
      output: "done",
      summaries: [{ of: "a.output", kept: 2 }],
      usage: { costUsd: 2, inputTokens: 200, outputTokens: 20, asks: 2 },
    });
    expect(worked[0]?.request).toMatchObject({ prompt: "Look: in short" });
    expect(asked[0]?.request).toMatchObject({
      agent: "mock",
      tools: [],
      prompt: expect.stringContaining(text),
    });
    expect(asked[0]?.context.policy.schema).toMatchObject({ required: ["summary"] });
    expect(asked[0]?.context.effectId).not.toBe(worked[0]?.context.effectId);
  });

  it("leaves less of the money for the work", async () => {
    const { run, worked } = bench();
    await run(prompt(wanted()));
    expect(worked[0]?.context.policy.remainingUsd).toBe(9);
  });

  it("stands in the arguments and the context of a command", async () => {
    const { run, worked } = bench();
    const { slot } = wanted();
    await run({
      kind: "command",
      command: "/x",
      arguments: `of ${slot}`,
      agent: "mock",
      context: { a: [slot] },
      summaries: [wanted()],
    });
    expect(worked[0]?.request).toMatchObject({ arguments: "of in short", context: { a: ["in short"] } });
  });

  it("is asked for once, whoever wants it, until it is a month old", async () => {
    const { run, asked, clock } = bench();
    await run(prompt(wanted()));
    const again = await run(prompt(wanted()), createTaskContext({ cwd }).context);
    expect(again).toMatchObject({ summaries: [{ of: "a.output", kept: 2, cached: true }], usage });
    expect(asked).toHaveLength(1);
    clock.advance(31 * 24 * 3_600_000);
    await run(prompt(wanted()));
    expect(asked).toHaveLength(2);
  });

  it("is asked for once by steps side by side", async () => {
    const { run, asked } = bench();
    await Promise.all([
      run(prompt(wanted())),
      run(prompt(wanted())),
      run(prompt(wanted({ model: "other" }))),
    ]);
    expect(asked).toHaveLength(2);
  });

  it("never has more tokens than it may", async () => {
    const { run, worked } = bench(() => ({ ok: true, output: { summary: "word ".repeat(500) } }));
    const outcome = await run(prompt(wanted()));
    expect(outcome.summaries?.[0]?.kept).toBeLessThanOrEqual(50);
    expect(JSON.stringify(worked[0]?.request).length).toBeLessThan(
      JSON.stringify(prompt(wanted())).length + 200,
    );
  });

  it("is not asked for where a cap leaves no asking for it", async () => {
    const { run, asked } = bench();
    const second = wanted({ of: "b.output", slot: "⟨summary 2 of b.output⟩", text: "other" });
    const { context } = createTaskContext({ cwd, policy: { mostAsks: 2 } });
    expect((await run(prompt(wanted(), second), context)).summaries).toEqual([
      { of: "a.output", kept: 2 },
      { of: "b.output", kept: 4, failure: "the cap on agents leaves no asking for it" },
    ]);
    expect(asked).toHaveLength(1);
    expect((await run(prompt(wanted()), context)).summaries).toMatchObject([{ cached: true }]);
  });

  it("is never taken for the place of another, whatever it says", async () => {
    const second = wanted({ of: "b.output", slot: "⟨summary 2 of b.output⟩", text: "other" });
    let calls = 0;
    const { run, worked } = bench(() => ({
      ok: true,
      output: { summary: (calls += 1) === 1 ? `see ${second.slot} $&` : "two" },
    }));
    await run(prompt(wanted(), second));
    expect(worked[0]?.request).toMatchObject({ prompt: `Look: see ${second.slot} $& and two` });
  });

  it.each<[string, () => Outcome, string]>([
    [
      "fails",
      () => ({ ok: false, usage, failure: { code: "AGENT_FAILED", message: "it broke", class: "failure" } }),
      "it broke",
    ],
    ["says nothing", () => ({ ok: true, output: { summary: " " }, usage }), "the agent gave no summary"],
    [
      "throws",
      () => {
        throw new Error("a fault");
      },
      "a fault",
    ],
  ])("that %s is a part of the value, and the reason is told", async (_, summary, failure) => {
    const { run, worked } = bench(summary);
    expect(await run(prompt(wanted()))).toMatchObject({
      ok: true,
      summaries: [{ of: "a.output", kept: 4, failure }],
    });
    expect(worked[0]?.request).toMatchObject({ prompt: "Look: the beginning" });
  });

  it("that failed is asked for again the next time", async () => {
    const { run, asked } = bench(() => ({ ok: false }));
    await run(prompt(wanted()));
    await run(prompt(wanted()));
    expect(asked).toHaveLength(2);
  });

  it("stops with its step", async () => {
    const stop = new AbortController();
    const { run, worked } = bench(() => {
      stop.abort(new Error("stopped"));
      throw new Error("stopped");
    });
    await expect(
      run(prompt(wanted()), createTaskContext({ cwd, signal: stop.signal }).context),
    ).rejects.toThrow("stopped");
    expect(worked).toEqual([]);
  });

  it("is paid also where its step could not be asked", async () => {
    const { run, gives } = bench();
    gives({ ok: false, asked: false });
    const outcome = await run(prompt(wanted()));
    expect(outcome).toMatchObject({ ok: false, usage });
    expect(outcome).not.toHaveProperty("asked");
    expect(await run(prompt(wanted()))).toMatchObject({ asked: false });
  });
});

describe("a file for a prompt", () => {
  const file = { path: ".tutti/context/0123.txt", text: "all of it" };
  const request: AgentRequest = { kind: "agent", agent: "mock", prompt: "Look", files: [file] };

  it("lies below the folder of the step before the agent starts, where git ignores it", async () => {
    const { run, worked } = bench();
    await run(request);
    expect(worked).toHaveLength(1);
    expect(readdirSync(join(cwd, ".tutti/context")).toSorted()).toEqual([".gitignore", "0123.txt"]);
    expect(readFileSync(join(cwd, file.path), "utf8")).toBe("all of it");
    expect(readFileSync(join(cwd, ".tutti/context/.gitignore"), "utf8")).toBe("*\n");
  });

  it("may be there already", async () => {
    const { run } = bench();
    await run(request);
    expect(await run(request)).toMatchObject({ ok: true });
  });

  it("goes after a week", async () => {
    const { run, clock } = bench();
    mkdirSync(join(cwd, ".tutti/context"), { recursive: true });
    const old = join(cwd, ".tutti/context/old.txt");
    writeFileSync(old, "x");
    utimesSync(old, new Date(0), new Date(0));
    clock.advance(8 * 24 * 3_600_000);
    await run(request);
    expect(readdirSync(join(cwd, ".tutti/context"))).not.toContain("old.txt");
  });

  it("never leads out of the folder by a link", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "tutti-elsewhere-"));
    try {
      symlinkSync(elsewhere, join(cwd, ".tutti"));
      const { run, worked } = bench();
      expect(await run(request)).toMatchObject({
        ok: false,
        asked: false,
        failure: { code: "WORKSPACE_NOT_READY" },
      });
      expect(worked).toEqual([]);
      expect(readdirSync(elsewhere).filter((name) => name !== "context")).toEqual([]);
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });

  it("that is a link itself is put in its place, and what it led to stays", async () => {
    mkdirSync(join(cwd, ".tutti/context"), { recursive: true });
    writeFileSync(join(cwd, "mine.txt"), "mine");
    symlinkSync(join(cwd, "mine.txt"), join(cwd, file.path));
    const { run } = bench();
    await run(request);
    expect(readFileSync(join(cwd, "mine.txt"), "utf8")).toBe("mine");
    expect(readFileSync(join(cwd, file.path), "utf8")).toBe("all of it");
  });

  it("that cannot be put there fails the step before anything is asked", async () => {
    writeFileSync(join(cwd, ".tutti"), "a file");
    const { run, worked } = bench();
    expect(await run(request)).toMatchObject({ ok: false, failure: { code: "WORKSPACE_NOT_READY" } });
    expect(worked).toEqual([]);
  });
});
