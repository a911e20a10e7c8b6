import type { Redactor } from "../executors/redactor.ts";
import { abandonRun } from "../verbs/abandon-run.ts";
import { runChild } from "../verbs/child-run.ts";
import type { ChildRuns } from "../verbs/parts.ts";
import { runStream } from "../verbs/stream-run.ts";
import { wakeParent } from "../verbs/wake-parent.ts";

/** What does steps beside their run. Names of files come from trees, and records from files: no executor has seen them. */
export function childRuns(redactor: Redactor): ChildRuns {
  return {
    run: async (parts, job) => redactor.outcome(await runChild(parts, job)),
    stream: async (parts, job) => redactor.outcome(await runStream(parts, job)),
    abandon: abandonRun,
    wake: wakeParent,
  };
}
