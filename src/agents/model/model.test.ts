import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  broken,
  promptTooLong,
  rateLimited,
  text,
  tool,
  type Reply,
} from "../../../test/model-server/replies.ts";
import { driverParts } from "../../../test/model-server/driver-parts.ts";
import { startModelServer, type ModelServer, type Script } from "../../../test/model-server/server.ts";
import { agentTask, countSchema, taskContext } from "../../testing/agent-task.ts";
import type { ModelEntry } from "./endpoints.ts";
import { createModelAgent, type ModelAgentOptions } from "./model.ts";

let server: ModelServer;
let cwd: string;
let sessions: string;
beforeEach(async () => {
  server = await startModelServer();
  cwd = await mkdtemp(join(tmpdir(), "model-cwd-"));
  sessions = await mkdtemp(join(tmpdir(), "model-sessions-"));
});
afterEach(async () => {
  await server.close();
  for (const folder of [cwd, sessions]) await rm(folder, { recursive: true, force: true });
});

interface Given extends Partial<ModelAgentOptions> {
  readonly entry?: Partial<ModelEntry>;
}

function agent({ entry, ...options }: Given = {}) {
  const own: ModelEntry = {
    provider: "openai-compatible",
    model: "m",
    baseUrl: `${server.url}/v1`,
    prices: { input: 1000, output: 1000 },
    ...entry,
  };
  return createModelAgent({
    models: { entries: {}, own },
    ...driverParts(),
    sessions,
    ...options,
  });
}

const context = (over: Partial<Parameters<typeof taskContext>[0]> = {}) =>
  taskContext({ cwd, env: { PATH: process.env["PATH"] ?? "" }, ...over });
const play = (...replies: Reply[]) => server.play(replies);
const anthropic = { provider: "anthropic", model: "claude-haiku-4-5" } as const;

describe("what a model is told", () => {
  it("begins with what tasks share, where Anthropic's cache begins anew, and once more at the end", async () => {
    play(tool("list_files", {}), text("done"));
    await agent({ entry: anthropic }).run(agentTask({ preamble: "All of you: be kind." }), context());
    const cache = { cache_control: { type: "ephemeral" } };
    for (const { system, messages } of server.requests) {
      expect(system).toMatchObject([
        { text: "All of you: be kind.", ...cache },
        { text: expect.any(String) },
      ]);
      expect(JSON.stringify(messages.slice(0, -1))).not.toContain("cache_control");
      expect(messages.at(-1)).toMatchObject({ content: [cache] });
      expect(JSON.stringify(messages)).not.toContain("be kind");
    }
  });

  it("is one system message for servers of OpenAI's protocol", async () => {
    play(text("done"));
    await agent().run(agentTask({ preamble: "All of you: be kind." }), context());
    const roles = server.requests[0]?.messages.map(({ role }) => role);
    expect(roles).toEqual(["system", "user"]);
    expect(String(server.requests[0]?.messages[0]?.content)).toMatch(/^All of you: be kind\.\n\n/);
  });

  it("is the shape that its server holds it to, or that the prompt asks for", async () => {
    play(text('{"count":1}'));
    await agent().run(agentTask({ schema: countSchema }), context());
    expect(server.requests[0]?.outputConfig).toMatchObject({
      json_schema: { strict: true, schema: { additionalProperties: false } },
    });
    play(text('It is one:\n```json\n{"count":1}\n```'));
    const asking = agent({ entry: { enforcesSchema: false } });
    expect(asking.abilities.schema).toBe("asked");
    expect(await asking.run(agentTask({ schema: countSchema }), context())).toMatchObject({
      output: { count: 1 },
    });
    expect(server.requests[0]?.outputConfig).toBeUndefined();
    expect(String(server.requests[0]?.messages.at(-1)?.content)).toContain('"count"');
  });
});

