import type { RunView } from "../../core/view.ts";
import type { Tutti } from "../../verbs/tutti.ts";
import { exitStatus } from "../exit-status.ts";
import { isFinal } from "../next.ts";
import { openRun } from "../opened-run.ts";
import { poll } from "../poll.ts";
import { leftUndone } from "../render/parts.ts";
import { countText } from "../render/words.ts";
import { defineVerb } from "../verb.ts";

/** How long to wait until the process that drives the run has stopped everything. */
const waitMs = 15_000;

export const cancel = defineVerb<{ readonly reason?: string; readonly undo?: boolean }>({
  examples: ["tutti cancel @last", 'tutti cancel 3m1x --reason "wrong branch"', "tutti cancel 3m1x --undo"],
  define: (command) =>
    command
      .argument("<run>", "id of a run, the beginning of one, or @last")
      .option("--reason <text>", "why; kept with the run")
      .option("--undo", "undo the steps that ended well and say how, the last first"),
  run: async (context, { args: [name = ""], options: { reason, undo } }) => {
    const { out, json } = context;
    const { tutti, run } = await openRun(context, name);
    const { runId } = run;
    const end = await tutti.control(runId, {
      type: "cancel",
      ...(reason === undefined ? {} : { reason }),
      ...(undo ? { undo } : {}),
    });
    const status = end.end === "done" ? end.status : await finalStatus(tutti, runId);
    const { status: now, nodes } = await tutti.show(runId);
    if (json) out.json({ runId, status: status ?? (now === "compensating" ? now : "stopping") });
    else out.say(endText(runId, { status, now, undone: undoneText(nodes), undo }));
    return status === undefined ? exitStatus.failed : exitStatus.done;
  },
});

interface Stand {
  /** How it ended, if it has. */
  readonly status: string | undefined;
  readonly now: string;
  readonly undone: string;
  /** It was asked for. */
  readonly undo: boolean | undefined;
}

function endText(runId: string, { status, now, undone, undo }: Stand): string {
  if (status === "cancelled") {
    const none = undo && undone === "" ? "; nothing that is done in it says how it is undone" : "";
    return `run ${runId} is cancelled; everything found of what it had started was stopped${undone}${none}`;
  }
  if (status !== undefined && undone !== "") return `run ${runId} is ${status}${undone}`;
  if (status !== undefined) return `run ${runId} has ended: it is ${status}`;
  const still = now === "compensating" ? "is undoing what it did" : "was told to stop and is still stopping";
  return `run ${runId} ${still}; see: tutti watch ${runId}`;
}

function undoneText(nodes: RunView["nodes"]): string {
  const undone = nodes.filter(({ undo }) => undo === "undone").length;
  const left = leftUndone(nodes).map(({ address }) => address);
  const done = undone > 0 ? `; ${countText(undone, "step")} undone` : "";
  return left.length > 0 ? `${done}; NOT UNDONE: ${left.join(", ")}` : done;
}

function finalStatus(tutti: Tutti, runId: string): Promise<string | undefined> {
  return poll(
    async () => {
      const { status } = await tutti.show(runId);
      return isFinal(status) ? status : undefined;
    },
    { everyMs: 100, forMs: waitMs },
  );
}
