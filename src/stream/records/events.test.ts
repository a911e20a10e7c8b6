import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createDecoder } from "./decode.ts";
import type { Decoded } from "./decode.ts";
import { encode } from "./encode.ts";
import type { RecordFormat } from "../../language/pipeline.ts";

/** Real streams of other people: data only. They are not part of the repository. */
const corpus = fileURLToPath(new URL("../../../../shared/corpora/events/", import.meta.url));
const index = join(corpus, "index.json");
const present = existsSync(index);

interface Stream {
  readonly name: string;
  readonly format: "jsonl" | "csv" | "text";
  readonly lines: number;
  readonly csv_records?: number;
  readonly gold_key?: string;
  readonly gold_distinct?: number;
}

const formats: Readonly<Record<Stream["format"], RecordFormat>> = {
  jsonl: { kind: "jsonl" },
  csv: { kind: "csv", separator: "," },
  text: { kind: "lines" },
};

function decodeAll(bytes: Uint8Array, format: RecordFormat): Decoded[] {
  const decoder = createDecoder(format, { maxBytes: 1_048_576, name: "in" });
  const found: Decoded[] = [];
  for (let at = 0; at < bytes.length; at += 65_536) {
    decoder.feed(bytes.subarray(at, at + 65_536));
    for (let next = decoder.next(); next; next = decoder.next()) found.push(next);
  }
  for (let next = decoder.last(); next; next = decoder.last()) found.push(next);
  return found;
}

describe.skipIf(!present)("real streams", () => {
  const streams = present ? (JSON.parse(readFileSync(index, "utf8")) as Stream[]) : [];

  it.each(streams)("are read whole, and come back as they went: $name", (stream) => {
    const bytes = readFileSync(join(corpus, stream.name));
    const format = formats[stream.format];
    const found = decodeAll(bytes, format);
    expect(found.filter(({ bad }) => bad)).toEqual([]);
    expect(found.length).toBe(stream.csv_records ?? stream.lines - (stream.format === "csv" ? 1 : 0));
    const records = found.map(({ text }) => text ?? "");
    const written = encode(records, { format });
    expect(written.dead).toEqual([]);
    expect(decodeAll(Buffer.from(written.text), format).map(({ text }) => text)).toEqual(records);
  });

  it.each(streams.filter(({ format }) => format !== "csv"))("are written as they were: $name", (stream) => {
    const bytes = readFileSync(join(corpus, stream.name));
    const format = formats[stream.format];
    const records = decodeAll(bytes, format).map(({ text }) => text ?? "");
    expect(encode(records, { format }).text.trimEnd()).toBe(bytes.toString().trimEnd());
  });

  it.each(streams.filter(({ gold_key }) => gold_key !== undefined))("have their keys: $name", (stream) => {
    const records = decodeAll(readFileSync(join(corpus, stream.name)), formats[stream.format]);
    const keys = records.map(
      ({ text }) => (JSON.parse(text ?? "{}") as Record<string, string>)[stream.gold_key ?? ""],
    );
    expect(new Set(keys).size).toBe(stream.gold_distinct);
  });
});
