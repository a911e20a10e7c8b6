import type { Json, JsonObject } from "../../expression/json.ts";
import { listField, objectField, objectListField, textField } from "../fields.ts";

/** A call of a tool, as far as the agent tells what it is. */
export interface ToolCall {
  readonly id: string;
  /** What it does, in the words of the protocol: `read`, `edit`, `delete`, `move`, `search`, `execute`, `fetch`, … */
  readonly kind: string;
  /** What the agent calls the tool; empty where it does not say. */
  readonly name: string;
  readonly title: string;
  /** The command line that would run. */
  readonly command?: string;
  readonly url?: string;
  /** The files that it is about. */
  readonly paths: readonly string[];
}

/** What an update or a request for permission says of a call, on top of what was said of it before. */
export function readToolCall(said: JsonObject, before: ToolCall = unknown): ToolCall {
  const input = objectField(said, "rawInput");
  const command = commandIn(input) ?? before.command;
  const url = textField(input, "url") ?? before.url;
  const paths = pathsIn(said, input);
  return {
    ...identityOf(said, { input, before }),
    title: textField(said, "title") ?? before.title,
    ...optional({ command, url }),
    paths: paths.length > 0 ? paths : before.paths,
  };
}

/** What was found once stays: later titles and kinds may be those of the model. */
function identityOf(
  said: JsonObject,
  { input, before }: { readonly input: JsonObject | undefined; readonly before: ToolCall },
): Pick<ToolCall, "id" | "kind" | "name"> {
  const id = textField(said, "toolCallId") ?? before.id;
  if (before.name.startsWith("mcp__")) return { id, kind: before.kind, name: before.name };
  const ofServer = serverToolIn(said, input);
  if (ofServer !== undefined) return { id, kind: "other", name: ofServer };
  return {
    id,
    kind: textField(said, "kind") ?? before.kind,
    name: before.name === "" ? nameIn(said, { id, isFirst: before === unknown }) : before.name,
  };
}

/** Codex calls the tool of a server a program that is run. */
function serverToolIn(said: JsonObject, input: JsonObject | undefined): string | undefined {
  if (objectField(said, "_meta")?.["is_mcp_tool_call"] !== true) return undefined;
  const [server, tool] = [textField(input, "server"), textField(input, "tool")];
  return server === undefined || tool === undefined ? undefined : `mcp__${server}__${tool}`;
}

const unknown: ToolCall = { id: "", kind: "other", name: "", title: "", paths: [] };

function optional(values: {
  readonly command: string | undefined;
  readonly url: string | undefined;
}): Pick<ToolCall, "command" | "url"> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** `Bash(npm publish)`, as a rule for it would be written. */
export function labelOf({ kind, name, title, command, paths }: ToolCall): string {
  if (kind === "execute") return `Bash(${command ?? title})`;
  const tool = name || (ruleNames[kind] ?? kind);
  const about = paths.length > 0 ? paths.join(", ") : title;
  return about === "" || about === tool ? tool : `${tool}(${about})`;
}

const ruleNames: Readonly<Record<string, string>> = {
  read: "Read",
  edit: "Edit",
  search: "Grep",
  fetch: "WebFetch",
};

/** A title is the tool's name only at first, before the model's own words take its place. */
function nameIn(
  said: JsonObject,
  { id, isFirst }: { readonly id: string; readonly isFirst: boolean },
): string {
  const told =
    textField(said, "name") ?? textField(objectField(objectField(said, "_meta"), "claudeCode"), "toolName");
  if (told !== undefined) return told;
  const title = textField(said, "title") ?? "";
  if (isFirst && textField(said, "status") === "pending" && /^[\w-]+$/.test(title)) return title;
  return /^(\w+?)__\1_\d+_\d+$/.exec(id)?.[1] ?? "";
}

function commandIn(input: JsonObject | undefined): string | undefined {
  const command: Json | undefined = input?.["command"] ?? input?.["cmd"];
  if (typeof command === "string") return command;
  if (!Array.isArray(command)) return undefined;
  const words = command.filter((word) => typeof word === "string");
  // A shell that is given a line: the line is what counts.
  const line = words[1] === "-c" || words[1] === "-lc" ? words[2] : undefined;
  return line ?? words.join(" ");
}

function pathsIn(said: JsonObject, input: JsonObject | undefined): readonly string[] {
  const places = objectListField(said, "locations").flatMap((place) => textField(place, "path") ?? []);
  const diffs = listField(said, "content").flatMap((part) => {
    const at =
      typeof part === "object" && part !== null && !Array.isArray(part) ? (part as JsonObject) : undefined;
    return (at?.["type"] === "diff" ? textField(at, "path") : undefined) ?? [];
  });
  const named = ["file_path", "filePath", "filepath", "path", "notebook_path"].flatMap(
    (key) => textField(input, key) ?? [],
  );
  return [...new Set([...places, ...diffs, ...named])];
}
