import type { Command } from "commander";
import type { Context } from "./context.ts";
import { usage } from "./usage.ts";

/** Who says something to a run, and why. */
export interface PersonFlags {
  readonly as?: string;
  readonly reason?: string;
}

/** The arguments of the verbs that answer what people are asked. */
export function askArguments(command: Command): Command {
  return command
    .argument("<run>", "id of a run, the beginning of one, or @last")
    .argument("[node]", "address of the step that asks; without it you are told which ask")
    .option("--as <name>", "who you are (default: the user of this system)");
}

export function personOf({ as, reason }: PersonFlags): { readonly by?: string; readonly reason?: string } {
  return { ...(as === undefined ? {} : { by: as }), ...(reason === undefined ? {} : { reason }) };
}

/** How many steps that ask are named in one line. */
const mostNamed = 5;

/** The mistake of who answers a run and does not say which of its steps: names those that ask. */
export async function whichAsks(
  { open }: Pick<Context, "open">,
  { verb, name }: { readonly verb: string; readonly name: string },
): Promise<Error> {
  const tutti = await open();
  const { runId } = await tutti.find(name);
  const asks = await tutti.asks(runId);
  const places = asks.map((ask) => (ask.runId === runId ? ask.address : `${ask.address} of ${ask.runId}`));
  const more = places.length > mostNamed ? ` and ${places.length - mostNamed} more` : "";
  const fix =
    places.length > 0
      ? `these ask: ${places.slice(0, mostNamed).join(", ")}${more}; see: tutti asks ${runId}`
      : `nothing of the run asks anything now; see: tutti why ${runId}`;
  return usage(`Cannot run "tutti ${verb}" like this: the NODE is missing`, fix);
}
