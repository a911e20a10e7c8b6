import type { SqlValue } from "./connection.ts";
import type { PageFile } from "./page-file.ts";

/** A row as it lies in a page of some table; which table that is, its columns have to tell. */
export interface PageRow {
  readonly rowid: number;
  readonly values: readonly SqlValue[];
}

const tableLeaf = 0x0d;
const indexLeaf = 0x0a;
const indexInner = 0x02;

/** The rows that can be read from a page: of a page that is damaged in part, the others; of one of no table none. */
export function* rowsOf(pages: PageFile, no: number): Iterable<PageRow> {
  for (const { page, at } of cellsOf(pages, { no, types: [tableLeaf] })) {
    const bytes = readVarint(page, at);
    const rowid = bytes && readVarint(page, bytes.end);
    if (!rowid || !Number.isSafeInteger(rowid.value)) continue;
    const localBytes = localOf(bytes.value, { usable: pages.pageBytes, most: pages.pageBytes - 35 });
    const payload = payloadOf(pages, { page, at: rowid.end, bytes: bytes.value, localBytes });
    const values = payload && valuesOf(payload);
    if (values) yield { rowid: rowid.value, values };
  }
}

/** The entries of an index page: its columns, then the row's number. */
export function* entriesOf(pages: PageFile, no: number): Iterable<readonly SqlValue[]> {
  for (const { page, at, type } of cellsOf(pages, { no, types: [indexLeaf, indexInner] })) {
    const bytes = readVarint(page, at + (type === indexInner ? 4 : 0));
    // what matters is short; entries that are long enough to lie on several pages are texts
    const payload = bytes && bytes.value < 64 ? page.subarray(bytes.end, bytes.end + bytes.value) : undefined;
    const values = payload && valuesOf(payload);
    if (values) yield values;
  }
}

interface Cell {
  readonly page: Buffer;
  readonly type: number;
  readonly at: number;
}

function* cellsOf(
  pages: PageFile,
  { no, types }: { readonly no: number; readonly types: readonly number[] },
): Iterable<Cell> {
  const page = usedPage(pages, no);
  if (!page) return;
  const start = no === 1 ? 100 : 0;
  const type = page.readUInt8(start);
  if (!types.includes(type)) return;
  const pointers = start + (type === indexInner ? 12 : 8);
  const end = pointers + 2 * page.readUInt16BE(start + 3);
  if (end > page.length) return;
  for (let pointer = pointers; pointer < end; pointer += 2) {
    const at = page.readUInt16BE(pointer);
    if (at >= end && at < page.length) yield { page, type, at };
  }
}

function usedPage(pages: PageFile, no: number): Buffer | undefined {
  return pages.free?.has(no) === true ? undefined : pages.read(no);
}

/** How much of a payload lies in the cell itself; the rest is on pages of its own. */
function localOf(
  bytes: number,
  { usable, most }: { readonly usable: number; readonly most: number },
): number {
  if (bytes <= most) return bytes;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const fitting = least + ((bytes - least) % (usable - 4));
  return fitting <= most ? fitting : least;
}

interface Payload {
  readonly page: Buffer;
  readonly at: number;
  readonly bytes: number;
  readonly localBytes: number;
}

function payloadOf(pages: PageFile, { page, at, bytes, localBytes }: Payload): Buffer | undefined {
  if (bytes === localBytes) return at + bytes <= page.length ? page.subarray(at, at + bytes) : undefined;
  // a length that is noise must not be believed before the pages are there
  if (bytes > pages.count * pages.pageBytes || at + localBytes + 4 > page.length) return undefined;
  const chunks = [page.subarray(at, at + localBytes)];
  const seen = new Set<number>();
  let next = page.readUInt32BE(at + localBytes);
  for (let missing = bytes - localBytes; missing > 0; missing -= pages.pageBytes - 4) {
    const more = seen.has(next) ? undefined : usedPage(pages, next);
    if (!more) return undefined;
    seen.add(next);
    chunks.push(more.subarray(4, Math.min(more.length, 4 + missing)));
    next = more.readUInt32BE(0);
  }
  // the last page of a chain names no other
  return next === 0 ? Buffer.concat(chunks) : undefined;
}

interface Varint {
  readonly value: number;
  readonly end: number;
}

/**
 * Seven bits a byte, the highest first. Undefined at the end of the page, and for one of nine bytes: no length and no
 * row of ours is that large.
 */
function readVarint(bytes: Buffer, at: number): Varint | undefined {
  let value = 0;
  for (let index = 0; index < 8; index += 1) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, end: at + index + 1 };
  }
  return undefined;
}

/** The columns of a record; undefined unless header and values fill it exactly. */
function valuesOf(record: Buffer): readonly SqlValue[] | undefined {
  const header = readVarint(record, 0);
  if (!header || header.value > record.length || header.value < header.end) return undefined;
  const values: SqlValue[] = [];
  let at = header.value;
  for (let place = header.end; place < header.value;) {
    const type = readVarint(record, place);
    const value = type && valueOf(record, { at, type: type.value });
    if (!value) return undefined;
    values.push(value.value);
    place = type.end;
    at += value.bytes;
    if (place > header.value) return undefined;
  }
  return at === record.length ? values : undefined;
}

interface Value {
  readonly value: SqlValue;
  readonly bytes: number;
}

/** Lengths of numbers by their serial type; the seventh has a fraction. */
const numberBytes = [0, 1, 2, 3, 4, 6, 8, 8];

function valueOf(
  record: Buffer,
  { at, type }: { readonly at: number; readonly type: number },
): Value | undefined {
  if (type === 0) return { value: null, bytes: 0 };
  if (type === 8 || type === 9) return { value: type - 8, bytes: 0 };
  const bytes = type >= 12 ? Math.floor((type - 12) / 2) : numberBytes[type];
  if (bytes === undefined || at + bytes > record.length) return undefined;
  const content = record.subarray(at, at + bytes);
  const value = type < 12 ? numberOf(content, type) : type % 2 === 0 ? content : textOf(content);
  return value === undefined ? undefined : { value, bytes };
}

/** Undefined for one that a JavaScript number cannot hold: nothing of ours is that large. */
function numberOf(content: Buffer, type: number): number | undefined {
  if (type === 7) return content.readDoubleBE(0);
  if (content.length < 8) return content.readIntBE(0, content.length);
  const value = Number(content.readBigInt64BE(0));
  return Number.isSafeInteger(value) ? value : undefined;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Undefined for what is no UTF-8: noise, which SQLite would take for a text. */
function textOf(content: Buffer): string | undefined {
  try {
    return decoder.decode(content);
  } catch {
    return undefined;
  }
}
