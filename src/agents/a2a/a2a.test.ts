import { type Part, TaskState } from "@a2a-js/sdk";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type A2aServer,
  type A2aServerOptions,
  dataPart,
  startA2aServer,
  textPart,
} from "../../../test/a2a-server/server.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Agent, AgentTask } from "../../ports/agent.ts";
import type { TaskContext } from "../../ports/executor.ts";
import { createFakeClock } from "../../runtimes/memory/fake-clock.ts";
import { createMemoryStore } from "../../runtimes/memory/store.ts";
import { agentTask, countSchema, taskContext } from "../../testing/agent-task.ts";
import { createA2aAgent } from "./a2a.ts";

const { TASK_STATE_COMPLETED: completed } = TaskState;
const clock = createFakeClock();

interface World {
  readonly server: A2aServer;
  readonly agent: Agent;
  /** The same agent as a new process of tutti has it. */
  readonly restarted: () => Agent;
  readonly run: (task?: Partial<AgentTask>, context?: Partial<TaskContext>) => Promise<Outcome>;
}

async function world(
  options: A2aServerOptions,
  headers: Readonly<Record<string, string>> = {},
): Promise<World> {
  const server = await startA2aServer(options);
  onTestFinished(() => server.close());
  const made = (): Agent =>
    createA2aAgent({ name: "far", url: server.url, headers: () => headers, clock, pollMs: 20 });
  const agent = made();
  return {
    server,
    agent,
    restarted: made,
    run: (task, context) => agent.run(agentTask(task), taskContext({ cwd: "/", ...context, policy: {} })),
  };
}

