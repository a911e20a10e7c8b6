import type { Tutti } from "../verbs/tutti.ts";
import { canAsk } from "./consent.ts";
import type { Context } from "./context.ts";
import { choose } from "./render/ask.ts";
import { fileLines } from "./render/changed-files.ts";
import { usage } from "./usage.ts";

/**
 * Goes through the checkpoints of a run with a person, the newest first, until they say where to stop. Gives the number to go
 * back to; undefined when they want none.
 */
export async function chooseCheckpoint(
  { out }: Context,
  tutti: Tutti,
  runId: string,
): Promise<number | undefined> {
  if (!canAsk(out)) {
    throw usage(
      'Cannot use "--progressive": there is no terminal to ask at',
      `name the checkpoint: tutti rollback ${runId} --to NUMBER; see: tutti checkpoints ${runId}`,
    );
  }
  const all = await tutti.checkpoints(runId);
  for (const { number, title } of all.toReversed()) {
    if (number === 0) return number;
    const { files } = await tutti.changes(runId, { checkpoint: number });
    out.note(
      `checkpoint ${number}: ${title}`,
      ...(files.length > 0 ? fileLines(files) : ["  it changed nothing"]),
    );
    const answer = await choose(out, "Take this back?", {
      on: "yes, and look at the one before it",
      stop: "no, stop here: go back to this checkpoint",
      abort: "no, and leave everything as it is",
    });
    if (answer === "stop") return number;
    if (answer !== "on") return undefined;
  }
  return undefined;
}
