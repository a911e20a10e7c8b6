import type { DeferredCall } from "../../core/outcome.ts";
import { isObject, type Json, type JsonObject } from "../../expression/json.ts";
import {
  numberField,
  objectField,
  objectListField,
  parseObject,
  textField,
  textListField,
} from "../fields.ts";

/** What a line of `claude -p --output-format stream-json` says, as far as tutti needs it. */
export type StreamMessage =
  | InitMessage
  | AssistantMessage
  | RetryMessage
  | LimitMessage
  | CommandsMessage
  | ResultMessage;

export interface InitMessage {
  readonly kind: "init";
  readonly model: string;
  readonly version: string;
  readonly slashCommands: readonly string[];
  readonly mcpServers: readonly { readonly name: string; readonly status: string }[];
}

export interface AssistantMessage {
  readonly kind: "assistant";
  readonly id: string;
  readonly texts: readonly string[];
  readonly tools: readonly { readonly name: string; readonly input: JsonObject }[];
  /** Written by the program itself, not by a model: an error, or the output of a local command. */
  readonly synthetic: boolean;
  readonly inputTokens: number;
  /** Of these: from the provider's cache; absent: none. */
  readonly cachedTokens?: number;
  readonly outputTokens: number;
}

export interface RetryMessage {
  readonly kind: "retry";
  readonly error: string;
  readonly status: number | undefined;
  readonly delayMs: number;
}

/** The state of a subscription's limits. */
export interface LimitMessage {
  readonly kind: "limit";
  readonly status: string;
  /** ms since the epoch. */
  readonly resetAt: number | undefined;
}

/** The answer to the `initialize` control request. */
export interface CommandsMessage {
  readonly kind: "commands";
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  /** Names of the subagents it knows. */
  readonly agents: readonly string[];
}

export interface ResultMessage {
  readonly kind: "result";
  readonly id: string;
  readonly subtype: string;
  readonly isError: boolean;
  /** `completed`, `api_error`, `prompt_too_long`, `aborted_tools`, `tool_deferred`, … */
  readonly reason: string;
  readonly status: number | undefined;
  readonly errorType: string;
  /** The answer, or what went wrong. */
  readonly text: string;
  readonly turns: number;
  readonly total: SessionTotal;
  readonly denials: readonly Denial[];
  readonly structured: Json | undefined;
  readonly deferred: DeferredCall | undefined;
  /** Not an answer to the prompt but to something the session heard of later. */
  readonly background: boolean;
  readonly startupFailure: string | undefined;
}

/** A tool call that was denied. */
export interface Denial {
  readonly id: string;
  readonly label: string;
}

/** What a session used since it began, over all its processes. */
export interface SessionTotal {
  /** Null: the program did not know the price of a model. */
  readonly costUsd: number | null;
  readonly inputTokens: number;
  /** Of these: from the provider's cache; absent: none. */
  readonly cachedTokens?: number;
  readonly outputTokens: number;
  /** Models that were asked. */
  readonly models: readonly string[];
}

/** The message in a line; undefined for anything tutti has no use for, also for what is no JSON. */
export function parseLine(line: string): StreamMessage | undefined {
  const message = parseObject(line);
  if (!message) return undefined;
  switch (textField(message, "type") ?? "") {
    case "system":
      return systemMessage(message);
    case "assistant":
      return assistantMessage(message);
    case "rate_limit_event":
      return limitMessage(message);
    case "control_response":
      return commandsMessage(message);
    case "result":
      return resultMessage(message);
    default:
      return undefined;
  }
}

function systemMessage(message: JsonObject): StreamMessage | undefined {
  switch (textField(message, "subtype") ?? "") {
    case "init":
      return {
        kind: "init",
        model: textField(message, "model") ?? "",
        version: textField(message, "claude_code_version") ?? "",
        slashCommands: textListField(message, "slash_commands"),
        mcpServers: objectListField(message, "mcp_servers").map((server) => ({
          name: textField(server, "name") ?? "",
          status: textField(server, "status") ?? "",
        })),
      };
    case "api_retry":
      return {
        kind: "retry",
        error: textField(message, "error") ?? "unknown",
        status: numberField(message, "error_status"),
        delayMs: numberField(message, "retry_delay_ms") ?? 0,
      };
    default:
      return undefined;
  }
}

