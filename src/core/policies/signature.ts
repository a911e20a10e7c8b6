import type { Failure } from "../outcome.ts";

/** Longest text that two failures are compared by. */
const comparedCharacters = 300;
const readCharacters = 2000;

/**
 * What a failure says without what differs from one time to the next: quoted names, paths, numbers, ids. Two failures
 * with the same text have the same cause.
 */
export function signatureText({ code, message }: Pick<Failure, "code" | "message">): string {
  const words = message
    .slice(0, readCharacters)
    .replaceAll(/"[^"]*"|'[^']*'/g, "…")
    .replaceAll(/\b[a-z]+:\/\/\S+/gi, "…")
    .replaceAll(/(?<![\w.])(?:~|\.{1,2})?\/[^\s:,)]+/g, "…")
    .replaceAll(/\b(?=\w*\d)\w+\b/g, "#")
    .replaceAll(/\s+/g, " ")
    .trim()
    .toLowerCase();
  return `${code} ${words.slice(0, comparedCharacters)}`;
}
