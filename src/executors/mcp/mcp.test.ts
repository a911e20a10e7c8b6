import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMcpExecutor, type McpRequest } from "./mcp.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { JsonObject } from "../../expression/json.ts";
import type { McpServerSpec } from "../../language/workflow.ts";
import { createProcesses } from "../../processes/supervisor.ts";
import { describeExecutorContract } from "../../testing/executor-contract.ts";
import { createTaskContext, type TaskContextOptions } from "../../testing/task-context.ts";
import { type HttpToolServer, startHttpToolServer } from "../../../test/mcp-server/http.ts";

const scripts = fileURLToPath(new URL("../../../test/mcp-server/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tutti-mcp-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pids = join(folder, "pids");
const executor = createMcpExecutor({ processes: createProcesses() });

function program(file: string, env: Readonly<Record<string, string>> = {}): McpServerSpec {
  return { command: process.execPath, args: [join(scripts, file)], env };
}

const stdio = program("stdio.ts", { PID_FILE: pids });

function request(tool: string, args: JsonObject = {}, server: McpServerSpec = stdio): McpRequest {
  return { kind: "mcp", server: "tools", tool, args, mcpServers: { tools: server } };
}

function run(asked: McpRequest, options: TaskContextOptions = {}): Promise<Outcome> {
  return executor.execute(asked, createTaskContext(options).context);
}

/** Programs of the server, and those that its tools started. */
function living(): readonly number[] {
  const noted = existsSync(pids) ? readFileSync(pids, "utf8").split("\n").filter(Boolean).map(Number) : [];
  return noted.filter(isAlive);
}

function isAlive(pid: number): boolean {
  const { status, stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  // A dead process that nobody has collected yet is a zombie.
  return status === 0 && !stdout.startsWith("Z");
}

describeExecutorContract("the MCP executor", () => ({
  executor,
  good: request("add", { a: 1, b: 2 }),
  bad: request("fail"),
  endless: request("hang"),
  large: (bytes) => request("long", { bytes }),
  isRunning: () => living().length > 0,
}));

describe("a tool of an MCP server", () => {
  it("gives its structured content, else its text as JSON, else its text", async () => {
    expect((await run(request("add", { a: 1, b: 2 }))).output).toEqual({ sum: 3 });
    expect((await run(request("say", { text: '{"a": [1]}' }))).output).toEqual({ a: [1] });
    expect((await run(request("say", { text: "plain" }))).output).toBe("plain");
  });

  it("fails with what it says of its failure", async () => {
    expect(await run(request("fail"))).toMatchObject({
      ok: false,
      failure: {
        code: "MCP_FAILED",
        class: "failure",
        message: 'Cannot call "fail" of the MCP server "tools": no luck today',
      },
    });
  });

  it("is told by the nearest name when there is none of its name", async () => {
    const { failure } = await run(request("ad", { a: 1 }));
    expect(failure).toMatchObject({ code: "UNKNOWN_TOOL", class: "permanent", fix: 'write "add"' });
    expect((await run(request("zzzzzz"))).failure?.fix).toContain("use one of: add, say,");
  });

  it("is not called with arguments that it does not take", async () => {
    expect((await run(request("add", { a: 1, b: "two" }))).failure).toMatchObject({
      code: "ARGUMENTS_INVALID",
      class: "permanent",
      message: expect.stringContaining("with.b:"),
    });
    const listed: McpRequest = { ...request("add"), args: [1, 2] };
    expect((await run(listed)).failure).toMatchObject({ code: "ARGUMENTS_INVALID" });
  });

  it("lives as long as it tells how far it is", async () => {
    const task = createTaskContext({ policy: { idleMs: 2000 } });
    const outcome = await executor.execute(request("slow", { rounds: 3 }), task.context);
    expect(outcome).toMatchObject({ ok: true, output: "done" });
    expect(task.printed).toEqual([
      "stderr: the server is up",
      "stdout: 1/3 grinding",
      "stdout: 2/3 grinding",
      "stdout: 3/3 grinding",
    ]);
  });

  it("has what is no text kept as artifacts", async () => {
    const task = createTaskContext();
    const outcome = await executor.execute(request("picture"), task.context);
    expect(outcome).toMatchObject({ ok: true, output: "here it is", details: { files: ["image/png"] } });
    const bytes = await task.store.get(outcome.artifacts?.["file_1"] ?? "");
    expect(Buffer.from(bytes).toString()).toBe("no picture");
  });

  it("is ended when it says more at once than fits", { timeout: 60_000 }, async () => {
    expect((await run(request("long", { bytes: 70_000_000 }))).failure).toMatchObject({
      code: "MCP_FAILED",
      class: "permanent",
      message: expect.stringContaining("longer than 64 MiB"),
    });
    expect(living()).toEqual([]);
  });

  it("is refused when it asks a person", async () => {
    expect((await run(request("ask"))).failure).toMatchObject({
      code: "MCP_FAILED",
      class: "permanent",
      message: expect.stringContaining("asks a person"),
      fix: expect.stringContaining("`question:`"),
    });
  });

  it("tells how the server ended that died of it", async () => {
    expect((await run(request("die"))).failure).toMatchObject({
      code: "MCP_FAILED",
      message: expect.stringMatching(/exit code 7: .*the disk is gone/s),
    });
  });
});

describe("an MCP server that is a program", () => {
  it("has the step's environment, and its own on top", async () => {
    const env = { COLOUR: "red", SHAPE: "round" };
    const server = program("stdio.ts", { COLOUR: "blue" });
    expect((await run(request("variable", { name: "COLOUR" }, server), { env })).output).toBe("blue");
    expect((await run(request("variable", { name: "SHAPE" }, server), { env })).output).toBe("round");
  });

  it("may know the older protocol only, and end when it is asked for the newer one, which it is once", async () => {
    const starts = join(folder, "starts");
    const server = program("old.ts", { PID_FILE: starts });
    const count = (): number => readFileSync(starts, "utf8").trim().split("\n").length;
    const wanted = { ok: true, output: { hello: "world" } };
    expect(await run(request("hello", {}, server))).toMatchObject(wanted);
    expect(count()).toBe(2);
    expect(await run(request("hello", {}, server))).toMatchObject(wanted);
    expect(count()).toBe(3);
  });

  it("that cannot be started, or ends, says why", async () => {
    const missing: McpServerSpec = { command: "no-such-program", args: [], env: {} };
    expect((await run(request("add", {}, missing))).failure).toMatchObject({
      code: "MCP_UNAVAILABLE",
      class: "permanent",
      message: expect.stringContaining("no program of this name"),
    });
    const broken: McpServerSpec = { command: "sh", args: ["-c", "echo no config >&2; exit 3"], env: {} };
    expect((await run(request("add", {}, broken))).failure).toMatchObject({
      code: "MCP_UNAVAILABLE",
      message: expect.stringContaining("exit code 3: no config"),
    });
  });

  it("is not waited for when it never answers", async () => {
    const deaf: McpServerSpec = { command: "sleep", args: ["1000"], env: {} };
    const outcome = await run(request("add", {}, deaf), { policy: { timeoutMs: 300 } });
    expect(outcome.failure).toMatchObject({ code: "TIMEOUT", class: "timeout" });
  });
});

describe("an MCP server by HTTP", () => {
  let server: HttpToolServer;
  beforeAll(async () => {
    server = await startHttpToolServer("k3y");
  });
  afterAll(() => server.close());
  const reached = (headers: Readonly<Record<string, string>>): McpServerSpec => ({
    url: server.url,
    headers,
  });

  it("gets its headers with every request", async () => {
    const outcome = await run(request("add", { a: 2, b: 2 }, reached({ authorization: "Bearer k3y" })));
    expect(outcome).toMatchObject({ ok: true, output: { sum: 4 } });
    expect(new Set(server.seen)).toEqual(new Set(["Bearer k3y"]));
  });

  it("that refuses is not asked again", async () => {
    expect((await run(request("add", {}, reached({})))).failure).toMatchObject({
      code: "MCP_UNAVAILABLE",
      class: "permanent",
      message: expect.stringContaining("status 401"),
      fix: expect.stringContaining("headers"),
    });
  });

  it("that is not there may be there later", async () => {
    const gone: McpServerSpec = { url: "http://127.0.0.1:1/mcp", headers: {} };
    expect((await run(request("add", {}, gone))).failure).toMatchObject({
      code: "MCP_UNAVAILABLE",
      class: "transient",
    });
  });

  it("stops when the step is stopped", async () => {
    const asked = request("hang", {}, reached({ authorization: "Bearer k3y" }));
    const outcome = await run(asked, { policy: { timeoutMs: 500 } });
    expect(outcome.failure).toMatchObject({ code: "TIMEOUT" });
  });
});
