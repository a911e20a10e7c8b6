import type { RunStatus } from "../core/events.ts";
import type { NodeView, RunView } from "../core/view.ts";
import { failedItself, leftUndone } from "./render/parts.ts";
import { shellWord } from "../expression/shell-word.ts";

/** True when a run has come to its end. */
export function isFinal(status: RunStatus): boolean {
  return status === "completed" || status === "degraded" || status === "failed" || status === "cancelled";
}

export interface Situation {
  readonly view: RunView;
  readonly stopped: boolean;
  /** What the run itself needs, such as a higher cap. */
  readonly fixOfRun: string | undefined;
  /** What helps a node that waits. */
  readonly fix: string | undefined;
}

/** What is left to undo comes before all else. */
function lookAtUndo({ id, nodes }: RunView): string | undefined {
  const [first] = leftUndone(nodes);
  return first && `tutti show ${id} ${shellWord(first.address)}`;
}

/** True for a run that failed only because loops did not come to their end: their rounds would be taken as they are. */
export function isInVain({ status, nodes }: RunView): boolean {
  const failed = nodes.filter(failedItself);
  const undone = nodes.some(({ undo }) => undo !== undefined);
  return status === "failed" && !undone && failed.length > 0 && failed.every(isLoopNotDone);
}

function isLoopNotDone({ failure }: NodeView): boolean {
  return failure?.code === "LOOP_NOT_DONE";
}

/** The votes of a run that failed because nothing was decided: they would be counted again as they are. */
export function undecidedIn({ status, nodes }: RunView): NodeView | undefined {
  return status === "failed"
    ? nodes.find((node) => failedItself(node) && node.failure?.code === "NO_DECISION")
    : undefined;
}

function lookAtVotes(view: RunView): string | undefined {
  const node = undecidedIn(view);
  return node && `tutti show ${view.id} ${shellWord(node.address)}`;
}

function lookAtLoop(view: RunView): string | undefined {
  return isInVain(view)
    ? `tutti show ${view.id} ${shellWord(view.nodes.find(isLoopNotDone)?.address ?? "")}`
    : undefined;
}

/** The command a person types next for a run that is kept; nothing after one that completed. */
export function nextCommand({ view, stopped, fixOfRun, fix }: Situation): string | undefined {
  const resume = `tutti resume ${view.id}`;
  if (stopped) return resume;
  switch (view.status) {
    case "completed":
      return undefined;
    case "failed":
    case "cancelled":
      return lookAtUndo(view) ?? lookAtLoop(view) ?? lookAtVotes(view) ?? fixOfRun ?? resume;
    case "degraded":
      // a cap that stopped it can be raised
      return fixOfRun?.includes(" --limit ") ? fixOfRun : `tutti show ${view.id}`;
    // What its nodes wait for is heard only when it goes on.
    case "paused":
      return resume;
    default:
      return fix ?? `tutti why ${view.id}`;
  }
}
