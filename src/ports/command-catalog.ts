import type { ShellText } from "../core/gate-check.ts";
import type { Problem } from "../errors.ts";
import type { JsonObject } from "../expression/json.ts";

/**
 * The slash commands that can be used here.
 *
 * - `list` gives every command, agent and skill once, nearest place first; no content of a file makes it reject;
 * - `resolve` is folder-first (exact folder and file, the folder's `execute.md`, the direct file, then fuzzy); it
 *   rejects with UNKNOWN_COMMAND, naming the nearest, or COMMAND_AMBIGUOUS, naming at most five; a fuzzy match that was
 *   taken is told by a warning among the command's problems;
 * - `expand` fills in arguments as Claude Code does (`$0` is the first); it rejects with ARGUMENTS_INVALID before
 *   anything ran when they do not fit what the command declares;
 * - no value of an argument is ever part of a shell line, a placeholder or a file reference of its own;
 * - `graph` covers every command found, with missing, unsatisfied and circular dependencies;
 * - `complete` writes a completion marker with time and evidence; `completed` reads it; `uncomplete` takes it away, also
 *   when there is none.
 */
export interface CommandCatalog {
  list(): Promise<readonly CommandDoc[]>;
  resolve(name: string): Promise<CommandDoc>;
  expand(command: CommandDoc, args: string, options: ExpandOptions): Promise<string>;
  graph(): Promise<CommandGraph>;
  complete(command: string, evidence: JsonObject): Promise<void>;
  completed(command: string): Promise<CompletionMarker | undefined>;
  uncomplete(command: string): Promise<void>;
}

export interface ExpandOptions {
  /** Where `@file` is looked up: inside the repository that holds this folder, or inside the folder. */
  readonly cwd: string;
  /** The agent is Claude Code and finds the file itself: `!` lines and `@file` are left to it. */
  readonly native?: boolean;
  /**
   * Runs a `!` line and gives its output. It is asked only when the command's `allowed-tools` name Bash; a `!` line
   * without it, or without permission, rejects with UNSUPPORTED.
   */
  readonly run?: (shell: ShellText, signal?: AbortSignal) => Promise<string>;
  /** Told of `@file`s that were not attached. */
  readonly warn?: (problem: Problem) => void;
  readonly signal?: AbortSignal;
}

export interface CommandDoc {
  /** `family:cmd`, as Claude Code names it. */
  readonly name: string;
  readonly kind: "command" | "agent" | "skill";
  readonly class: "core" | "family" | "workflow";
  readonly file: string;
  readonly origin: "project" | "user" | "plugin" | "builtin" | "path";
  readonly description: string;
  /** Undefined: all tools. */
  readonly allowedTools?: readonly string[];
  readonly argumentHint?: string;
  /** Names of declared arguments, in order. */
  readonly arguments: readonly string[];
  /** The same with what the file says about each. */
  readonly parameters?: readonly CommandParameter[];
  readonly model?: string;
  readonly dependencies: readonly string[];
  readonly complexity: "simple" | "medium" | "complex";
  /** Declared by the file, or what it was estimated from. */
  readonly complexityReason?: string;
  readonly agents: readonly string[];
  /** JSON Schema of the output, when the file declares one (`output:`). */
  readonly output?: JsonObject;
  /** Every other key of the front matter. */
  readonly extra: JsonObject;
  readonly body: string;
  readonly problems: readonly Problem[];
}

export interface CommandParameter {
  readonly name: string;
  readonly required: boolean;
  readonly type?: "string" | "integer" | "number" | "boolean";
  readonly enum?: readonly string[];
  readonly default?: string;
  readonly description?: string;
}

export interface CommandGraph {
  /** Command → commands it needs. */
  readonly edges: Readonly<Record<string, readonly string[]>>;
  readonly missing: readonly CommandNeed[];
  /** Needs of a known command that has no completion marker. */
  readonly unsatisfied: readonly CommandNeed[];
  /** Each with the first name again at the end. */
  readonly cycles: readonly (readonly string[])[];
}

export interface CommandNeed {
  readonly command: string;
  readonly dependency: string;
}

export interface CompletionMarker {
  readonly command: string;
  /** ms since the epoch. */
  readonly at: number;
  readonly evidence: JsonObject;
}
