import type { JsonObject } from "../../../expression/json.ts";
import type { Processes } from "../../../ports/processes.ts";

/** Where tools work. */
export interface Site {
  /** The folder of the step; absolute. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** A sign of life, with a line when there is one to show. */
  readonly onLine: (line?: string) => void;
  readonly processes: Processes;
  /** How a shell line is run. */
  readonly shell: (line: string) => { readonly file: string; readonly args: readonly string[] };
  /** Carried by everything the session starts. */
  readonly mark: Readonly<Record<string, string>>;
}

/** A tool that a model may call. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of its arguments. */
  readonly inputSchema: JsonObject;
  /** It may change something: it is not called again when nobody knows whether it was. */
  readonly changes: boolean;
  /** How `tools:` of a step would have to name this call: `Bash(npm test)`. */
  label(input: JsonObject): string;
  /** What the model is told. Throws ToolFailed when it cannot be done. */
  use(input: JsonObject, site: Site): Promise<string>;
}

/** What could not be done, in words for the model. */
export class ToolFailed extends Error {
  override readonly name: string = "ToolFailed";
}

/** What must not be done, whatever `tools:` says. */
export class ToolForbidden extends ToolFailed {
  override readonly name = "ToolForbidden";
}
