import { asText, isObject, type Json } from "../expression/json.ts";
import type { McpAction, McpServerSpec } from "../language/workflow.ts";
import { compiledStep } from "./compiled.ts";
import type { McpServers, Request } from "./effects.ts";
import type { NodeState } from "./node.ts";
import { scopeOf } from "./scope.ts";
import type { RunState } from "./state.ts";

/** The MCP servers of a step's agent with their templates filled in. */
export function serversPart(state: RunState, node: NodeState): { mcpServers?: McpServers } {
  const rendered = compiledStep(node.plan.step).servers?.render(scopeOf(state, node));
  if (!isObject(rendered)) return {};
  return {
    mcpServers: Object.fromEntries(Object.entries(rendered).map(([name, one]) => [name, serverOf(one)])),
  };
}

function serverOf(rendered: Json | undefined): McpServerSpec {
  const { command, args, env, url, headers } = isObject(rendered) ? rendered : {};
  if (url !== undefined) return { url: asText(url), headers: textsOf(headers) };
  const texts: readonly Json[] = Array.isArray(args) ? args : [];
  return { command: asText(command), args: texts.map(asText), env: textsOf(env) };
}

function textsOf(record: Json | undefined): Readonly<Record<string, string>> {
  if (!isObject(record)) return {};
  return Object.fromEntries(Object.entries(record).map(([name, text]) => [name, asText(text)]));
}

export function mcpRequest(state: RunState, node: NodeState, { server, tool }: McpAction): Request {
  const args = compiledStep(node.plan.step).values?.render(scopeOf(state, node)) ?? {};
  const { mcpServers = {} } = serversPart(state, node);
  return { kind: "mcp", server, tool, args, mcpServers };
}
