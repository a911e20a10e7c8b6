import { Readable } from "node:stream";
import { createChunkedReader } from "./chunks.ts";
import type { SourceOptions } from "./options.ts";
import { readPosition } from "./position.ts";
import { TuttiError } from "../../errors.ts";
import type { Source } from "../../language/pipeline.ts";
import { createDecoder } from "../records/decode.ts";
import type { SourceReader } from "../source.ts";

type StdinSource = Extract<Source, { readonly kind: "stdin" }>;

/** Records from standard input. It cannot go back: after a crash it gives what its new standard input has. */
export function openStdin({ format }: StdinSource, options: SourceOptions): SourceReader {
  const { host, flow } = options;
  readPosition(options.position, { kind: "stdin", parse: () => true });
  const stream = host.stdin?.();
  if (!stream) {
    throw new TuttiError("SOURCE_UNREADABLE", "Cannot read standard input: this process has none", {
      fix: "start the run in the foreground with something on its standard input, or name a file as the source",
    });
  }
  const chunks = stream[Symbol.asyncIterator]();
  const reader = createChunkedReader({
    name: "stdin",
    decoder: createDecoder(format, { maxBytes: flow.recordBytes, name: "stdin" }),
    next: async () => {
      const { done, value } = await chunks.next();
      return done === true ? undefined : Buffer.from(value);
    },
    skip: 0,
    position: () => ({ kind: "stdin" }),
  });
  return {
    read: (most, signal) => reader.read(most, signal),
    async close() {
      // a read under way would keep it open, and the process with it
      if (stream instanceof Readable) stream.destroy();
    },
  };
}