function assistantMessage(line: JsonObject): AssistantMessage {
  const message = objectField(line, "message");
  const usage = objectField(message, "usage");
  const blocks = objectListField(message, "content");
  return {
    kind: "assistant",
    id: textField(message, "id") ?? "",
    texts: blocks.map((block) => textField(block, "text") ?? "").filter((text) => text !== ""),
    tools: blocks
      .filter((block) => textField(block, "type") === "tool_use")
      .map((block) => ({ name: textField(block, "name") ?? "", input: objectField(block, "input") ?? {} })),
    synthetic: textField(message, "model") === "<synthetic>",
    inputTokens: inputTokens(usage, [
      "input_tokens",
      "cache_read_input_tokens",
      "cache_creation_input_tokens",
    ]),
    ...cachedPart(numberField(usage, "cache_read_input_tokens") ?? 0),
    outputTokens: numberField(usage, "output_tokens") ?? 0,
  };
}

function limitMessage(message: JsonObject): LimitMessage {
  const info = objectField(message, "rate_limit_info");
  const seconds = numberField(info, "resetsAt");
  return {
    kind: "limit",
    status: textField(info, "status") ?? "",
    resetAt: seconds === undefined ? undefined : seconds * 1000,
  };
}

function commandsMessage(message: JsonObject): CommandsMessage | undefined {
  const reply = objectField(objectField(message, "response"), "response");
  if (reply?.["commands"] === undefined) return undefined;
  return {
    kind: "commands",
    commands: objectListField(reply, "commands").map((command) => ({
      name: textField(command, "name") ?? "",
      description: textField(command, "description") ?? "",
    })),
    agents: objectListField(reply, "agents").map((agent) => textField(agent, "name") ?? ""),
  };
}

function resultMessage(message: JsonObject): ResultMessage {
  const errors = textListField(message, "errors");
  return {
    kind: "result",
    id: textField(message, "uuid") ?? `#${numberField(message, "result_index") ?? 0}`,
    subtype: textField(message, "subtype") ?? "",
    isError: message["is_error"] === true,
    reason: textField(message, "terminal_reason") ?? "",
    status: numberField(message, "api_error_status"),
    errorType: textField(message, "api_error_type") ?? textField(message, "api_error") ?? "",
    text: textField(message, "result") ?? errors.join("; "),
    turns: numberField(message, "num_turns") ?? 0,
    total: totalOf(message),
    denials: objectListField(message, "permission_denials").map((denial) => ({
      id: textField(denial, "tool_use_id") ?? "",
      label: describeTool(denial),
    })),
    structured: message["structured_output"],
    deferred: deferredIn(message),
    background: objectField(message, "origin") !== undefined,
    startupFailure: textField(message, "startup_failure_reason"),
  };
}

function deferredIn(message: JsonObject): DeferredCall | undefined {
  const call = objectField(message, "deferred_tool_use");
  if (!call) return undefined;
  const [id = "", tool = ""] = [textField(call, "id"), textField(call, "name")];
  return { id, tool, input: call["input"] ?? {} };
}

function totalOf(message: JsonObject): SessionTotal {
  const byModel = Object.entries(objectField(message, "modelUsage") ?? {});
  const usages = byModel.map(([, usage]) => usage).filter(isObject);
  const unpriced = usages.some((usage) => textField(usage, "costBasis") === "unknown");
  const sum = (key: string) => usages.reduce((total, usage) => total + (numberField(usage, key) ?? 0), 0);
  return {
    costUsd: unpriced ? null : (numberField(message, "total_cost_usd") ?? null),
    inputTokens: sum("inputTokens") + sum("cacheReadInputTokens") + sum("cacheCreationInputTokens"),
    ...cachedPart(sum("cacheReadInputTokens")),
    outputTokens: sum("outputTokens"),
    models: byModel.map(([model]) => model),
  };
}

function cachedPart(cachedTokens: number): { readonly cachedTokens?: number } {
  return cachedTokens > 0 ? { cachedTokens } : {};
}

function inputTokens(usage: JsonObject | undefined, keys: readonly string[]): number {
  return keys.reduce((total, key) => total + (numberField(usage, key) ?? 0), 0);
}

/** `Bash(npm publish)`, `Write(src/a.ts)`, `WebFetch`: a tool call as a person writes it in a rule. */
function describeTool(denial: JsonObject): string {
  return toolLabel(textField(denial, "tool_name") ?? "a tool", objectField(denial, "tool_input") ?? {});
}

/** A tool call in one line. */
export function toolLabel(name: string, input: JsonObject): string {
  const detail = ["command", "file_path", "notebook_path", "path", "pattern", "url", "description"]
    .map((key) => textField(input, key))
    .find((value) => value !== undefined);
  const line = detail?.split("\n")[0] ?? "";
  return line === "" ? name : `${name}(${line.length > 120 ? `${line.slice(0, 119)}…` : line})`;
}
