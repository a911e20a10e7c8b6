import type { Request } from "../../core/effects.ts";
import type { Sink, Source } from "../../language/pipeline.ts";

/** Where its records come from and go to: `records of in.jsonl → out.jsonl, bad.jsonl`. */
export function recordsText({ source, sinks }: Extract<Request, { readonly kind: "pipeline" }>): string {
  return `records of ${sourceText(source)} → ${sinks.map(sinkText).join(", ")}`;
}

export function sourceText(source: Source): string {
  switch (source.kind) {
    case "records":
      return source.paths.join(", ");
    case "files":
      return `the files ${source.paths.join(", ")}`;
    case "command":
      return `the command ${source.line}`;
    case "stdin":
      return "standard input";
    case "http":
      return source.url;
    case "listen":
      return `http://127.0.0.1:${source.port}${source.path}`;
    case "list":
      return "a list";
    case "run":
      return source.node === undefined ? `run ${source.run}` : `"${source.node}" of run ${source.run}`;
  }
}

export function sinkText(sink: Sink): string {
  switch (sink.kind) {
    case "records":
    case "files":
      return sink.path;
    case "command":
      return `the command ${sink.line}`;
    case "http":
      return sink.url;
    case "result":
      return "its output";
  }
}
