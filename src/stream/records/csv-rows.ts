import type { FrameScanner } from "./frames.ts";

const newline = 0x0a;
const quote = 0x22;

/** Stands at the beginning of texts of some programs; it is no part of the first field. */
export const byteOrderMark = Buffer.of(0xef, 0xbb, 0xbf);

/**
 * Finds the ends of CSV rows: a line break inside quotes ends none. Only a quote at the beginning of a field opens one.
 * `isFirst`: a byte order mark may come.
 */
export function createRowScanner(
  separator: string,
  { isFirst }: { readonly isFirst: boolean },
): FrameScanner {
  const between = Buffer.from(separator);
  let state: "start" | "plain" | "quoted" | "quote in quoted" = "start";
  /** Bytes of the separator that have been seen. */
  let matched = 0;
  const firstQuote = createFinder(quote);
  let mark = isFirst ? 0 : byteOrderMark.length;

  function step(byte: number): void {
    if (byte === byteOrderMark[mark]) {
      mark += 1;
      return;
    }
    mark = byteOrderMark.length;
    if (byte === quote && state !== "plain") {
      state = state === "quoted" ? "quote in quoted" : "quoted";
      return;
    }
    state = "plain";
    if (byte !== between[matched]) matched = 0;
    if (byte === between[matched]) matched += 1;
    if (matched < between.length) return;
    matched = 0;
    state = "start";
  }

  return {
    begin() {
      state = "start";
      matched = 0;
      mark = byteOrderMark.length;
    },
    endIn(bytes, from) {
      const plainEnd = state === "start" && matched === 0 ? bytes.indexOf(newline, from) + 1 : 0;
      if (plainEnd !== 0 && firstQuote(bytes, from) >= plainEnd) return plainEnd;
      let at = from;
      while (at < bytes.length) {
        if (state === "quoted") {
          const next = bytes.indexOf(quote, at);
          if (next === -1) return 0;
          at = next;
        }
        const byte = bytes[at++] ?? 0;
        if (byte === newline) return at;
        step(byte);
      }
      return 0;
    },
  };
}

/** The index of the next such byte, or the end: looked for once for all that lies before it. */
function createFinder(wanted: number): (bytes: Uint8Array, from: number) => number {
  let known: { readonly bytes?: Uint8Array; readonly at: number } = { at: 0 };
  return (bytes, from) => {
    // from 0 it may be another chunk in the same memory
    if (from === 0 || bytes !== known.bytes || known.at < from) {
      const found = bytes.indexOf(wanted, from);
      known = { bytes, at: found === -1 ? bytes.length : found };
    }
    return known.at;
  };
}

export type Row =
  | { readonly fields: readonly string[] }
  | { readonly fields?: undefined; readonly reason: string };

/** The fields of a row as RFC 4180 writes them, or why it is none. */
export function splitRow(text: string, separator: string): Row {
  if (!text.includes('"')) return { fields: text.split(separator) };
  const fields: string[] = [];
  for (let at = 0; at <= text.length; at += separator.length) {
    const found = text[at] === '"' ? quotedField(text, at) : plainField(text, { at, separator });
    if (typeof found === "string") return { reason: `field ${fields.length + 1} ${found}` };
    fields.push(found.value);
    at = found.end;
    if (at < text.length && !text.startsWith(separator, at))
      return { reason: `field ${fields.length} goes on behind its closing quote` };
  }
  return { fields };
}

interface Field {
  readonly value: string;
  readonly end: number;
}

function quotedField(text: string, at: number): Field | string {
  for (let end = text.indexOf('"', at + 1); end !== -1; end = text.indexOf('"', end + 2)) {
    if (text[end + 1] === '"') continue;
    return { value: text.slice(at + 1, end).replaceAll('""', '"'), end: end + 1 };
  }
  return "has a quote that is never closed";
}

function plainField(
  text: string,
  { at, separator }: { readonly at: number; readonly separator: string },
): Field | string {
  const next = text.indexOf(separator, at);
  const end = next === -1 ? text.length : next;
  const value = text.slice(at, end);
  return value.includes('"') ? "has a quote inside, and does not begin with one" : { value, end };
}
