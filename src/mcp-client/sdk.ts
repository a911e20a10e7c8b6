import type * as McpSdk from "@modelcontextprotocol/client";
import { McpFailed } from "./mcp-failed.ts";

export type Sdk = typeof McpSdk;

/** The MCP client library; it is an optional part, so that only who uses MCP installs it. */
export async function loadSdk(): Promise<Sdk> {
  try {
    return await import("@modelcontextprotocol/client");
  } catch (error) {
    const failure = {
      code: "MCP_UNAVAILABLE",
      message: "Cannot use MCP servers: the package @modelcontextprotocol/client is not installed",
      fix: "npm install @modelcontextprotocol/client@2 (with -g when tutti was installed so)",
      class: "permanent",
    } as const;
    throw new McpFailed(failure, error);
  }
}
