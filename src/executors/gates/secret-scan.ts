import { createReadStream } from "node:fs";
import { secretsIn } from "../../core/policies/secret-texts.ts";

export interface Finding {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly what: string;
  /** The first characters of the secret, and how long it is. */
  readonly masked: string;
}

export interface ScanOptions {
  /** True for a text that is no secret. */
  readonly isAllowed: (text: string) => boolean;
  readonly signal: AbortSignal;
  /** Most findings of one file. */
  readonly most: number;
}

/** A file is read in pieces of this size, each with so much of the one before: no secret is longer than that. */
const pieceBytes = 1024 * 1024;
const overlap = 16 * 1024;

/**
 * What looks like a secret in a file, in the order it stands there. Binary files are looked at as well. Memory does not
 * grow with the file. Throws what reading throws.
 */
export async function scanFile(
  file: { readonly path: string; readonly place: string },
  { isAllowed, signal, most }: ScanOptions,
): Promise<readonly Finding[]> {
  const found = new Map<string, Finding>();
  let rest = "";
  let line = 1;
  const look = (text: string, end: number): void => {
    for (const { index, what, secret } of secretsIn(text, { isAllowed, most })) {
      if (index + secret.length > end) continue;
      const at = line + newlinesIn(text, index);
      found.set(`${at} ${secret}`, { path: file.path, line: at, what, masked: mask(secret) });
    }
  };
  const pieces = createReadStream(file.place, { encoding: "latin1", highWaterMark: pieceBytes, signal });
  for await (const piece of pieces) {
    // Two bytes a character, as some editors write: what secrets are made of has a zero for the other.
    const text = rest + (piece as string).replaceAll("\0", "");
    // What touches the end may go on in the next piece.
    look(text, text.length - 1);
    if (found.size >= most) break;
    const cut = Math.max(0, text.length - overlap);
    line += newlinesIn(text, cut);
    rest = text.slice(cut);
  }
  look(rest, rest.length);
  return [...found.values()].slice(0, most);
}

function newlinesIn(text: string, end: number): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}

/** Enough to find it by, too little to use it. */
function mask(secret: string): string {
  const shown = secret.startsWith("-----") ? secret.slice(0, 30) : secret.slice(0, 4);
  return `${shown}… (${secret.length} characters)`;
}
