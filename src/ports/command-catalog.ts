import type { Problem } from "../errors.ts";
import type { JsonObject } from "../expression/json.ts";

/**
 * The slash commands that can be used here.
 *
 * - `resolve` is folder-first (exact folder and file, the folder's `execute.md`, the direct file, then fuzzy); it
 *   rejects with UNKNOWN_COMMAND, naming the nearest, or COMMAND_AMBIGUOUS, naming at most five;
 * - `expand` fills in arguments as Claude Code does;
 * - `graph` covers every command found, with missing and circular dependencies;
 * - `complete` writes a completion marker with time and evidence; `completed` reads it.
 */
export interface CommandCatalog {
  list(): Promise<readonly CommandDoc[]>;
  resolve(name: string): Promise<CommandDoc>;
  expand(command: CommandDoc, args: string, options: { readonly cwd: string }): Promise<string>;
  graph(): Promise<CommandGraph>;
  complete(command: string, evidence: JsonObject): Promise<void>;
  completed(command: string): Promise<CompletionMarker | undefined>;
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
  readonly model?: string;
  readonly dependencies: readonly string[];
  readonly complexity: "simple" | "medium" | "complex";
  readonly agents: readonly string[];
  /** JSON Schema of the output, when the file declares one (`output:`). */
  readonly output?: JsonObject;
  /** Every other key of the front matter. */
  readonly extra: JsonObject;
  readonly body: string;
  readonly problems: readonly Problem[];
}

export interface CommandGraph {
  /** Command → commands it needs. */
  readonly edges: Readonly<Record<string, readonly string[]>>;
  readonly missing: readonly { readonly command: string; readonly dependency: string }[];
  /** Each with the first name again at the end. */
  readonly cycles: readonly (readonly string[])[];
}

export interface CompletionMarker {
  readonly command: string;
  /** ms since the epoch. */
  readonly at: number;
  readonly evidence: JsonObject;
}
