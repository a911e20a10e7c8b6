import { messageOf, TuttiError } from "../errors.ts";

/** What people wrote takes all of the room. */
export function tooFull(name: string, maxBytes: number): TuttiError {
  return failed(
    `Cannot add to the memory "${name}": what people wrote there leaves no room in ${maxBytes} bytes`,
    {
      fix: "shorten it, or raise `max` of `memory:`",
    },
  );
}

/** What the system says about a file of a memory. */
export function unusable(
  doing: string,
  { path, cause }: { readonly path: string; readonly cause: unknown },
): TuttiError {
  const [why, fix] = causes[codeOf(cause)] ?? [messageOf(cause), `see to the file ${path}`];
  return failed(`Cannot ${doing}: ${why}`, { fix: fix.replace("FILE", path), cause });
}

/** The system's name for it, or SQLite's number, whose file is the lock. */
function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "";
  if ("errcode" in cause) return `SQLITE ${Number(cause.errcode) % 256}`;
  return "code" in cause ? String(cause.code) : "";
}

type Advice = readonly [why: string, fix: string];
const full: Advice = ["the disk is full", "make room"];
const forbidden: Advice = ["it may not be read or written", "give yourself the right to FILE"];
const unwritable: Advice = [
  "it lies on a disk that cannot be written",
  "put the state folder elsewhere: TUTTI_HOME",
];
const noFolder: Advice = ["where its folder should be is a file", "move that away; it is to hold FILE"];
const causes: Readonly<Record<string, Advice>> = {
  ENOSPC: full,
  EDQUOT: full,
  "SQLITE 13": full,
  EACCES: forbidden,
  EPERM: forbidden,
  "SQLITE 14": forbidden,
  EEXIST: noFolder,
  ENOTDIR: noFolder,
  EROFS: unwritable,
  "SQLITE 8": unwritable,
  EISDIR: ["it is a folder", "move FILE away"],
};

export function failed(
  message: string,
  options: { readonly fix: string; readonly cause?: unknown },
): TuttiError {
  return new TuttiError("MEMORY_FAILED", message, options);
}
