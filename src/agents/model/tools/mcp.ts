import type { Failure } from "../../../core/outcome.ts";
import { nearest } from "../../../expression/nearest.ts";
import { McpFailed } from "../../../mcp-client/mcp-failed.ts";
import { type McpConnection, type McpTool, connectMcp } from "../../../mcp-client/connect.ts";
import type { JsonObject } from "../../../expression/json.ts";
import type { AgentTask } from "../../../ports/agent.ts";
import { capped } from "./texts.ts";
import { type Site, type Tool, ToolFailed } from "./tool.ts";

export interface Servers {
  readonly tools: readonly Tool[];
  /** Ends them all. */
  close(): Promise<void>;
}

/** Connects to the servers of a task. Rejects with McpFailed when one cannot be reached; then none is left running. */
export async function openServers(servers: AgentTask["mcpServers"], site: Site): Promise<Servers> {
  const open: McpConnection[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(open.map((connection) => connection.close()));
  };
  const tools: Tool[] = [];
  try {
    for (const [name, server] of Object.entries(servers ?? {})) {
      const { cwd, env, mark, signal, processes, onLine } = site;
      const options = { name, processes, cwd, env: { ...env, ...mark }, signal, onLine };
      const connection = await connectMcp(server, options);
      open.push(connection);
      for (const tool of await connection.tools(signal))
        tools.push(toolOf(tool, { connection, taken: tools }));
      site.onLine();
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { tools, close };
}

/** Throws McpFailed when `tools:` of a step names a server that the task has not, or a tool that its server has not. */
export function checkNamed(
  tools: readonly string[] | undefined,
  { servers, has }: { readonly servers: AgentTask["mcpServers"]; readonly has: readonly Tool[] },
): void {
  const words = has.map((tool) => tool.label({}));
  for (const rule of tools ?? []) {
    const named = rule.trim().replace(/\(.*$/s, "");
    if (!named.startsWith("mcp__")) continue;
    const server = Object.keys(servers ?? {}).find((name) => startsWith(named, `mcp__${name}`));
    if (server === undefined) throw new McpFailed(unknownServer(named));
    const whole = [`mcp__${server}`, `mcp__${server}__*`];
    if (!whole.includes(named) && !words.includes(named))
      throw new McpFailed(unknownTool(named, { server, words }));
  }
}

function startsWith(named: string, server: string): boolean {
  return named === server || named.startsWith(`${server}__`);
}

function unknownServer(named: string): Failure {
  return {
    code: "UNKNOWN_SERVER",
    message: `Cannot allow "${named}": the step has no MCP server of this name`,
    fix: "name it under `mcp_servers:` of the step, or take it out of `tools:`",
    class: "permanent",
  };
}

function unknownTool(
  named: string,
  { server, words }: { readonly server: string; readonly words: readonly string[] },
): Failure {
  const own = words.filter((word) => word.startsWith(`mcp__${server}__`));
  const guess = nearest(named, own);
  return {
    code: "UNKNOWN_TOOL",
    message: `Cannot allow "${named}": the MCP server "${server}" has no tool of this name`,
    fix: guess === undefined ? `use one of: ${own.join(", ").slice(0, 500)}` : `write "${guess}"`,
    class: "permanent",
  };
}

interface From {
  readonly connection: McpConnection;
  readonly taken: readonly Tool[];
}

function toolOf({ name, description, inputSchema }: McpTool, { connection, taken }: From): Tool {
  const word = `mcp__${connection.name}__${name}`;
  return {
    name: freeName(word, taken),
    description: description ?? `The tool ${name} of the MCP server ${connection.name}.`,
    inputSchema,
    changes: true,
    label: () => word,
    use: (input, site) => call(input, { connection, name, site }),
  };
}

interface Use {
  readonly connection: McpConnection;
  readonly name: string;
  readonly site: Site;
}

async function call(input: JsonObject, { connection, name, site }: Use): Promise<string> {
  const { isError, output, text, blobs } = await connection.call(name, input, {
    signal: site.signal,
    onProgress: site.onLine,
  });
  if (isError) throw new ToolFailed(capped(text === "" ? "The tool failed and did not say why." : text));
  const said = typeof output === "string" ? output : JSON.stringify(output);
  const left = blobs.map(({ mimeType, bytes }) => `(${mimeType}, ${bytes.length} bytes, not shown)`);
  return capped([said, ...left].filter((part) => part !== "").join("\n"));
}

/** Providers take letters, digits, `_` and `-`, and at most 64 of them. */
function freeName(word: string, taken: readonly Tool[]): string {
  const base = word.replaceAll(/[^A-Za-z0-9_-]/g, "_").slice(0, 60);
  const isTaken = (name: string): boolean => taken.some((tool) => tool.name === name);
  let name = base;
  for (let number = 2; isTaken(name); number += 1) name = `${base}_${number}`;
  return name;
}
