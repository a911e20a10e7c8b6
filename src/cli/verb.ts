import type { Command } from "commander";
import type { Context } from "./context.ts";

/** What was given to a verb. */
export interface Call<Options extends object = object> {
  readonly args: readonly string[];
  readonly options: Options;
}

/** A verb of the command line: what it takes, and what it does. */
export interface Verb<Options extends object = object> {
  /** Command lines that work, for `--help`. */
  readonly examples: readonly string[];
  /** Declares arguments and flags. */
  readonly define: (command: Command) => Command;
  /** Does it; gives the exit status. */
  readonly run: (context: Context, call: Call<Options>) => Promise<number>;
}

/** A verb whose flags have a type of their own: what `define` declares. */
export function defineVerb<Options extends object = object>(verb: Verb<Options>): Verb {
  return verb as unknown as Verb;
}
