import { compileShellLine } from "../shell-line.ts";
import type { SinkWriter } from "../sink.ts";
import type { OpenSinkOptions, SinkOf } from "./open.ts";
import { openPerformedSink } from "./performed.ts";

/**
 * Runs a shell line for each batch, with its records on standard input. At least once for each: `TUTTI_BATCH` is the same when
 * it is run again.
 */
export function openCommandSink(sink: SinkOf<"command">, { host }: OpenSinkOptions): SinkWriter {
  const callFor = compileShellLine(sink, host.scope);
  const { name, format } = sink;
  return openPerformedSink({
    name,
    format,
    host,
    position: null,
    handover: ({ text, texts }) => callFor({ texts, stdin: text }),
  });
}
