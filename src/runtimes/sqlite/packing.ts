import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { SqlValue } from "./connection.ts";

/** Shorter texts are kept as they are: readable with any SQLite tool, and not worth the time. */
const compressFromBytes = 4096;
/** With a checksum, because SQLite keeps none: a page that was damaged must not read as another text. */
const level = { params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 } };

/** A text as it is kept in a column: itself, or zstd bytes when it is long. */
export function pack(text: string): string | Uint8Array {
  // a UTF-16 unit is at most three bytes, so most texts need no counting
  if (text.length * 3 <= compressFromBytes || Buffer.byteLength(text) <= compressFromBytes) return text;
  return zstdCompressSync(text, level);
}

/** The text that was packed. Throws when the bytes are no zstd. */
export function unpack(value: SqlValue | undefined): string {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return zstdDecompressSync(value).toString("utf8");
  throw new TypeError(`a packed text is a string or bytes, not ${value === null ? "null" : typeof value}`);
}
