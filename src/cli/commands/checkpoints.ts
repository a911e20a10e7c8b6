import { isTuttiError } from "../../errors.ts";
import type { ListedCheckpoint } from "../../verbs/checkpoints.ts";
import type { Tutti } from "../../verbs/tutti.ts";
import { shortCommit } from "../render/rollback.ts";
import { headCells, tableLines } from "../render/table.ts";
import { agoText, moneyText } from "../render/words.ts";
import { defineVerb } from "../verb.ts";

interface CheckpointsFlags {
  readonly all?: boolean;
}

export const checkpoints = defineVerb<CheckpointsFlags>({
  examples: ["tutti checkpoints @last", "tutti checkpoints 3m1x --all", "tutti checkpoints 3m1x --json"],
  define: (command) =>
    command
      .argument("<run>", "id of a run, the beginning of one, or @last")
      .option("--all", "those of the trees of parallel writers, too"),
  run: async ({ out, json, open }, { args: [name = ""], options: { all = false } }) => {
    const tutti = await open();
    const { runId, found } = await listOf(tutti, name, all);
    if (json) out.json({ runId, checkpoints: found });
    else if (found.length > 0) out.say(...listLines(found, all));
    if (found.length === 0) out.note(`no checkpoint is kept of the files of run ${runId}`);
    else
      out.note(
        `go back with: tutti rollback ${runId} --to NUMBER · what a step changed: tutti show ${runId} NODE --diff`,
      );
    return 0;
  },
});

interface Listed {
  readonly runId: string;
  readonly found: readonly ListedCheckpoint[];
}

/** What was kept of a run is there also when its log is lost. */
async function listOf(tutti: Tutti, name: string, all: boolean): Promise<Listed> {
  try {
    const { runId } = await tutti.find(name);
    return { runId, found: await tutti.checkpoints(runId, { all }) };
  } catch (error) {
    if (!isTuttiError(error, "RUN_NOT_FOUND")) throw error;
    const found = await tutti.checkpoints(name, { all });
    if (found.length === 0) throw error;
    return { runId: name, found };
  }
}

function listLines(found: readonly ListedCheckpoint[], all: boolean) {
  const now = Date.now();
  const lane = (text: string) => (all ? [text] : []);
  return tableLines([
    headCells("NUMBER", "COMMIT", ...lane("TREE"), "MADE", "COST", "WHAT"),
    ...found.map(({ number, commit, place, own, at, costUsd, title, tip }) => [
      { text: own ? `${number}${tip ? " *" : ""}` : "-", bold: own },
      shortCommit(commit),
      ...lane(own ? "run" : place.lane),
      agoText(at, now),
      costUsd === undefined ? "" : moneyText(costUsd),
      title,
    ]),
  ]);
}
