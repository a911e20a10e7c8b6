import type { ControlEnd, ControlMessage } from "../verbs/control.ts";
import type { RunHandle } from "../verbs/run-handle.ts";
import type { Context } from "./context.ts";
import { exitStatus } from "./exit-status.ts";
import { followRun } from "./follow.ts";
import { openRun } from "./opened-run.ts";

/**
 * Hands a message to a run. Where a process drives it, that one has the message when this is done; else the run goes
 * on in this process, is shown as with `tutti resume`, and the exit status is the run's.
 */
export async function sendMessage(context: Context, name: string, message: ControlMessage): Promise<number> {
  const { tutti, run, events: earlier } = await openRun(context, name);
  let followed: Promise<number> | undefined;
  const onDrive = (handle: RunHandle) => {
    const plan = tutti.planLeft(handle);
    followed = plan.then((left) => followRun(context, { tutti, handle, plan: left, earlier, saved: true }));
    // An error of the run reaches the caller by `control` first.
    followed.catch(() => {});
  };
  const end = await tutti.control(run.runId, { ...message, onDrive });
  if (followed) return followed;
  tellSent(context, { runId: run.runId, verb: message.type, end });
  return exitStatus.done;
}

/** Says that the process which drives the run has the message. */
export function tellSent(
  { out, json }: Context,
  { runId, verb, end }: { readonly runId: string; readonly verb: string; readonly end: ControlEnd },
): void {
  const owner = end.end === "sent" ? end.owner : "this process";
  if (json) out.json({ runId, sent: verb, owner });
  else out.say(`${verb} was sent to run ${runId}; it is driven by ${owner}`);
}
