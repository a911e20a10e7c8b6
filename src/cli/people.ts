import type { Command } from "commander";

/** Who says something to a run, and why. */
export interface PersonFlags {
  readonly as?: string;
  readonly reason?: string;
}

/** The arguments of the verbs that answer what people are asked. */
export function askArguments(command: Command): Command {
  return command
    .argument("<run>", "id of a run, the beginning of one, or @last")
    .argument("<node>", "address of the step that asks; tutti asks lists them")
    .option("--as <name>", "who you are (default: the user of this system)");
}

export function personOf({ as, reason }: PersonFlags): { readonly by?: string; readonly reason?: string } {
  return { ...(as === undefined ? {} : { by: as }), ...(reason === undefined ? {} : { reason }) };
}
