import type { Json } from "../../expression/json.ts";
import type { AgentTask, McpServer } from "../../ports/agent.ts";

type Granted = Pick<AgentTask, "work" | "tools" | "skills" | "subagents" | "mcpServers">;

/** What a task allows without being asked, as rules of the program. */
export function rulesOf({
  tools = [],
  skills = [],
  subagents = [],
  mcpServers = {},
}: Granted): readonly string[] {
  const servers = Object.keys(mcpServers).map((name) => `mcp__${name}`);
  // who names tools of a server means these
  const whole = servers.filter(
    (rule) => !tools.some((tool) => tool === rule || tool.startsWith(`${rule}__`)),
  );
  return [
    ...tools,
    ...whole,
    ...skills.map((name) => `Skill(${name})`),
    ...subagents.map((name) => `Agent(${name})`),
  ];
}

/**
 * For a prompt the list of tools is the whole set: other built-in tools are taken away. For a command it only grants, as
 * `allowed-tools` of a command file does. Each rule is an argument of its own: `Bash(npm test)` holds a space.
 */
export function toolArguments(task: Granted): readonly string[] {
  const rules = rulesOf(task);
  const allowed = rules.length === 0 ? [] : ["--allowedTools", ...rules];
  if (task.work.kind === "command" || !task.tools) return allowed;
  const names = rules
    .map((tool) => tool.replace(/\(.*$/s, "").trim())
    .filter((name) => !name.startsWith("mcp__"));
  return ["--tools", [...new Set(names)].join(","), ...allowed];
}

/** The program's file of MCP servers. */
export function mcpConfig(servers: NonNullable<AgentTask["mcpServers"]>): string {
  const entries = Object.entries(servers).map(([name, server]) => [name, entryOf(server)]);
  return JSON.stringify({ mcpServers: Object.fromEntries(entries) as Json });
}

function entryOf(server: McpServer): Json {
  if ("url" in server) return { type: "http", url: server.url, headers: { ...server.headers } };
  return { type: "stdio", command: server.command, args: [...server.args], env: { ...server.env } };
}
