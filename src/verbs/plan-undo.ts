import type { Step, Workflow } from "../language/workflow.ts";
import { placedSteps } from "./placed-steps.ts";

/** What is taken back when a run fails. */
export interface UndoPlan {
  /** Steps that are undone, as far as they ended well, when the run fails; absent: none. */
  readonly undoable?: readonly string[];
  /** The workflow says how all of it is taken back, after its steps. */
  readonly undoesWhole?: true;
}

export function undoPlanOf({ chain }: Workflow, isSkipped: (address: string) => boolean): UndoPlan {
  const placed = placedSteps(chain).filter(({ address }) => !isSkipped(address));
  const wholes = placed.filter(({ step }) => undoOfCalled(step)).map(({ address }) => `${address}/`);
  const undoable = placed
    .filter(({ address }) => !wholes.some((whole) => address.startsWith(whole)))
    .filter(({ step }) => step.undo ?? undoOfCalled(step) ?? takesBack(step));
  return {
    ...(undoable.length > 0 ? { undoable: undoable.map(({ address }) => address) } : {}),
    ...(chain.undo ? { undoesWhole: true } : {}),
  };
}

function undoOfCalled({ action }: Step): Step | undefined {
  return action.kind === "chain" ? action.chain.undo : undefined;
}

/** Something in the run that does the step can be undone. */
function takesBack({ action }: Step): boolean {
  if (action.kind !== "workflow") return false;
  const { undoable, undoesWhole = false } = undoPlanOf(action.workflow, () => false);
  return undoable !== undefined || undoesWhole;
}
