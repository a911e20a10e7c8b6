import type { RunSummary } from "../verbs/runs.ts";
import type { Tutti } from "../verbs/tutti.ts";
import { exitStatus, exitStatusOfRun } from "./exit-status.ts";
import { isFinal } from "./next.ts";
import { poll } from "./poll.ts";
import { endLine } from "./render/end-line.ts";
import type { Out } from "./render/out.ts";

/** What the shell is told by a verb that looked on until nothing more happened in a run. */
export function exitStatusOfWatched(status: RunSummary["status"]): number {
  if (status === "interrupted") return exitStatus.interrupted;
  const settled = isFinal(status) || status === "waiting" || status === "paused";
  return settled ? exitStatusOfRun(status) : exitStatus.done;
}

export interface Looking {
  readonly out: Out;
  /** False: one look only. */
  readonly follow: boolean;
  /** Shows what is new; told whether nothing more will come. */
  readonly look: (over: boolean) => Promise<void>;
}

/** Looks at a run until nothing more happens in it, then says how it stands; gives the exit status. */
export async function lookOn(tutti: Tutti, runId: string, { out, follow, look }: Looking): Promise<number> {
  let alone = 0;
  const once = async (): Promise<RunSummary["status"] | undefined> => {
    const run = await tutti.find(runId);
    // Between two processes a run is without an owner for a moment.
    alone = run.owner === undefined ? alone + 1 : 0;
    const over = alone > 1 || (run.status !== "interrupted" && isFinal(run.status));
    await look(over || !follow);
    return over || !follow ? run.status : undefined;
  };
  const status = await poll(once, { everyMs: 200, signal: out.gone });
  if (!follow || status === undefined) return exitStatus.done;
  out.note(endLine(runId, status));
  return exitStatusOfWatched(status);
}
