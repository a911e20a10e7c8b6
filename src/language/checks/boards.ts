import { blackboardAround } from "../read/board.ts";
import { allSteps } from "./names.ts";
import type { ScopeIndex } from "./scope.ts";

/** Reports steps that write on a blackboard, or wait for one, where there is none: nothing would ever come of it. */
export function checkBoards({ report, workflow }: ScopeIndex): void {
  for (const step of allSteps(workflow.block)) {
    const { action, body, name, spot } = step;
    const waits = action.kind === "wait" && action.for === "board";
    if ((!waits && body.board === undefined) || blackboardAround(step) !== undefined) continue;
    report.add({
      code: "BAD_VALUE",
      message: `Cannot let the step "${name}" ${waits ? "wait for" : "use"} a blackboard: there is none around it`,
      fix: "put `blackboard: {}` on a group of steps around it",
      at: spot,
    });
  }
}
