import { type Json, parseJson } from "../expression/json.ts";
import type { OpenStream } from "../ports/stream-store.ts";
import type { StreamFigures } from "./figures.ts";
import { outboxName } from "./flow/lanes.ts";
import type { Pipeline, StreamHost } from "./host.ts";

interface Kept {
  readonly stream: OpenStream;
  readonly figures: StreamFigures;
  readonly host: Pick<StreamHost, "print">;
}

/** The records of a sink of the step itself, the first that it holds; where there is none, how many there were. */
export async function keptOutput(
  { sinks }: Pick<Pipeline, "sinks">,
  { stream, figures, host }: Kept,
): Promise<Json> {
  const sink = sinks.find((one) => one.kind === "result");
  if (!sink) return { ...countsOf(figures) };
  const { name, most } = sink;
  const written = figures.places.find((place) => place.name === name)?.done ?? 0;
  if (written > most) {
    const line = `the result holds the first ${most} of ${written} records: write \`result: ${written}\` for all of them, or write them to a file`;
    host.print(line, "stderr");
  }
  const output: Json[] = [];
  for (let from = 0; output.length < most;) {
    const batches = await stream.load(outboxName(sink), { from, most: mostBatches });
    const last = batches.at(-1);
    if (!last) break;
    const left = batches.flatMap(({ records }) => records).slice(0, most - output.length);
    output.push(...left.map(({ text }) => parseJson(text)));
    from = last.batch + 1;
  }
  return output;
}

/** Batches that are in memory together. */
const mostBatches = 20;

function countsOf({ source, places }: StreamFigures): Record<string, number> {
  const { replayed = 0 } = source;
  const sum = (of: (place: StreamFigures["places"][number]) => number): number =>
    places.reduce((total, place) => total + of(place), 0);
  return {
    read: source.read,
    unreadable: source.bad,
    written: sum((place) => (place.kind === "sink" ? place.done : 0)),
    filtered: sum(({ filtered }) => filtered),
    dropped: sum(({ dropped }) => dropped),
    // those that are there now
    dead: source.bad + sum(({ dead }) => dead) - replayed,
    replayed,
  };
}
