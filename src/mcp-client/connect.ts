import type { Client, Transport } from "@modelcontextprotocol/client";
import type { JsonObject } from "../expression/json.ts";
import type { McpServer } from "../ports/agent.ts";
import type { Processes } from "../ports/processes.ts";
import { after } from "../timers/after.ts";
import { failedBy, type Trouble } from "./failures.ts";
import { McpFailed } from "./mcp-failed.ts";
import { ProcessTransport } from "./process-transport.ts";
import { type McpResult, readResult } from "./results.ts";
import { loadSdk, type Sdk } from "./sdk.ts";

export interface ConnectOptions {
  /** Its name in the workflow, for messages. */
  readonly name: string;
  readonly processes: Processes;
  /** Where a server that is a program works; absolute. */
  readonly cwd: string;
  /** The whole environment of such a program, below the server's own `env`. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends the connection, and the program with it. */
  readonly signal: AbortSignal;
  /** A line that the server prints or logs. */
  readonly onLine?: (line: string) => void;
}

export interface McpTool {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of its arguments. */
  readonly inputSchema: JsonObject;
}

export interface CallOptions {
  readonly signal: AbortSignal;
  /** How far the tool is, in its words; a sign of life. */
  readonly onProgress?: (line: string) => void;
}

/** One connection to one server. */
export interface McpConnection {
  readonly name: string;
  tools(signal: AbortSignal): Promise<readonly McpTool[]>;
  /** A tool that says that it failed resolves with `isError`; everything else that goes wrong rejects with McpFailed. */
  call(tool: string, args: JsonObject, options: CallOptions): Promise<McpResult>;
  /** Ends it; gives the ids of processes that could not be stopped. Never rejects. */
  close(): Promise<readonly number[]>;
}

const startMs = 120_000;
/** How long a program may think about the first question of the newer protocol before it is taken for an older one. */
const probeMs = 10_000;
/** Only the caller's signal ends a call. */
const noLimitMs = 2 ** 31 - 1;
const farewellMs = 1000;

/**
 * Connects to a server of either age of the protocol: a program through its standard input and output, a URL by
 * streamable HTTP. Rejects with the signal's reason when it aborts, else with McpFailed; nothing is left running then.
 */
export async function connectMcp(server: McpServer, options: ConnectOptions): Promise<McpConnection> {
  const { signal, name } = options;
  signal.throwIfAborted();
  const sdk = await loadSdk();
  const key = JSON.stringify("url" in server ? server.url : [server.command, server.args]);
  const link = await open(server, { ...options, sdk, old: older.delete(key) });
  if (link instanceof McpFailed) throw link;
  if (link.client.getProtocolEra() === "legacy") older.add(key);
  return connectionOf(link, { sdk, name });
}

/** Servers that were of the older protocol the last time: some take seconds to show it, or end of the question. */
const older = new Set<string>();

interface Opening extends ConnectOptions {
  readonly sdk: Sdk;
  /** It is not asked whether it knows the newer protocol. */
  readonly old: boolean;
}

interface Link {
  readonly client: Client;
  readonly ended: () => Ended;
  readonly close: () => Promise<void>;
}

async function open(server: McpServer, opening: Opening): Promise<Link | McpFailed> {
  const { sdk, signal, name, old } = opening;
  const client = clientOf(opening);
  const { transport, ended, close } = reach(server, opening);
  const onAbort = (): void => void close();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await client.connect(transport, {
      signal,
      timeout: startMs,
      ...(old ? { prior: { kind: "legacy" } } : {}),
    });
    return { client, ended, close };
  } catch (error) {
    const earlier = ended();
    await close();
    signal.throwIfAborted();
    if (earlier.result && earlier.result.ended !== "error" && !old)
      return open(server, { ...opening, old: true });
    const doing = `reach the MCP server "${name}"`;
    return failedBy(error, { sdk, doing, ...earlier, code: "MCP_UNAVAILABLE" });
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function clientOf({ sdk, onLine }: Pick<Opening, "sdk" | "onLine">): Client {
  const client = new sdk.Client(
    { name: "tutti", version: "0.1.0" },
    // No capabilities: there is nobody here whom a server could ask.
    {
      versionNegotiation: { mode: "auto", probe: { timeoutMs: probeMs } },
      inputRequired: { autoFulfill: false },
    },
  );
  client.setNotificationHandler("notifications/message", ({ params }) => {
    onLine?.(typeof params.data === "string" ? params.data : JSON.stringify(params.data));
  });
  return client;
}

/** How a server that is a program ended, when it has, and why we ended it. */
type Ended = Pick<Trouble, "result" | "fault">;

const nothingEnded: Ended = { result: undefined, fault: undefined };

interface Reached {
  readonly transport: Transport;
  readonly ended: () => Ended;
  readonly close: () => Promise<void>;
}

function reach(server: McpServer, { sdk, processes, cwd, env, onLine = () => {} }: Opening): Reached {
  if ("command" in server) {
    const transport = new ProcessTransport(server, { sdk, processes, cwd, env, onLine });
    return {
      transport,
      ended: () => ({ result: transport.result, fault: transport.fault }),
      close: () => transport.close(),
    };
  }
  const transport = new sdk.StreamableHTTPClientTransport(new URL(server.url), {
    requestInit: { headers: server.headers },
  });
  const close = async (): Promise<void> => {
    if (transport.sessionId !== undefined) await atMost(farewellMs, transport.terminateSession());
    await transport.close();
  };
  return { transport, ended: () => nothingEnded, close };
}

async function atMost(delayMs: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const forget = after(delayMs, resolve);
  await Promise.race([work.catch(() => undefined), promise]);
  forget();
}

function connectionOf(
  link: Link,
  { sdk, name }: { readonly sdk: Sdk; readonly name: string },
): McpConnection {
  const { client, ended } = link;
  const asked = async <T>(doing: string, signal: AbortSignal, ask: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      throw failedBy(error, { sdk, doing, ...ended(), code: "MCP_FAILED" });
    }
  };
  return {
    name,
    tools: (signal) =>
      asked(`list the tools of the MCP server "${name}"`, signal, async () => {
        const { tools } = await client.listTools({}, { signal, timeout: startMs });
        return tools.map(({ name, description, inputSchema }) => ({
          name,
          ...(description === undefined ? {} : { description }),
          inputSchema: inputSchema as JsonObject,
        }));
      }),
    call: (tool, args, { signal, onProgress }) =>
      asked(`call "${tool}" of the MCP server "${name}"`, signal, async () => {
        const result = await client.callTool(
          { name: tool, arguments: args },
          {
            signal,
            timeout: noLimitMs,
            ...(onProgress ? { onprogress: (progress) => onProgress(progressLine(progress)) } : {}),
          },
        );
        return readResult(result);
      }),
    close: async () => {
      await link.close().catch(() => undefined);
      return ended().result?.survivors ?? [];
    },
  };
}

interface Progress {
  readonly progress: number;
  readonly total?: number | undefined;
  readonly message?: string | undefined;
}

function progressLine({ progress, total, message }: Progress): string {
  const done = total === undefined ? String(progress) : `${progress}/${total}`;
  return message === undefined ? done : `${done} ${message}`;
}