describe("an answer", () => {
  it("of another shape is asked for again, with what is wrong, and no more than twice", async () => {
    play(text('{"count":"many"}'), text("three"), text('{"count":3}'));
    const outcome = await agent().run(agentTask({ schema: countSchema }), context());
    expect(outcome).toMatchObject({ ok: true, output: { count: 3 }, details: { turns: 3 } });
    expect(String(server.requests[1]?.messages.at(-1)?.content)).toContain("answer.count");
    server.play(() => text("never"));
    const never = await agent().run(agentTask({ schema: countSchema }), context());
    expect(never).toMatchObject({ ok: false, failure: { code: "OUTPUT_SHAPE" } });
    expect(server.requests).toHaveLength(3);
  });

  it.each([
    [promptTooLong(), { code: "AGENT_FAILED", class: "permanent" }],
    [broken(503), { code: "AGENT_FAILED", class: "transient" }],
    [rateLimited({ "retry-after": "5" }), { code: "QUOTA", class: "quota", resetAt: 1_005_000 }],
    [text(""), { code: "AGENT_FAILED", class: "failure" }],
  ] as const)("that did not come is asked for once, and costs what it cost: %j", async (reply, failure) => {
    play(reply);
    const outcome = await agent().run(agentTask(), context());
    expect(outcome).toMatchObject({ ok: false, failure });
    expect(outcome.usage?.costUsd).toBe(reply.kind === "text" ? 0.12 : 0);
    expect(server.requests).toHaveLength(1);
  });

  it("that was lost on its way has an unknown price", async () => {
    play({ kind: "cut" });
    expect(await agent().run(agentTask(), context())).toMatchObject({ ok: false, usage: { costUsd: null } });
  });

  it("is asked for without a time to think where the model takes none", async () => {
    const refusal = { kind: "error", status: 400, type: "invalid_request_error" } as const;
    play({ ...refusal, message: '"m" does not support thinking' }, text("one"), text("two"));
    const here = agent();
    for (const said of ["one", "two"])
      expect(await here.run(agentTask({ effort: "low" }), context())).toMatchObject({
        ok: true,
        output: said,
      });
    expect(server.requests.map(({ thinking }) => thinking)).toEqual(["low", undefined, undefined]);
  });
});

describe("the use of tokens", () => {
  it.each([anthropic, {}])("tells those that came from a cache, which cost less: %j", async (entry) => {
    const prices = { input: 10, cached: 1, output: 100 };
    play(text("done", { inputTokens: 1000, outputTokens: 10, cachedTokens: 900 }));
    const { usage } = await agent({ entry: { ...entry, prices } }).run(agentTask(), context());
    const costUsd = (100 * 10 + 900 * 1 + 10 * 100) / 1e6;
    expect(usage).toEqual({ costUsd, inputTokens: 1000, outputTokens: 10, cachedTokens: 900 });
  });

  it("has a price by public lists where the project says none", async () => {
    play(text("done"), text("done"));
    const { provider, model } = anthropic;
    const models = { entries: { anthropic: { provider, baseUrl: `${server.url}/v1` } } } as const;
    const known = await agent({ models }).run(agentTask({ model: `anthropic/${model}` }), context());
    expect(known.usage?.costUsd).toBeGreaterThan(0);
    const unknown = await agent({ models }).run(agentTask({ model: "anthropic/of-nobody" }), context());
    expect(unknown).toMatchObject({ ok: true, usage: { costUsd: null, inputTokens: 100 } });
  });
});

describe("a call of a tool", () => {
  it("of no tool is answered, and counted, and no denial", async () => {
    play(tool("fly", {}), text("walked"));
    const outcome = await agent().run(agentTask(), context());
    expect(outcome).toMatchObject({ ok: true, details: { unknownTools: 1, turns: 2 } });
    expect(String(server.requests[1]?.messages.at(-1)?.content)).toContain("fly");
  });

  it("that is denied is answered, and the work does not count as done", async () => {
    play(tool("write_file", { path: "a", content: "" }), text("done"));
    const outcome = await agent().run(agentTask({ tools: ["Read"] }), context());
    expect(outcome).toMatchObject({
      ok: false,
      failure: { code: "AGENT_DENIED" },
      details: { denied: ["Write(a)"] },
    });
    expect(JSON.stringify(server.requests[1]?.messages)).toContain("Denied: Write(a)");
  });

  it("comes to an end, though the model does not", async () => {
    server.play(() => tool("list_files", {}));
    const outcome = await agent({ entry: { prices: { input: 0, output: 0 } } }).run(agentTask(), context());
    expect(outcome).toMatchObject({ ok: false, failure: { code: "AGENT_FAILED" } });
    expect(server.requests).toHaveLength(100);
  });

  it("is not made when the money is used up", async () => {
    play(tool("list_files", {}), text("done"));
    const policy = { remainingUsd: 0.12 };
    const outcome = await agent().run(agentTask(), context({ policy }));
    expect(outcome).toMatchObject({
      ok: false,
      failure: { code: "LIMIT_REACHED" },
      usage: { costUsd: 0.12 },
    });
    expect(server.requests).toHaveLength(1);
    play(text("done"));
    expect(await agent().run(agentTask(), context({ policy: { remainingUsd: 0 } }))).toMatchObject({
      failure: { code: "LIMIT_REACHED" },
      usage: { costUsd: 0 },
    });
    expect(server.requests).toHaveLength(0);
  });
});

