import type { RunView } from "../core/view.ts";
import type { Tutti } from "../verbs/tutti.ts";
import type { ShownPipeline } from "./render/pipeline-words.ts";

/** The pipelines of a run that have begun, with their figures; asks for none where the run has no pipeline. */
export async function pipelinesOf(
  tutti: Pick<Tutti, "streams">,
  { id, nodes }: RunView,
): Promise<readonly ShownPipeline[]> {
  return nodes.some(({ action }) => action === "pipeline") ? tutti.streams(id) : [];
}
