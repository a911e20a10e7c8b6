import { messageOf } from "../../errors.ts";
import { parseExactJson, type Json } from "../../expression/json.ts";
import type { RecordFormat } from "../../language/pipeline.ts";
import { recordOf } from "./draft.ts";
import type { Found } from "./draft.ts";
import { createDecoder } from "../records/decode.ts";
import type { ListenSource } from "./listen.ts";

/** Problems of a post that are told. */
const mostTold = 10;

export interface ReadPost {
  readonly records: readonly string[];
  /** What cannot be read, line by line; none: all can. */
  readonly problems: readonly string[];
}

export interface PostOptions {
  readonly source: Pick<ListenSource, "format">;
  /** Content-Type of the body. */
  readonly type: string;
  readonly recordBytes: number;
}

/** The records in a body: of the source's format; one of type `application/json` is one record, or a list of them. */
export function postOf(body: Uint8Array, { source, type, recordBytes }: PostOptions): ReadPost {
  const isJson = /^application\/json\s*(?:;|$)/i.test(type.trim());
  try {
    return sorted(
      isJson ? itemsOf(body, recordBytes) : decoded(body, { format: source.format, recordBytes }),
    );
  } catch (error) {
    return { records: [], problems: [messageOf(error)] };
  }
}

function sorted(all: readonly Found[]): ReadPost {
  const problems = all.flatMap(({ bad, line }) => (bad ? [`line ${line}: ${bad.reason}`] : []));
  return { records: all.flatMap(({ text }) => text ?? []), problems: problems.slice(0, mostTold) };
}

function itemsOf(body: Uint8Array, maxBytes: number): readonly Found[] {
  const value = parseExactJson(new TextDecoder("utf-8", { fatal: true }).decode(body));
  const items: readonly Json[] = isList(value) ? value : [value];
  return items.map((item, index) => recordOf(JSON.stringify(item), { line: index + 1, maxBytes }));
}

function decoded(
  body: Uint8Array,
  { format, recordBytes }: { readonly format: RecordFormat; readonly recordBytes: number },
): readonly Found[] {
  const decoder = createDecoder(format, { maxBytes: recordBytes, name: "post" });
  const found: Found[] = [];
  decoder.feed(body);
  for (let record = decoder.next(); record; record = decoder.next()) found.push(record);
  const last = decoder.last();
  return last ? [...found, last] : found;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
