import type { Tutti } from "../../verbs/tutti.ts";
import { exitStatus } from "../exit-status.ts";
import { isFinal } from "../next.ts";
import { openRun } from "../opened-run.ts";
import { poll } from "../poll.ts";
import { defineVerb } from "../verb.ts";

/** How long to wait until the process that drives the run has stopped everything. */
const waitMs = 15_000;

export const cancel = defineVerb<{ readonly reason?: string }>({
  examples: ["tutti cancel @last", 'tutti cancel 3m1x --reason "wrong branch"'],
  define: (command) =>
    command
      .argument("<run>", "id of a run, the beginning of one, or @last")
      .option("--reason <text>", "why; kept with the run"),
  run: async (context, { args: [name = ""], options: { reason } }) => {
    const { out, json } = context;
    const { tutti, run } = await openRun(context, name);
    const { runId } = run;
    const end = await tutti.control(runId, { type: "cancel", ...(reason === undefined ? {} : { reason }) });
    const status = end.end === "done" ? end.status : await finalStatus(tutti, runId);
    if (json) out.json({ runId, status: status ?? "stopping" });
    else if (status === undefined)
      out.say(`run ${runId} was told to stop and is still stopping; see: tutti watch ${runId}`);
    else if (status === "cancelled")
      out.say(`run ${runId} is cancelled; everything found of what it had started was stopped`);
    else out.say(`run ${runId} had ended before: it is ${status}`);
    return status === undefined ? exitStatus.failed : exitStatus.done;
  },
});

function finalStatus(tutti: Tutti, runId: string): Promise<string | undefined> {
  return poll(
    async () => {
      const { status } = await tutti.show(runId);
      return isFinal(status) ? status : undefined;
    },
    { everyMs: 100, forMs: waitMs },
  );
}
