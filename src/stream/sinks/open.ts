import type { Json } from "../../expression/json.ts";
import type { Sink, SinkTarget } from "../../language/pipeline.ts";
import type { StreamHost } from "../host.ts";
import type { SinkWriter } from "../sink.ts";
import { openCommandSink } from "./command.ts";
import { openFilesSink } from "./files.ts";
import { openHttpSink } from "./http.ts";
import { openRecordsSink } from "./records.ts";

export interface OpenSinkOptions {
  /** Where the sink stood last; null: it was never opened. */
  readonly position: Json;
  readonly host: StreamHost;
  /** Files of records that other sinks of the pipeline write; that of this one comes to them. */
  readonly taken: Set<string>;
}

export type SinkOf<Kind extends SinkTarget["kind"]> = Sink & { readonly kind: Kind };

/**
 * Opens the writer of a sink. A `records` file has each record once, `files` each path as it was written last; a command and
 * an HTTP endpoint get each batch at least once, with a name by which they can tell that they have it.
 *
 * The records of a `result` are kept with the stream, by who drives it: its writer has nothing to write.
 */
export function openSink(sink: Sink, options: OpenSinkOptions): Promise<SinkWriter> {
  switch (sink.kind) {
    case "records":
      return openRecordsSink(sink, options);
    case "files":
      return openFilesSink(sink, options);
    case "command":
      return Promise.resolve(openCommandSink(sink, options));
    case "http":
      return Promise.resolve(openHttpSink(sink, options));
    case "result":
      return Promise.resolve(nothingToWrite);
  }
}

const nothingToWrite: SinkWriter = {
  position: null,
  write: () => Promise.resolve({ position: null, dead: [] }),
  finish: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
