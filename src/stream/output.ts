import { type Json, parseJson } from "../expression/json.ts";
import type { OpenStream } from "../ports/stream-store.ts";
import type { StreamFigures } from "./figures.ts";
import { outboxName } from "./flow/lanes.ts";
import type { Pipeline } from "./host.ts";

/** The records of a sink of the step itself; where there is none, how many there were. */
export async function keptOutput(
  { sinks }: Pick<Pipeline, "sinks">,
  { stream, figures }: { readonly stream: OpenStream; readonly figures: StreamFigures },
): Promise<Json> {
  const sink = sinks.find(({ kind }) => kind === "result");
  if (!sink) return { ...countsOf(figures) };
  const batches = await stream.load(outboxName(sink), { from: 0, most: Number.MAX_SAFE_INTEGER });
  return batches.flatMap(({ records }) => records.map(({ text }) => parseJson(text)));
}

function countsOf({ source, places }: StreamFigures): Record<string, number> {
  const sum = (of: (place: StreamFigures["places"][number]) => number): number =>
    places.reduce((total, place) => total + of(place), 0);
  return {
    read: source.read,
    unreadable: source.bad,
    written: sum((place) => (place.kind === "sink" ? place.done : 0)),
    filtered: sum(({ filtered }) => filtered),
    dropped: sum(({ dropped }) => dropped),
    dead: source.bad + sum(({ dead }) => dead),
  };
}