describe("a remote agent", () => {
  it("gives the text of its artifacts, whose pieces are one text, else its last words", async () => {
    const printed: string[] = [];
    const made = await world({
      work: ({ say, give, end }) => {
        say("reading");
        give([textPart("one, ")]);
        give([textPart("two")], { append: true });
        end(completed, "that is all");
      },
    });
    const print = (line: string): void => void printed.push(line);
    expect(await made.run({}, { print })).toMatchObject({
      ok: true,
      output: "one, two",
      usage: { costUsd: null },
      details: { session: expect.any(String), task: expect.any(String) },
    });
    expect(printed).toEqual(["reading", "one, ", "two", "that is all"]);
    const brief = await world({ work: ({ end }) => end(completed, "nothing to do") });
    expect((await brief.run()).output).toBe("nothing to do");
  });

  it("may answer with a message and no task", async () => {
    const made = await world({ work: () => {}, reply: '{"count": 4}' });
    expect(await made.run({ schema: countSchema })).toMatchObject({ ok: true, output: { count: 4 } });
    const still = await world({ work: () => {}, reply: "hello", streaming: false });
    expect(await still.run()).toMatchObject({ ok: true, output: "hello" });
  });

  it("gives data as it is, alone or in the declared shape", async () => {
    const give = (parts: readonly Part[]) =>
      world({ work: (work) => (work.give(parts), work.end(completed)) });
    expect((await (await give([dataPart({ a: 1 })])).run()).output).toEqual({ a: 1 });
    expect((await (await give([dataPart({ a: 1 }), dataPart([2])])).run()).output).toEqual([{ a: 1 }, [2]]);
    const shaped = await give([textPart("here:"), dataPart({ other: 1 }), dataPart({ count: 2 })]);
    expect((await shaped.run({ schema: countSchema })).output).toEqual({ count: 2 });
  });

  it("has its files kept as artifacts, and names those that lie elsewhere", async () => {
    const file = { metadata: undefined, filename: "a.bin", mediaType: "application/x" };
    const parts: readonly Part[] = [
      textPart("two files"),
      { ...file, content: { $case: "raw", value: Buffer.from("bytes") } },
      { ...file, filename: "", content: { $case: "url", value: "https://example.com/b" } },
    ];
    const made = await world({ work: (work) => (work.give(parts), work.end(completed)) });
    const { artifacts } = createMemoryStore({ clock });
    const outcome = await made.run({}, { artifacts });
    expect(outcome).toMatchObject({
      output: "two files",
      details: {
        files: [
          { name: "a.bin", mediaType: "application/x", artifact: "file_1" },
          { mediaType: "application/x", url: "https://example.com/b" },
        ],
      },
    });
    const bytes = await artifacts.get(outcome.artifacts?.["file_1"] ?? "");
    expect(Buffer.from(bytes).toString()).toBe("bytes");
  });

  it("is asked once more for the declared shape, in the same context", async () => {
    const made = await world({
      work: ({ turn, give, end }) => {
        give([textPart(turn === 1 ? "three" : '{"count": 3}')]);
        end(completed);
      },
    });
    expect(await made.run({ schema: countSchema })).toMatchObject({ ok: true, output: { count: 3 } });
    expect(made.server.prompts).toEqual([
      expect.stringContaining("JSON Schema"),
      expect.stringContaining("could not be used"),
    ]);
  });

  it("is asked once more for what does not fit, and told which field it is", async () => {
    const made = await world({
      work: ({ turn, give, end }) => {
        give([turn === 1 ? dataPart({ count: "many" }) : textPart('{"count": 3}')]);
        end(completed);
      },
    });
    expect(await made.run({ schema: countSchema })).toMatchObject({ ok: true, output: { count: 3 } });
    expect(made.server.prompts[1]).toMatch(/could not be used: answer\.count: .*integer/);
    const stubborn = await world({
      work: (work) => (work.give([textPart('{"count": "x"}')]), work.end(completed)),
    });
    expect(await stubborn.run({ schema: countSchema })).toMatchObject({
      ok: false,
      failure: { code: "OUTPUT_SHAPE", message: expect.stringContaining("answer.count: ") },
    });
    expect(stubborn.server.prompts).toHaveLength(2);
  });

  it("has not done what it ends without a word", async () => {
    const made = await world({ work: ({ end }) => end(completed) });
    expect(await made.run()).toMatchObject({
      ok: false,
      failure: { code: "AGENT_FAILED", class: "failure", message: expect.stringContaining("without a word") },
    });
    const blank = await world({ work: (work) => (work.give([textPart(" \n")]), work.end(completed)) });
    expect(await blank.run()).toMatchObject({ ok: false });
  });

  it.each([
    [
      "INPUT_REQUIRED",
      "Which branch?",
      { class: "permanent", message: /it asks for more.*: Which branch\?/ },
    ],
    ["AUTH_REQUIRED", "log in", { class: "permanent", message: /it asks for an authorization: log in/ }],
    ["REJECTED", "not my job", { class: "permanent", message: /it rejects the task: not my job/ }],
    ["CANCELED", "shutting down", { class: "failure", message: /cancelled at its side: shutting down/ }],
    ["FAILED", "no idea", { class: "failure", message: /it failed: no idea/ }],
  ] as const)("that says %s has not done its task", async (state, text, wanted) => {
    const made = await world({ work: ({ end }) => end(TaskState[`TASK_STATE_${state}`], text) });
    const { ok, failure } = await made.run();
    expect(ok).toBe(false);
    expect(failure).toMatchObject({ code: "AGENT_FAILED", class: wanted.class });
    expect(failure?.message).toMatch(wanted.message);
    const cancels = made.server.calls.filter(({ method }) => method === "CancelTask");
    expect(cancels).toHaveLength(state.endsWith("_REQUIRED") ? 1 : 0);
  });

  it("that fails for a limit says when it may be asked again", async () => {
    const made = await world({
      work: ({ end }) => end(TaskState.TASK_STATE_FAILED, "rate limited, try again in 5 minutes"),
    });
    expect((await made.run()).failure).toMatchObject({
      code: "QUOTA",
      class: "quota",
      resetAt: clock.now() + 300_000,
    });
  });
});

describe("a long answer", () => {
  it("is fetched whole where it does not fit into the stream", async () => {
    const made = await world({
      work: ({ give, end }) => {
        give([textPart("x".repeat(5_000_000))]);
        end(completed);
      },
    });
    expect((await made.run()).output).toHaveLength(5_000_000);
    expect(made.server.prompts).toHaveLength(1);
  });

  it("is not taken when it would fill the memory", async () => {
    const made = await world({
      work: () => {},
      refuse: (response) => void response.end(Buffer.alloc(70_000_000, "x")),
    });
    expect((await made.run()).failure).toMatchObject({
      code: "AGENT_FAILED",
      message: expect.stringContaining("longer than 64 MiB"),
    });
  });
});

