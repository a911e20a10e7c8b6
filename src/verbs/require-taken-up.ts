import type { RunState } from "../core/state.ts";
import { TuttiError } from "../errors.ts";
import { stepsAt } from "./known-at.ts";

const mostNamed = 5;

/**
 * Throws RUN_STATE when steps could not be undone that ended well and say how: what stays done in a run that was put back is taken up
 * when it goes on, and can be undone from then on.
 */
export function requireTakenUp(state: RunState): void {
  const { runId, root } = state;
  if (root.phase !== "pending") return;
  const left = undoableResults(state);
  if (left.length === 0) return;
  const named = left.slice(0, mostNamed).join(", ");
  const more = left.length > mostNamed ? ` and ${left.length - mostNamed} more` : "";
  throw new TuttiError(
    "RUN_STATE",
    `Cannot undo what run "${runId}" did: it was put back and has not gone on since; what stays done in it can be undone when it has: ${named}${more}`,
    {
      fix: `let it go on, which does the next steps, and cancel it then: tutti resume ${runId} --detach, tutti cancel ${runId} --undo; or cancel it and undo nothing: tutti cancel ${runId}`,
    },
  );
}

/** Addresses of the steps that stay done, and say how they are undone or have a run that may. */
function undoableResults(state: RunState): readonly string[] {
  const done = [...state.known].flatMap(([address, { end, outcome }]) =>
    end === undefined || end === "skipped" || outcome?.cached === true ? [] : [address],
  );
  return stepsAt(state, done).flatMap(({ address, step }) =>
    step.undo || state.known.get(address)?.outcome?.child ? [address] : [],
  );
}
