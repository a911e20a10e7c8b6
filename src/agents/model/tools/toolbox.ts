import { isTuttiError, messageOf } from "../../../errors.ts";
import type { JsonObject } from "../../../expression/json.ts";
import { shapeProblems } from "../../../shape/shape.ts";
import type { ToolCall, ToolResult } from "../session.ts";
import { editTool, readTool, subjectOf, writeTool } from "./files.ts";
import type { Servers } from "./mcp.ts";
import { type Rules, rulesOf } from "./rules.ts";
import { runTool } from "./run.ts";
import { listTool, searchTool } from "./search.ts";
import { textOf } from "./texts.ts";
import { type Site, type Tool, ToolFailed, ToolForbidden } from "./tool.ts";

/** Tools for the folder of the step, by Claude Code's word for them. */
const declared: ReadonlyMap<string, Tool> = new Map([
  ["Read", readTool],
  ["Glob", listTool],
  ["Grep", searchTool],
  ["Edit", editTool],
  ["Write", writeTool],
  ["Bash", runTool],
]);

/** What the tools of one task are, and what becomes of calls. */
export interface Toolbox {
  /** Those that the model is told of. */
  readonly offered: readonly Tool[];
  /** What stands against a call before it is made: undefined when nothing does. */
  readonly objection: (call: ToolCall) => ToolResult | undefined;
  readonly changes: (call: ToolCall) => boolean;
  readonly label: (call: ToolCall) => string;
  readonly use: (call: ToolCall) => Promise<ToolResult>;
}

export interface ToolboxParts {
  readonly tools: readonly string[] | undefined;
  readonly servers: Servers;
  readonly site: Site;
  /** A person can allow what `tools:` does not: the model is told of every tool. */
  readonly asks: boolean;
}

export function toolboxOf({ tools, servers, site, asks }: ToolboxParts): Toolbox {
  const rules = rulesOf(tools);
  const all = new Map<string, { readonly word: string; readonly tool: Tool }>();
  for (const [word, tool] of declared) all.set(tool.name, { word, tool });
  for (const tool of servers.tools) all.set(tool.name, { word: tool.label({}), tool });
  const box: Box = { all, rules, site };
  return {
    offered: [...all.values()].flatMap(({ word, tool }) => (asks || rules.offers(word) ? [tool] : [])),
    objection: (call) => objection(call, box),
    changes: ({ name }) => all.get(name)?.tool.changes ?? false,
    label: (call) => labelOf(call, box),
    use: (call) => use(call, box),
  };
}

interface Box {
  readonly all: ReadonlyMap<string, { readonly word: string; readonly tool: Tool }>;
  readonly rules: Rules;
  readonly site: Site;
}

/** A model that was not told of a tool may still ask for it, by its name here or by Claude Code's. */
function find({ name }: ToolCall, { all }: Box) {
  const word = declared.get(name);
  return all.get(name) ?? (word ? { word: name, tool: word } : undefined);
}

function labelOf(call: ToolCall, box: Box): string {
  return find(call, box)?.tool.label(call.input) ?? call.name;
}

function objection(call: ToolCall, box: Box): ToolResult | undefined {
  const found = find(call, box);
  if (!found) return { ...failed(call, `There is no tool "${call.name}".`), unknown: true };
  const { word, tool } = found;
  if (!box.rules.allows({ word, subject: subject(call.input, { word, site: box.site }) })) {
    const label = tool.label(call.input);
    return { ...failed(call, `Denied: ${label} is not allowed in this task.`), denied: label };
  }
  if (call.invalid !== undefined) return failed(call, call.invalid);
  const problem = misfit(tool, call.input);
  return problem === undefined ? undefined : failed(call, problem);
}

function subject(input: JsonObject, { word, site }: { readonly word: string; readonly site: Site }): string {
  if (word === "Bash") return textOf(input, "command");
  return word === "Glob" || word === "Grep" ? textOf(input, "files") : subjectOf(input, site);
}

function misfit({ inputSchema }: Tool, input: JsonObject): string | undefined {
  try {
    const what = { root: "input", what: "the schema of the tool", fix: "correct the tool" };
    const problems = shapeProblems(inputSchema, input, what);
    return problems.length === 0 ? undefined : `The call does not fit the tool: ${problems.join("; ")}`;
  } catch (error) {
    // a server's schema that cannot be used is its own affair: it checks its input itself
    if (isTuttiError(error, "BAD_VALUE")) return undefined;
    throw error;
  }
}

async function use(call: ToolCall, box: Box): Promise<ToolResult> {
  const tool = find(call, box)?.tool;
  if (!tool) return failed(call, `There is no tool "${call.name}".`);
  try {
    const text = await tool.use(call.input, box.site);
    return { call: call.id, name: call.name, text, isError: false };
  } catch (error) {
    box.site.signal.throwIfAborted();
    if (error instanceof ToolForbidden)
      return { ...failed(call, error.message), denied: tool.label(call.input) };
    if (error instanceof ToolFailed || isServerError(error)) return failed(call, messageOf(error));
    throw error;
  }
}

/** A server that is gone or answers nonsense: the model may find another way. */
function isServerError(error: unknown): boolean {
  return error instanceof Error && error.name === "McpFailed";
}

function failed(call: ToolCall, text: string): ToolResult {
  return { call: call.id, name: call.name, text, isError: true };
}
