import type { BackTarget } from "../verbs/going-back.ts";
import type { PointName } from "../verbs/points.ts";
import type { Tutti } from "../verbs/tutti.ts";
import { agreed } from "./consent.ts";
import type { Context } from "./context.ts";
import { exitStatus } from "./exit-status.ts";
import { rollbackLines, rolledBackLines } from "./render/rollback.ts";

/** The point that flags name. */
export function pointFlag({ to, step }: { readonly to?: string; readonly step?: string }): PointName {
  if (to !== undefined) return { to };
  return step === undefined ? { beginning: true } : { before: step };
}

interface Back {
  readonly runId: string;
  readonly target: BackTarget;
  readonly verb: "rollback" | "rewind";
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Shows what going back does, asks, and does it. */
export async function goBack(
  { out, json }: Context,
  tutti: Tutti,
  { runId, target, verb, dryRun = false, yes = false }: Back,
): Promise<number> {
  const preview = await tutti.previewRollback(runId, target);
  const partial = target.files !== undefined;
  const lines = rollbackLines(preview, { partial });
  if (dryRun) {
    if (json) out.json({ ...preview, dryRun });
    else out.say(...lines);
    return exitStatus.done;
  }
  out.note(...lines);
  const doing = verb === "rewind" ? "rewind a run" : "roll back";
  if (!(await agreed(out, { yes, doing, question: "Go back there?" }))) return exitStatus.cancelled;
  const done = await tutti.rollback(runId, { ...target, print: (line) => out.note(line) });
  if (json) out.json(done);
  else out.say(...rolledBackLines(done, { verb, partial }));
  return exitStatus.done;
}
