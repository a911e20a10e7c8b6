import type { NodeState } from "../core/node.ts";
import { TuttiError } from "../errors.ts";
import { shellWord } from "../expression/shell-word.ts";
import type { StepAround } from "./runs-around.ts";

/** Throws RUN_STATE for a run inside others that has lost its race: nobody takes what it would do. */
export function requireWanted(runId: string, around: readonly StepAround[]): void {
  for (const { state, node } of around) {
    const race = node.satisfied ? undefined : decidedAround(node);
    if (!race) continue;
    const why = `it does "${node.address}" of run ${state.runId}, which has lost its race`;
    throw new TuttiError("RUN_STATE", `Cannot resume run "${runId}": ${why}`, {
      fix: `see who won: tutti show ${state.runId}; have the race anew: tutti resume ${state.runId} --from ${shellWord(race.address)}`,
    });
  }
}

/** The block around it that has what it needs of others. */
function decidedAround({ parent }: NodeState): NodeState | undefined {
  return parent?.joined ? parent : parent && decidedAround(parent);
}
