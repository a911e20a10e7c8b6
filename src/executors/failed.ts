import { stripVTControlCharacters } from "node:util";
import type { Failure, Outcome } from "../core/outcome.ts";
import { isTuttiError, messageOf } from "../errors.ts";

/** An outcome that failed. */
export function failed(failure: Failure, rest: Omit<Outcome, "ok" | "failure"> = {}): Outcome {
  return { ...rest, ok: false, failure };
}

/** What was thrown, as a failure: an error of tutti keeps its code, anything else is a fault. */
export function thrown(error: unknown): Failure {
  if (isTuttiError(error)) {
    return { code: error.code, message: error.message, fix: error.fix, class: "permanent" };
  }
  return {
    code: "INTERNAL",
    message: `A fault in tutti: ${messageOf(error)}`,
    fix: "report this as a bug",
    class: "permanent",
  };
}

/** Text without control sequences, so that a message cannot move a cursor or hide a line; newlines and tabs stay. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll("\r\n", "\n")
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "");
}

/** The first line of a text, cut to what fits into a message. */
export function excerpt(text: string, maxCharacters = 80): string {
  const [line = "", ...more] = plainText(text).trim().split("\n");
  const isCut = line.length > maxCharacters || more.length > 0;
  return isCut ? `${line.slice(0, maxCharacters).trimEnd()}…` : line;
}

/** The last lines of a text that say something. */
export function lastLines(text: string, { lines = 10, maxCharacters = 2000 } = {}): string {
  const kept = plainText(text)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-lines)
    .join("\n");
  return kept.length > maxCharacters ? `…${kept.slice(-maxCharacters)}` : kept;
}

/** "process 12" or "processes 12 and 13" that could not be stopped. */
export function survivorsNote(pids: readonly number[]): string {
  const names = new Intl.ListFormat("en").format(pids.map(String));
  return `${pids.length === 1 ? "process" : "processes"} ${names} could not be stopped`;
}
