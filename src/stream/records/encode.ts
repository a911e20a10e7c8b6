import { membersOf } from "./json-text.ts";
import type { RecordFormat } from "../../language/pipeline.ts";
import type { DeadRecord } from "../sink.ts";

export interface EncodeOptions {
  readonly format: RecordFormat;
  /** Of CSV: the columns of a header that is there already. */
  readonly header?: readonly string[];
}

export interface Encoded {
  /** Of all records that are not dead, each with a line break behind it; of CSV with the header before the first, when there is none yet. */
  readonly text: string;
  /** The header that is there with this text. */
  readonly header?: readonly string[];
  /** What cannot stand in this format without being changed. */
  readonly dead: readonly DeadRecord[];
}

/**
 * Records (each JSON without line breaks) as texts of a format.
 *
 * - `jsonl`: as they are;
 * - `lines`: a text as it is, anything else as JSON; a text with a line break is dead, it would be read as two records;
 * - `csv`: an object as a row, quoted as RFC 4180 says; lists and objects in it as JSON, null and absent fields empty. Columns
 *   are those of the format, else those of the first record; a record with a field that has no column is dead.
 */
export function encode(records: readonly string[], { format, header }: EncodeOptions): Encoded {
  switch (format.kind) {
    case "jsonl":
      return { text: records.map(lineOf).join(""), dead: [] };
    case "lines":
      return gather(records, plainLine);
    case "csv":
      return encodeRows(records, { format, header });
  }
}

type Line = { readonly text: string } | { readonly text?: undefined; readonly reason: string };

function gather(records: readonly string[], line: (record: string) => Line): Encoded {
  const lines: string[] = [];
  const dead: DeadRecord[] = [];
  for (const [index, record] of records.entries()) {
    const found = line(record);
    if (found.text === undefined) dead.push({ index, code: "RECORD_SYNTAX", reason: found.reason });
    else lines.push(lineOf(found.text));
  }
  return { text: lines.join(""), dead };
}

function lineOf(text: string): string {
  return `${text}\n`;
}

function plainLine(record: string): Line {
  if (!record.startsWith('"')) return { text: record };
  const text = String(JSON.parse(record));
  if (/[\r\n]/.test(text)) return { reason: "it has a line break, and each line would be a record" };
  return text.isWellFormed() ? { text } : { reason: notUtf8 };
}

const notUtf8 = "it holds half a character (a lone surrogate), which UTF-8 cannot carry";

type Csv = Extract<RecordFormat, { readonly kind: "csv" }>;
type CsvOptions = { readonly format: Csv; readonly header: readonly string[] | undefined };

function encodeRows(records: readonly string[], { format, header }: CsvOptions): Encoded {
  const { separator } = format;
  let columns = header ?? format.columns;
  const { text, dead } = gather(records, (record) => {
    const row = rowOfRecord(record, { columns, separator });
    if (row.text !== undefined) columns = row.columns;
    return row;
  });
  if (columns === undefined || text === "") return { text, dead, ...(header ? { header } : {}) };
  return { text: header ? text : lineOf(rowOf(columns, separator)) + text, header: columns, dead };
}

type RowLine =
  | { readonly text: string; readonly columns: readonly string[] }
  | { readonly text?: undefined; readonly reason: string };

function rowOfRecord(
  record: string,
  { columns, separator }: { readonly columns: readonly string[] | undefined; readonly separator: string },
): RowLine {
  if (!record.startsWith("{")) return { reason: "it is no object, so it has no fields for columns" };
  const members = membersOf(record);
  const names = columns ?? [...members.keys()];
  if (names.length === 0) return { reason: "it has no fields" };
  const known = new Set(names);
  const stray = [...members.keys()].find((name) => !known.has(name));
  if (stray !== undefined)
    return { reason: `it has a field ${JSON.stringify(stray)}, and no column has this name` };
  const text = rowOf(
    names.map((name) => cellOf(members.get(name))),
    separator,
  );
  return text.isWellFormed() ? { text, columns: names } : { reason: notUtf8 };
}

function rowOf(cells: readonly string[], separator: string): string {
  // a row of one empty field would be a blank line
  if (cells.length === 1 && cells[0] === "") return '""';
  return cells.map((cell) => quoted(cell, separator)).join(separator);
}

function quoted(cell: string, separator: string): string {
  return /["\r\n]/.test(cell) || cell.includes(separator) || cell.startsWith("\ufeff")
    ? `"${cell.replaceAll('"', '""')}"`
    : cell;
}

/** `written`: the value as JSON. */
function cellOf(written: string | undefined): string {
  if (written === undefined || written === "null") return "";
  return written.startsWith('"') ? String(JSON.parse(written)) : written;
}
