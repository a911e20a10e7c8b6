import type { JsonObject } from "../../expression/json.ts";
import type { AgentTask } from "../../ports/agent.ts";
import { toolArguments } from "./grants.ts";

type PermissionMode = "default" | "acceptEdits" | "auto" | "dontAsk" | "plan" | "bypassPermissions";

/** What stays the same for every call of one agent. */
export interface ClaudeCodeSettings {
  /** `acceptEdits` when absent: a step edits below its folder without asking, anything else needs a rule. */
  readonly permissionMode?: PermissionMode;
  /** Which settings files count (`user,project,local`); the program's own choice when absent. */
  readonly settingSources?: string;
  /** Put at the end of every command line as they are. */
  readonly extraArgs?: readonly string[];
}

export interface Call {
  readonly session: { readonly id: string; readonly resume: boolean };
  readonly schema: JsonObject | undefined;
  readonly budgetUsd: number | undefined;
  /** Said to the model beside the prompt: in the text, or in a file when it is too long for a command line. */
  readonly instructions?: { readonly text: string } | { readonly file: string };
  /** File with the MCP servers of the task: no others are used then. */
  readonly mcpFile?: string;
  /** tutti is asked about tool calls over standard input and output. */
  readonly asks?: boolean;
}

/** The arguments of `claude` for one turn; the prompt goes to its standard input. */
export function turnArguments(
  task: Pick<AgentTask, "work" | "model" | "tools" | "effort" | "skills" | "subagents" | "mcpServers">,
  { settings, call }: { readonly settings: ClaudeCodeSettings; readonly call: Call },
): readonly string[] {
  return [
    "-p",
    ...(call.asks ? askArguments : []),
    ...option("--output-format", "stream-json"),
    "--verbose",
    ...option(call.session.resume ? "--resume" : "--session-id", call.session.id),
    ...commonArguments(settings),
    ...option("--model", task.model),
    ...option("--effort", task.effort),
    ...option("--json-schema", call.schema === undefined ? undefined : JSON.stringify(call.schema)),
    ...option("--max-budget-usd", call.budgetUsd === undefined ? undefined : plainNumber(call.budgetUsd)),
    ...instructionArguments(call.instructions),
    ...(call.mcpFile === undefined ? [] : ["--mcp-config", call.mcpFile, "--strict-mcp-config"]),
    ...toolArguments(task),
    ...(settings.extraArgs ?? []),
  ];
}

/** Parts of messages are told so that it is known how many calls come together. */
const askArguments = [
  "--include-partial-messages",
  ...option("--input-format", "stream-json"),
  ...option("--permission-prompt-tool", "stdio"),
];

/** The arguments to ask the program what it knows, without asking a model. */
export function probeArguments(settings: ClaudeCodeSettings): readonly string[] {
  return [
    "-p",
    ...option("--input-format", "stream-json"),
    ...option("--output-format", "stream-json"),
    "--verbose",
    ...commonArguments(settings),
    ...(settings.extraArgs ?? []),
  ];
}

function commonArguments({ permissionMode, settingSources }: ClaudeCodeSettings): readonly string[] {
  return [
    ...option("--permission-mode", permissionMode ?? "acceptEdits"),
    ...option("--setting-sources", settingSources),
  ];
}

function option(flag: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [flag, value];
}

/** Never in the form 1e-7, which the program's parser may refuse. */
function plainNumber(value: number): string {
  return value.toFixed(6).replace(/\.?0+$/, "") || "0";
}

function instructionArguments(instructions: Call["instructions"]): readonly string[] {
  if (!instructions) return [];
  return "text" in instructions
    ? ["--append-system-prompt", instructions.text]
    : ["--append-system-prompt-file", instructions.file];
}