describe("a session that was cut off", () => {
  /** Ends at this line, as a process that is killed would: nothing more is written. */
  const cutAt = async (line: RegExp, script: Script) => {
    server.play(script);
    const task = agentTask({ tools: ["Bash", "Read", "Glob", "Write"] });
    const stop = new AbortController();
    const print = (said: string) => {
      if (line.test(said)) stop.abort(new Error("killed"));
    };
    await expect(agent().run(task, context({ signal: stop.signal, print }))).rejects.toThrow("killed");
    return task;
  };

  it("makes no call again that was made", async () => {
    const line = tool("run", { command: "echo once >> log" });
    const task = await cutAt(/^→ Glob/, [line, tool("list_files", {}), text("done")]);
    expect(await agent().run(task, context())).toMatchObject({
      ok: true,
      output: "done",
      details: { resumed: true },
    });
    expect(await readFile(join(cwd, "log"), "utf8")).toBe("once\n");
    expect(server.requests).toHaveLength(3);
  });

  it("tells the model of a call that may have taken effect or not", async () => {
    const line = tool("run", { command: "echo once >> log; echo begun; sleep 300" });
    const task = await cutAt(/^begun$/, [line, text("done")]);
    expect(await agent().run(task, context())).toMatchObject({ ok: true });
    expect(await readFile(join(cwd, "log"), "utf8")).toBe("once\n");
    expect(String(server.requests[1]?.messages.at(-1)?.content)).toContain("interrupted");
  });

  it("gives the answer that was there already, and asks nobody", async () => {
    play(text("done"));
    const task = agentTask();
    const first = await agent().run(task, context());
    const second = await agent().run(task, context());
    expect([second.output, second.usage]).toEqual([first.output, first.usage]);
    expect(server.requests).toHaveLength(1);
  });

  it("is not kept where nothing of the run is", async () => {
    play(text("one"), text("two"));
    const task = agentTask();
    await agent().run(task, context({ unsaved: true }));
    expect(await agent().run(task, context({ unsaved: true }))).toMatchObject({ output: "two" });
  });

  it("counts what it cost once, though a person decided in between", async () => {
    play(tool("write_file", { path: "a", content: "" }), text("done"));
    const task = agentTask({ permissions: "ask" });
    const stopped = await agent().run(task, context());
    expect(stopped).toMatchObject({
      deferred: { tool: "Write", input: { path: "a" } },
      usage: { costUsd: 0.12 },
    });
    const decided = { id: stopped.deferred?.id ?? "", allow: true };
    expect(await agent().run({ ...task, decided }, context())).toMatchObject({
      ok: true,
      usage: { costUsd: 0.12 },
    });
  });
});

describe("the end of a task", () => {
  it("leaves no request open", async () => {
    play({ kind: "silence" });
    const stop = new AbortController();
    const run = agent().run(agentTask(), context({ signal: stop.signal }));
    await expect.poll(() => server.requests.length).toBe(1);
    await expect.poll(() => server.open()).toBe(1);
    stop.abort(new Error("stopped"));
    await expect(run).rejects.toThrow("stopped");
    await expect.poll(() => server.open()).toBe(0);
  });

  it("ends a server of tools that cannot be reached with what it says", async () => {
    const mcpServers = { gone: { command: "/nowhere/server", args: [], env: {} } };
    const outcome = await agent().run(agentTask({ mcpServers }), context());
    expect(outcome).toMatchObject({ ok: false, failure: { code: "MCP_UNAVAILABLE" }, usage: { costUsd: 0 } });
  });
});

describe("the key of a model", () => {
  it("is that of the secret that its entry names, and is learnt so that nothing shows it", async () => {
    const learnt: string[] = [];
    const given = {
      entry: { apiKey: "MY_KEY" },
      learnSecret: (value: string) => void learnt.push(value),
      secrets: (name: string) => (name === "MY_KEY" ? "sk-1" : undefined),
    };
    play(text("done"));
    expect(await agent(given).run(agentTask(), context())).toMatchObject({ ok: true });
    expect(learnt).toEqual(["sk-1"]);
  });

  it("is missed before anything is asked", async () => {
    const without = agent({ entry: { apiKey: "MY_KEY" } });
    expect(await without.probe()).toMatchObject({
      available: false,
      reason: expect.stringContaining("MY_KEY"),
    });
    expect(await without.run(agentTask(), context())).toMatchObject({ failure: { code: "SECRET_MISSING" } });
    expect(server.requests).toHaveLength(0);
  });
});

describe("a model that nobody knows", () => {
  it("is refused with what to write", async () => {
    const bare = agent({ models: { entries: {} } });
    expect(await bare.probe()).toMatchObject({ available: true });
    expect(await bare.run(agentTask({ model: "sonnet" }), context())).toMatchObject({
      failure: { code: "AGENT_UNAVAILABLE", fix: expect.stringContaining("anthropic/") },
    });
  });
});
