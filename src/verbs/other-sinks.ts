import { isObject, type Json } from "../expression/json.ts";
import type { StreamId } from "../ports/stream-store.ts";
import type { OtherSink } from "../stream/host.ts";
import { unfinished } from "./batch-runs.ts";
import type { Parts } from "./parts.ts";

/** The record files of all pipelines that somebody drives now, but for this one. */
export async function sinksOfOthers(
  { store, streams }: Pick<Parts, "store" | "streams">,
  own: StreamId,
): Promise<readonly OtherSink[]> {
  const rows = await store.list({ status: unfinished });
  const found: OtherSink[] = [];
  for (const { runId } of rows.filter(({ owner }) => owner !== undefined)) {
    for (const id of await streams.streams(runId)) {
      if (id.runId === own.runId && id.address === own.address) continue;
      const sight = await streams.look(id);
      found.push(...pathsIn(sight?.head ?? null).map((path) => ({ run: runId, path })));
    }
  }
  return found;
}

/** Those that its sinks stand in; none of a pipeline that has come to its end. */
function pathsIn(head: Json): readonly string[] {
  if (!isObject(head)) return [];
  const { figures, stations } = head;
  if (isObject(figures) && figures["status"] === "over") return [];
  return Object.values(isObject(stations) ? stations : {}).flatMap((station) => {
    const position = isObject(station) ? station["position"] : undefined;
    return isObject(position) && position["kind"] === "records" && typeof position["path"] === "string"
      ? [position["path"]]
      : [];
  });
}
