import type { Outcome } from "../core/outcome.ts";
import type { Json, JsonObject } from "../expression/json.ts";
import type { TaskContext } from "./executor.ts";

/**
 * An AI that does a task in a directory.
 *
 * - `run` resolves with an outcome for success and failure alike and rejects only when the signal aborts;
 * - an outcome is `ok` only when the agent really did the task: never because its process ended, and never when a
 *   slash command was taken for text, a required output is missing or a tool call was denied;
 * - `usage.costUsd` is what this attempt added, or null when the price is unknown;
 * - the same `sessionId` after a crash continues the session where the agent can, and never counts its cost twice;
 * - a refusal for rate or quota is a failure of class "quota" with `resetAt` when the provider said it;
 * - after abort nothing it started is left running.
 */
export interface Agent {
  readonly name: string;
  /** What it can do: a workflow that needs more of it is refused when it is loaded. */
  readonly abilities: AgentAbilities;
  /** Whether it can be used here: version when it can, the reason when not. Starts no paid work. */
  probe(signal?: AbortSignal): Promise<AgentProbe>;
  run(task: AgentTask, context: TaskContext): Promise<Outcome>;
  /** Of one that does what it was told before: what of that nothing has asked for, a line for each. */
  unused?(): readonly string[];
}

export interface AgentAbilities {
  /** It prints what it does while it does it. */
  readonly streaming: boolean;
  /** It goes on with a session that a crash cut off. */
  readonly resume: boolean;
  /** How an answer gets the declared shape: its provider holds it to it, or the prompt asks for it and the answer is checked. */
  readonly schema: "enforced" | "asked" | "none";
  /** Where the cost of an attempt comes from: the agent says it, or its tokens times a list of prices. */
  readonly cost: "reported" | "priced" | "free" | "unknown";
  /** `tools:` of a step holds. */
  readonly tools: boolean;
  /** What becomes of a call that nothing allows beforehand: a person can be asked, it is denied, or there is no such thing. */
  readonly permissions: "ask" | "deny" | "none";
  /** It can change files of the directory it works in. */
  readonly files: boolean;
  /** It can be given MCP servers for one task. */
  readonly mcp: boolean;
  /** It can be given skills for one task. */
  readonly skills: boolean;
  /** It can be given subagents for one task. */
  readonly subagents: boolean;
  /** `model:` of a step holds. */
  readonly model: boolean;
  /** How long it thinks can be set. */
  readonly thinking: boolean;
}

/** How an MCP server is reached. */
export type McpServer =
  | {
      readonly command: string;
      readonly args: readonly string[];
      /** On top of the step's own environment; secrets filled in. */
      readonly env: Readonly<Record<string, string>>;
    }
  | { readonly url: string; readonly headers: Readonly<Record<string, string>> };

export interface AgentProbe {
  readonly available: boolean;
  readonly version?: string;
  readonly reason?: string;
  readonly fix?: string;
}

export interface AgentTask {
  /** A prompt, or a slash command with its arguments. */
  readonly work:
    | { readonly kind: "prompt"; readonly prompt: string }
    | { readonly kind: "command"; readonly command: CommandCall };
  readonly model?: string;
  /** Tools the agent may use; absent: its own default. */
  readonly tools?: readonly string[];
  /** JSON Schema of the wanted output. */
  readonly schema?: JsonObject;
  readonly effort?: "low" | "medium" | "high";
  /** UUID chosen by tutti, the same for every try of this attempt. */
  readonly sessionId: string;
  /** What a gate or the schema check said about the last answer. */
  readonly feedback?: string;
  /** Names the agent has to answer with true or false in `quality_metrics`. */
  readonly claims?: readonly string[];
  readonly context?: JsonObject;
  /** What several tasks share word for word: it comes first, so that a provider's cache of prompts serves it. */
  readonly preamble?: string;
  /** What earlier runs noted under a name: data, never instructions. */
  readonly memory?: { readonly name: string; readonly text: string };
  /** The answer may say in `learned`, a list of texts, what a later run should know. */
  readonly learns?: true;
  /** MCP servers by name. */
  readonly mcpServers?: Readonly<Record<string, McpServer>>;
  /** Names of skills (`.claude/skills/NAME/SKILL.md`) that it has to have. */
  readonly skills?: readonly string[];
  /** Names of subagents (`.claude/agents/NAME.md`) that it may call. */
  readonly subagents?: readonly string[];
  /** What becomes of a tool call that nothing allows; absent: it is denied. `ask`: the outcome names it as `deferred`. */
  readonly permissions?: "ask" | "deny";
  /** What a person decided about the call that the session stopped before (`Outcome.deferred`). */
  readonly decided?: DecidedCall;
}

export interface DecidedCall {
  readonly id: string;
  readonly allow: boolean;
  /** What the agent is told with it. */
  readonly note?: string;
  /** As the agent left it with the call. */
  readonly kept?: Json;
}

/** A resolved slash command. */
export interface CommandCall {
  /** As Claude Code names it, without the slash: `family:cmd`. */
  readonly name: string;
  readonly arguments: string;
  /** The file it comes from; absolute. */
  readonly file: string;
  /** Its body with the arguments filled in, for agents that know no slash commands. */
  readonly expanded: string;
  /** True when Claude Code itself finds the file (a project's or user's `.claude/commands`). */
  readonly native: boolean;
}
