import { messageOf, TuttiError } from "../../errors.ts";

/** What the system calls the reason of a failure, such as ENOENT. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Why a file cannot be read, and what to do about it. */
export function fileError(path: string, error: unknown): TuttiError {
  const what = `Cannot read "${path}"`;
  switch (codeOf(error)) {
    case "ENOENT":
    case "ENOTDIR":
      return new TuttiError("FILE_NOT_FOUND", `${what}: there is no such file`, {
        fix: "paths begin at the project's folder; name a file that is there",
        cause: error,
      });
    case "EACCES":
    case "EPERM":
      return new TuttiError("FILE_UNREADABLE", `${what}: it may not be read`, {
        fix: "give the user who runs tutti the right to read it",
        cause: error,
      });
    default:
      return new TuttiError("FILE_UNREADABLE", `${what}: ${messageOf(error)}`, {
        fix: "see that the file can be read, and resume",
        cause: error,
      });
  }
}

/** What a path leads to is nothing that has a beginning and an end. */
export function notAFile(path: string, isFolder: boolean): TuttiError {
  return isFolder
    ? new TuttiError("FILE_UNREADABLE", `Cannot read "${path}": it is a folder`, {
        fix: `name the files in it: ${path.replace(/\/+$/, "")}/*`,
      })
    : new TuttiError("FILE_UNREADABLE", `Cannot read "${path}": it is no regular file`, {
        fix: "read it by a command (`cat …`) as the source, or as standard input",
      });
}

export function noFiles(paths: readonly string[]): TuttiError {
  return new TuttiError("FILE_NOT_FOUND", `Cannot read "${paths.join('", "')}": no file fits`, {
    fix: "paths begin at the project's folder; a continuous pipeline waits for files",
  });
}
