import { TuttiError } from "../errors.ts";
import type { RunStatus } from "./events.ts";

const moves: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  initializing: ["executing", "recovering", "failed", "cancelled"],
  executing: ["completing", "compensating", "recovering", "waiting", "paused", "failed", "cancelled"],
  recovering: ["executing", "waiting", "paused", "compensating", "completing", "failed", "cancelled"],
  waiting: ["executing", "recovering", "paused", "compensating", "completing", "failed", "cancelled"],
  paused: ["executing", "recovering", "waiting", "compensating", "completing", "failed", "cancelled"],
  compensating: ["recovering", "waiting", "paused", "failed", "cancelled"],
  completing: ["completed", "degraded", "failed", "recovering"],
  completed: ["recovering"],
  degraded: ["recovering"],
  failed: ["recovering"],
  cancelled: ["recovering"],
};

export const runStatuses: readonly RunStatus[] = Object.keys(moves) as RunStatus[];

/** True when a run may go from one status to the other. A finished run goes on only by way of `recovering`. */
export function mayMove(from: RunStatus, to: RunStatus): boolean {
  return moves[from].includes(to);
}

/** Throws INTERNAL for a move that is not in the table. */
export function assertMove(from: RunStatus, to: RunStatus): void {
  if (mayMove(from, to)) return;
  throw new TuttiError("INTERNAL", `Cannot move the run to "${to}": it is "${from}"`, {
    fix: "report this as a bug",
  });
}
