import type { NodeView, RunView } from "../core/view.ts";
import type { StreamFigures } from "../stream/figures.ts";
import type { Tutti } from "../verbs/tutti.ts";
import type { ShownPipeline } from "./render/pipeline-words.ts";
import { statusTone } from "./render/words.ts";

/**
 * The pipelines of a run that have begun, with their figures; asks for none where the run has no pipeline. `interrupted`:
 * nobody drives the run.
 */
export async function pipelinesOf(
  tutti: Pick<Tutti, "streams">,
  { id, nodes }: Pick<RunView, "id" | "nodes">,
  { interrupted }: { readonly interrupted: boolean },
): Promise<readonly ShownPipeline[]> {
  if (!nodes.some(({ action }) => action === "pipeline")) return [];
  const streams = await tutti.streams(id);
  const isAtWork = (node: NodeView | undefined): boolean =>
    !interrupted && node !== undefined && statusTone(node.status) === "busy";
  return streams.map((stream) =>
    isAtWork(nodes.find(({ address }) => address === stream.address))
      ? stream
      : { ...stream, figures: atRest(stream.figures) },
  );
}

/** What was at work when they were written down is done again, or was done. */
function atRest(figures: StreamFigures): StreamFigures {
  return { ...figures, places: figures.places.map((place) => ({ ...place, inWork: 0 })) };
}
