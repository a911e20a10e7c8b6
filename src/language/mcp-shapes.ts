import * as leaf from "./leaves.ts";
import type { Shape } from "./shapes.ts";

export const mcpServerShape = {
  what: "an MCP server",
  leaves: {
    type: leaf.mcpTransport,
    command: leaf.filledText,
    args: leaf.looseTexts,
    env: leaf.textRecord,
    url: leaf.filledText,
    headers: leaf.textRecord,
  },
  parts: [],
} as const satisfies Shape;

export const mcpServerDocs: Readonly<Record<string, string>> = {
  type: "What the other keys say already: a server with command is stdio, one with url is http.",
  command: "The program that is the server.",
  args: "Its arguments.",
  env: "Its environment, on top of the step's; may hold secrets.",
  url: "Where the server is reached by streamable HTTP; may hold secrets.",
  headers: "Sent with every request; may hold secrets.",
};

export const mcpShape = {
  what: "`mcp`",
  leaves: { server: leaf.filledText, tool: leaf.filledText },
  parts: [],
} as const satisfies Shape;

export const mcpDocs: Readonly<Record<string, string>> = {
  server: "One of the workflow's `mcp_servers`.",
  tool: "The tool that is called; its arguments stand in `with`.",
};