describe("the work of a remote agent", () => {
  it("is looked at where the agent does not stream", async () => {
    const go = Promise.withResolvers<void>();
    const made = await world({
      streaming: false,
      work: async ({ say, give, end }) => {
        say("half done");
        await go.promise;
        give([textPart("done")]);
        end(completed);
      },
    });
    const outcome = await made.run(
      {},
      { print: (line) => (line === "half done" ? go.resolve() : undefined) },
    );
    expect(outcome).toMatchObject({ ok: true, output: "done" });
  });

  it("goes on when the connection is cut, and its end is not missed", async () => {
    const go = Promise.withResolvers<void>();
    const made = await world({
      work: async ({ say, give, end }) => {
        say("half done");
        await go.promise;
        give([textPart("done")]);
        end(completed);
      },
    });
    const print = (): void => {
      made.server.cut();
      go.resolve();
    };
    expect(await made.run({}, { print })).toMatchObject({ ok: true, output: "done" });
    expect(made.server.prompts).toHaveLength(1);
  });

  it.each([
    ["is under way still", false],
    ["has ended meanwhile", true],
  ])("is found again by a tutti that was killed when it %s, and not asked for twice", async (_, ends) => {
    const go = Promise.withResolvers<void>();
    const made = await world({
      work: async ({ say, give, end }) => {
        say("half done");
        await go.promise;
        give([textPart("done")]);
        end(completed);
      },
    });
    const task = agentTask();
    const begun = Promise.withResolvers<void>();
    // what a process that was killed had begun; its connection is cut with it
    const killed = made.agent.run(task, taskContext({ cwd: "/", print: () => begun.resolve() }));
    await begun.promise;
    if (ends) go.resolve();
    if (ends) await killed;
    const resumed = made.restarted().run(task, taskContext({ cwd: "/" }));
    await expect.poll(() => made.server.calls.some(({ method }) => method === "GetTask")).toBe(true);
    go.resolve();
    expect(await resumed).toMatchObject({ ok: true, output: "done" });
    expect(made.server.prompts).toHaveLength(1);
    await killed;
  });
});

describe("a remote agent's place", () => {
  const answers: A2aServerOptions = { work: ({ end }) => end(completed, "hi") };

  it("gets the headers with every request", async () => {
    const made = await world({ ...answers, key: "s3cret" }, { "x-key": "s3cret" });
    expect(await made.run()).toMatchObject({ ok: true });
    expect(new Set(made.server.calls.map(({ key }) => key))).toEqual(new Set(["s3cret"]));
  });

  it("may lie elsewhere than its card, which is not told the headers", async () => {
    const other = await startA2aServer(answers);
    onTestFinished(() => other.close());
    const made = await world({ ...answers, elsewhere: `${other.url}/rpc` }, { "x-key": "s3cret" });
    expect(await made.run()).toMatchObject({ ok: true });
    expect(new Set(other.calls.map(({ key }) => key))).toEqual(new Set([undefined]));
  });

  it("is not left for another by a redirect", async () => {
    const made = await world({
      ...answers,
      refuse: (response) => void response.writeHead(307, { location: "http://127.0.0.1:1/" }).end(),
    });
    expect(await made.run()).toMatchObject({ ok: false, failure: { code: "AGENT_FAILED" } });
  });

  it("is told by its card, and why it cannot be used", async () => {
    const made = await world(answers);
    expect(await made.agent.probe()).toEqual({ available: true, version: "tester 2.1.0" });
    await made.server.close();
    expect(await made.agent.probe()).toMatchObject({
      available: false,
      reason: expect.stringContaining(made.server.url),
      fix: expect.stringContaining("`url`"),
    });
    expect((await made.run()).failure).toMatchObject({ code: "AGENT_FAILED", class: "transient" });
  });

  it("is not one that answers with something else", async () => {
    const server = createServer((_request, response) => response.end("<html>"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const agent = createA2aAgent({ name: "far", url, headers: () => ({}), clock });
    expect(await agent.probe()).toMatchObject({ available: false });
    expect(await agent.run(agentTask(), taskContext({ cwd: "/" }))).toMatchObject({
      ok: false,
      failure: { code: "AGENT_FAILED", class: "failure" },
    });
  });
});
