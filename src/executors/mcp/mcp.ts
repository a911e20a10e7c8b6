import { connectMcp, type McpConnection, type McpTool } from "../../mcp-client/connect.ts";
import { McpFailed } from "../../mcp-client/mcp-failed.ts";
import type { McpBlob, McpResult } from "../../mcp-client/results.ts";
import type { Request } from "../../core/effects.ts";
import type { Failure, Outcome } from "../../core/outcome.ts";
import { isObject, type JsonObject } from "../../expression/json.ts";
import { nearest } from "../../expression/nearest.ts";
import type { Executor, TaskContext } from "../../ports/executor.ts";
import type { Processes } from "../../ports/processes.ts";
import { shapeProblems } from "../../shape/shape.ts";
import { capOutput } from "../cap-output.ts";
import { createDeadline, type Deadline } from "../deadline.ts";
import { excerpt, failed, lastLines, survivorsNote, thrown } from "../failed.ts";
import { isTuttiError } from "../../errors.ts";

export type McpRequest = Extract<Request, { readonly kind: "mcp" }>;

export interface McpExecutorOptions {
  readonly processes: Processes;
}

/**
 * Does `mcp:` steps: reaches the server, holds the arguments against what the tool asks for, and calls it. The output
 * is the tool's structured content, else its text as JSON, else its text; what is no text becomes an artifact. A server
 * that is a program works in the step's folder, and nothing of it is left when the step has ended.
 */
export function createMcpExecutor({ processes }: McpExecutorOptions): Executor<McpRequest> {
  return {
    kind: "mcp",
    async execute(request, context) {
      const { signal, policy } = context;
      signal.throwIfAborted();
      const deadline = createDeadline({ signal, timeoutMs: policy.timeoutMs, idleMs: policy.idleMs });
      const call: Call = { request, context, deadline, processes };
      try {
        return await capOutput(await connected(call), context);
      } catch (error) {
        const ended = deadline.ended();
        if (ended === "aborted") throw signal.reason;
        if (ended !== undefined) return failed(timeFailure(call, ended));
        return failed(failureOf(error));
      } finally {
        deadline.off();
      }
    },
  };
}

interface Call {
  readonly request: McpRequest;
  readonly context: TaskContext;
  readonly deadline: Deadline;
  readonly processes: Processes;
}

async function connected(call: Call): Promise<Outcome> {
  const { request, context, deadline, processes } = call;
  const server = request.mcpServers[request.server];
  if (!server) return failed(unknownServer(request));
  const heard = (stream: "stdout" | "stderr") => (line: string) => {
    deadline.heard();
    context.print(line, stream);
  };
  const connection = await connectMcp(server, {
    name: request.server,
    processes,
    cwd: context.cwd,
    env: context.env,
    signal: deadline.signal,
    onLine: heard("stderr"),
  });
  const calling = callTool(connection, call, heard("stdout"));
  // also when it rejects: what was started is gone before anybody hears of it
  const survivors = await calling
    .then(
      () => undefined,
      () => undefined,
    )
    .then(() => connection.close());
  const outcome = await calling;
  return survivors.length === 0 ? outcome : failed(leftRunning(request, survivors), outcome);
}

async function callTool(
  connection: McpConnection,
  { request, context, deadline }: Call,
  onProgress: (line: string) => void,
): Promise<Outcome> {
  const { signal } = deadline;
  const tools = await connection.tools(signal);
  deadline.heard();
  const tool = tools.find(({ name }) => name === request.tool);
  if (!tool) return failed(unknownTool(request, tools));
  const { args } = request;
  if (!isObject(args)) return failed(badArguments(request, "they are no object of keys and values"));
  const problems = misfits(tool, args);
  if (problems.length > 0) return failed(badArguments(request, problems.join("; ")));
  const result = await connection.call(request.tool, args, { signal, onProgress });
  return outcomeOf(result, { request, context });
}

/** A schema that we cannot use is the server's to check. */
function misfits(tool: McpTool, args: JsonObject): readonly string[] {
  const what = `the input schema of the tool "${tool.name}"`;
  try {
    return shapeProblems(tool.inputSchema, args, { root: "with", what, fix: "ask whoever made the server" });
  } catch (error) {
    if (isTuttiError(error, "BAD_VALUE")) return [];
    throw error;
  }
}

async function outcomeOf(
  result: McpResult,
  { request, context }: { readonly request: McpRequest; readonly context: TaskContext },
): Promise<Outcome> {
  const artifacts = await stored(result.blobs, context);
  const rest = {
    ...(result.blobs.length === 0 ? {} : { artifacts }),
    ...(result.blobs.length === 0
      ? {}
      : { details: { files: result.blobs.map(({ mimeType }) => mimeType) } }),
  };
  if (!result.isError) return { ok: true, output: result.output, ...rest };
  const said = lastLines(result.text);
  const message = `Cannot call "${request.tool}" of the MCP server "${request.server}": ${said === "" ? "it failed and does not say why" : said}`;
  return failed({ code: "MCP_FAILED", message, class: "failure" }, rest);
}

/** `file_1`, `file_2` …: in the order in which the tool gave them. */
async function stored(
  blobs: readonly McpBlob[],
  { artifacts }: TaskContext,
): Promise<Record<string, string>> {
  const named = blobs.map(
    async ({ bytes }, index) => [`file_${index + 1}`, (await artifacts.put(bytes)).id] as const,
  );
  return Object.fromEntries(await Promise.all(named));
}

function failureOf(error: unknown): Failure {
  return error instanceof McpFailed ? error.failure : thrown(error);
}

function timeFailure({ request, context }: Call, ended: "timeout" | "idle"): Failure {
  const { timeoutMs, idleMs } = context.policy;
  const doing = `Cannot finish "${excerpt(request.tool)}" of the MCP server "${request.server}"`;
  if (ended === "timeout")
    return { code: "TIMEOUT", message: `${doing}: it did not end within ${timeoutMs} ms`, class: "timeout" };
  return { code: "IDLE", message: `${doing}: it gave no sign of life for ${idleMs} ms`, class: "timeout" };
}

function unknownServer({ server }: McpRequest): Failure {
  const message = `Cannot find the MCP server "${server}": the workflow declares none of this name`;
  return { code: "UNKNOWN_SERVER", message, fix: "declare it under `mcp_servers:`", class: "permanent" };
}

function unknownTool({ server, tool }: McpRequest, tools: readonly McpTool[]): Failure {
  const names = tools.map(({ name }) => name);
  const guess = nearest(tool, names);
  return {
    code: "UNKNOWN_TOOL",
    message: `Cannot find the tool "${excerpt(tool)}": the MCP server "${server}" has none of this name`,
    fix: guess === undefined ? `use one of: ${excerpt(names.join(", "), 500)}` : `write "${guess}"`,
    class: "permanent",
  };
}

function badArguments({ server, tool }: McpRequest, what: string): Failure {
  return {
    code: "ARGUMENTS_INVALID",
    message: `Cannot call "${excerpt(tool)}" of the MCP server "${server}" with these arguments: ${what}`,
    fix: "correct the step's `with:`",
    class: "permanent",
  };
}

function leftRunning({ server }: McpRequest, survivors: readonly number[]): Failure {
  const message = `Cannot end the MCP server "${server}": ${survivorsNote(survivors)}`;
  return { code: "MCP_FAILED", message, class: "permanent" };
}
