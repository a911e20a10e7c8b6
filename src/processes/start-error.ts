import { statSync } from "node:fs";
import { messageOf } from "../errors.ts";
import type { ProcessCommand } from "../ports/processes.ts";

/** Why a program could not be started, in words a person can act on. */
export function startError(error: unknown, { file, cwd }: ProcessCommand): string {
  const code = codeOf(error);
  const what = `Cannot start "${file}": `;
  if (code === "ENOENT" || code === "ENOTDIR" || code === "EACCES") {
    return what + (directoryProblem(cwd) ?? fileProblem(code, file));
  }
  return what + (reasons[code] ?? messageOf(error));
}

const reasons: Readonly<Record<string, string>> = {
  E2BIG:
    "its arguments and environment are larger than the system allows (about 128 KB for one value); hand large values over on standard input or in a file",
  EAGAIN: "the system allows this user no more processes; end some, or raise `ulimit -u`",
  EMFILE: "tutti has too many files open; raise `ulimit -n`",
  ENFILE: "the system has too many files open",
  ENOMEM: "the system has no memory for another process",
  ENOEXEC: "it is not a program for this system (a script needs a first line such as `#!/bin/sh`)",
  ERR_INVALID_ARG_VALUE: "a NUL character in a program's name, argument or environment cannot be handed over",
};

function directoryProblem(cwd: string): string | undefined {
  try {
    return statSync(cwd).isDirectory() ? undefined : `its working directory "${cwd}" is not a directory`;
  } catch (error) {
    return codeOf(error) === "ENOENT"
      ? `its working directory "${cwd}" does not exist`
      : `its working directory "${cwd}" cannot be entered`;
  }
}

function fileProblem(code: string, file: string): string {
  if (code === "EACCES") return "it may not be executed (is it a program, and is `chmod +x` set?)";
  return file.includes("/")
    ? "there is no such file, or the interpreter its first line names is missing"
    : "no program of this name was found in PATH";
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
