import type { ControlEnd, ControlMessage, Driven } from "../verbs/control.ts";
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
  const { tutti, run } = await openRun(context, name);
  let followed: Promise<number> | undefined;
  const onDrive = ({ handle, earlier }: Driven) => {
    tellAround(context, { handle, inside: run.runId });
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

/** Says that another run goes on than the one that was named: the outermost around it. */
function tellAround(
  { out, json }: Context,
  { handle: { id, state }, inside }: { readonly handle: RunHandle; readonly inside: string },
): void {
  if (id === inside) return;
  const { name } = state.workflow;
  if (json) out.json({ type: "run.around", id, name, child: inside });
  out.note(`run ${id} (${name}) goes on, with run ${inside} inside it`);
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
