import { cutText, evidenceBytes } from "../cap-output.ts";
import { runShell } from "../run-shell.ts";
import type { TaskContext } from "../../ports/executor.ts";
import type { CheckOf, GateChecker } from "../../ports/gate-checker.ts";
import type { Processes } from "../../ports/processes.ts";

/** A gate that is a shell line: its exit status decides, what it printed last on both outputs is the evidence. */
export function createShellGate({
  processes,
}: {
  readonly processes: Processes;
}): GateChecker<CheckOf<"shell">> {
  return {
    kind: "shell",
    async check({ shell }, context) {
      let printed = "";
      const print: TaskContext["print"] = (line, stream) => {
        printed = `${printed}${line}\n`.slice(-2 * evidenceBytes);
        context.print(line, stream);
      };
      const { output: _, ...outcome } = await runShell(shell, { ...context, print }, { processes });
      const evidence = Buffer.byteLength(printed) > evidenceBytes ? cutText(printed, evidenceBytes) : printed;
      return { ...outcome, stdout: evidence.trimEnd() };
    },
  };
}
