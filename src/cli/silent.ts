import type { NodeView } from "../core/view.ts";
import type { ErrorCode } from "../errors.ts";

/** Failures of a pipeline's source, files and queues, to which no program has said anything. */
const silent: ReadonlySet<ErrorCode> = new Set([
  "SOURCE_UNREADABLE",
  "FILE_NOT_FOUND",
  "FILE_UNREADABLE",
  "SINK_CHANGED",
  "STORE_FULL",
  "BUFFER_OVERFLOW",
  "PIPELINE_CHANGED",
  "BAD_VALUE",
]);

/** What a node printed last has to do with why it failed: in a pipeline it may be of a stage to which nothing happened. */
export function tellsWhy({ action, failure }: Pick<NodeView, "action" | "failure">): boolean {
  return action !== "pipeline" || failure === undefined || !silent.has(failure.code);
}
