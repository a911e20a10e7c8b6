import { messageOf } from "../../errors.ts";
import { SinkFailure } from "../sink.ts";

/** A path at which nothing can be written, whatever is done about the disk. */
export function badPath(path: string, what: string, fix = inProject): SinkFailure {
  return new SinkFailure({
    code: "BAD_VALUE",
    message: `Cannot write "${path}": ${what}`,
    fix,
    class: "permanent",
  });
}

const inProject =
  "name a file below the folder of the project, without `..` and not through a symbolic link; or one from / on";

/** A pipeline that goes on writes the file. */
export function inUse(path: string, run: string): SinkFailure {
  return new SinkFailure({
    code: "SINK_FAILED",
    message: `Cannot write "${path}": run ${run} is writing it`,
    fix: `resume this run when that has ended (tutti watch ${run}), or give each a file of its own`,
    class: "permanent",
  });
}

/** Something else is at the place of a file than what the pipeline wrote there. */
export function changed(path: string, what: string, fix: string): SinkFailure {
  return new SinkFailure({
    code: "SINK_CHANGED",
    message: `Cannot go on with "${path}": ${what}`,
    fix,
    class: "permanent",
  });
}

/** What the system said while a file was written; a bug is thrown on. */
export function unwritable(path: string, cause: unknown): SinkFailure {
  if (cause instanceof SinkFailure) return cause;
  const code = codeOf(cause);
  if (!/^E[A-Z\d]+$/.test(code)) throw cause;
  const { why, fix, of } = causes[code] ?? {
    why: messageOf(cause),
    fix: `see to ${path}, then resume the run`,
    of: "failure",
  };
  const isFull = code === "ENOSPC" || code === "EDQUOT";
  const message = `Cannot write "${path}": ${why}`;
  return new SinkFailure({ code: isFull ? "STORE_FULL" : "SINK_FAILED", message, fix, class: of }, { cause });
}

/** The system's name for an error; "" where it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

interface Advice {
  readonly why: string;
  readonly fix: string;
  readonly of: "transient" | "permanent" | "failure";
}

const full: Advice = {
  why: "the disk is full",
  fix: "free some space, then resume the run: what was written before counts, and nothing twice",
  of: "transient",
};
const forbidden: Advice = {
  why: "it may not be written",
  fix: "give this user the right to write it and its folder, then resume the run",
  of: "permanent",
};
const causes: Readonly<Record<string, Advice>> = {
  ENOSPC: full,
  EDQUOT: full,
  EACCES: forbidden,
  EPERM: forbidden,
  EROFS: { ...forbidden, why: "it lies on a disk that cannot be written", fix: "name a file elsewhere" },
  ENOTDIR: {
    ...forbidden,
    why: "where its folder should be is a file",
    fix: "move that away, or name a file elsewhere",
  },
  EEXIST: {
    ...forbidden,
    why: "where its folder should be is a file",
    fix: "move that away, or name a file elsewhere",
  },
  EISDIR: { ...forbidden, why: "it is a folder", fix: "name a file" },
  ELOOP: { ...forbidden, why: "symbolic links lead in a circle", fix: "name a file elsewhere" },
  ENAMETOOLONG: { ...forbidden, why: "its name is too long", fix: "name a file with a shorter name" },
};
