import { splitRow } from "./csv-rows.ts";
import type { Unread } from "./decode.ts";
import { bareJson, jsonProblem } from "./json-text.ts";
import { TuttiError } from "../../errors.ts";
import type { RecordFormat } from "../../language/pipeline.ts";

/** Reads the text of one record after another. */
export interface Reading {
  /** Of CSV whose first row names them, once that was read. */
  readonly columns: readonly string[] | undefined;
  /** The record as JSON; undefined: a blank line, or the header. Throws SOURCE_UNREADABLE for a header that names nothing. */
  read(text: string | Unread, line: number): string | Unread | undefined;
}

export interface ReadingOptions {
  readonly name: string;
  readonly columns: readonly string[] | undefined;
}

export function createReading(format: RecordFormat, options: ReadingOptions): Reading {
  switch (format.kind) {
    case "jsonl":
      return { columns: undefined, read: withText(readJson) };
    case "lines":
      return { columns: undefined, read: withText((text) => JSON.stringify(text)) };
    case "csv":
      return createRows(format, options);
  }
}

type ReadText = (text: string) => string | Unread | undefined;

function withText(read: ReadText): Reading["read"] {
  return (text) => (typeof text === "string" ? read(text) : text);
}

function readJson(line: string): string | Unread | undefined {
  const text = bareJson(line);
  if (text === "") return undefined;
  const reason = jsonProblem(text);
  return reason === undefined ? text : { code: "RECORD_SYNTAX", reason, text };
}

type Csv = Extract<RecordFormat, { readonly kind: "csv" }>;

function createRows({ separator, columns: given }: Csv, { name, columns: known }: ReadingOptions): Reading {
  let columns = known;
  let readRow = named(given ?? known);

  /** Names are written as JSON once; an object of them would bring those that look like numbers to the front. */
  function named(names: readonly string[] | undefined): ReadText | undefined {
    const keys = names?.map((column) => `${JSON.stringify(column)}:`);
    return (
      keys &&
      ((text) => {
        const row = splitRow(text, separator);
        if (row.fields === undefined) return { code: "RECORD_SYNTAX", reason: row.reason, text };
        if (row.fields.length !== keys.length) return wrongCount(row.fields.length, { keys, text });
        return `{${row.fields.map((field, at) => (keys[at] ?? "") + JSON.stringify(field)).join(",")}}`;
      })
    );
  }

  return {
    get columns() {
      return columns;
    },
    read(text, line) {
      if (text === "") return undefined;
      if (readRow) return typeof text === "string" ? readRow(text) : text;
      columns = headerOf(text, { separator, place: `${name}:${line}` });
      readRow = named(columns);
      return undefined;
    },
  };
}

function wrongCount(
  count: number,
  { keys, text }: { readonly keys: readonly string[]; readonly text: string },
): Unread {
  const reason = `it has ${count} ${count === 1 ? "field" : "fields"}, and there are ${keys.length} columns`;
  return { code: "RECORD_SYNTAX", reason, text };
}

function headerOf(
  text: string | Unread,
  { separator, place }: { readonly separator: string; readonly place: string },
): readonly string[] {
  if (typeof text !== "string") throw unfit(place, text.reason);
  const row = splitRow(text, separator);
  if (row.fields === undefined) throw unfit(place, row.reason);
  const names = row.fields;
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw unfit(place, `two columns are named ${JSON.stringify(twice)}`);
  return names;
}

function unfit(place: string, reason: string): TuttiError {
  return new TuttiError(
    "SOURCE_UNREADABLE",
    `Cannot name the columns by the first row "${place}": ${reason}`,
    {
      fix: "mend the first row, or name the columns in the workflow (`columns`), then all rows are records",
    },
  );
}
