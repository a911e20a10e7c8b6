import { open } from "node:fs/promises";
import { isObject, type Json } from "../../expression/json.ts";
import type { RecordFormat } from "../../language/pipeline.ts";
import { createDecoder } from "../records/decode.ts";
import { encode } from "../records/encode.ts";
import type { StreamHost } from "../host.ts";
import type { SinkWriter } from "../sink.ts";
import { badPath, inUse, unwritable } from "./failures.ts";
import type { FileMark } from "./file-mark.ts";
import { openOutputFile } from "./output-file.ts";
import { placeOf } from "./place.ts";
import type { OpenSinkOptions, SinkOf } from "./open.ts";

interface RecordsPosition extends FileMark {
  readonly kind: "records";
  readonly path: string;
  /** Of CSV: the columns that the file has. */
  readonly header?: readonly string[];
}

/**
 * A file of records: each is in it once, in the order of the batches, also after a crash. What the file was before is kept as
 * `OutputFile` says. Another path than that of the position begins another file.
 *
 * CSV that is appended has the columns of the header that is there.
 */
export async function openRecordsSink(
  sink: SinkOf<"records">,
  { position, host, taken }: OpenSinkOptions,
): Promise<SinkWriter> {
  const { format, append = false } = sink;
  const path = host.fill(sink.path);
  const kept = positionFor(path, position);
  const place = await placeOf(host.cwd, path);
  if (taken.has(place)) throw takenTwice(path);
  taken.add(place);
  await requireAlone(place, { path, host });
  const file = await openOutputFile(place, {
    mark: kept,
    append,
    print: (line) => host.print(line, "stderr"),
  });
  let header = kept ? kept.header : await headerThere(place, { format, length: file.mark.length });
  const positionNow = (): Json => ({ ...file.mark, kind: "records", path, ...(header ? { header } : {}) });
  return {
    position: positionNow(),
    async write({ records }, signal) {
      signal.throwIfAborted();
      const texts = records.map(({ text }) => text);
      const encoded = encode(texts, { format, ...(header ? { header } : {}) });
      if (encoded.text !== "") await file.append(Buffer.from(encoded.text));
      header = encoded.header;
      return { position: positionNow(), dead: encoded.dead };
    },
    finish: () => file.finish(),
    close: () => file.close(),
  };
}

function takenTwice(path: string): Error {
  const fix = "give each sink a file of its own, or let one sink take from several stages: `from: [a, b]`";
  return badPath(path, "another sink of the pipeline writes to it", fix);
}

/** Throws where somebody else is at work on the file: what one of them writes would take the place of what the other did. */
async function requireAlone(
  place: string,
  { path, host }: { readonly path: string; readonly host: StreamHost },
): Promise<void> {
  for (const other of await host.sinksOfOthers()) {
    // what has no place is no file that somebody writes
    const theirs = await placeOf(host.cwd, other.path).catch(() => undefined);
    if (theirs === place) throw inUse(path, other.run);
  }
}

/** A position that was kept of this very file; undefined: it begins. */
function positionFor(path: string, position: Json): RecordsPosition | undefined {
  return isPosition(position) && position.path === path ? position : undefined;
}

function isPosition(position: unknown): position is RecordsPosition {
  return (
    isObject(position) &&
    position["kind"] === "records" &&
    typeof position["length"] === "number" &&
    typeof position["tail"] === "string"
  );
}

/** A header is read whole, and that is as long as one may be. */
const headerBytes = 65_536;

/** The columns of CSV that lies there already and is appended to. */
async function headerThere(
  path: string,
  { format, length }: { readonly format: RecordFormat; readonly length: number },
): Promise<readonly string[] | undefined> {
  if (format.kind !== "csv" || length === 0) return undefined;
  const { separator } = format;
  const decoder = createDecoder({ kind: "csv", separator }, { maxBytes: headerBytes, name: path });
  decoder.feed(await firstBytes(path));
  if (decoder.next() === undefined) decoder.last();
  const { columns } = decoder.place;
  if (columns === undefined)
    throw badPath(path, "what is there does not begin with a header, so it is no CSV");
  return columns;
}

async function firstBytes(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path, "r");
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unwritable(path, error);
  }
}
