import { stat } from "node:fs/promises";
import { codeOf, fileError } from "./file-error.ts";

/** The number that the system has for the file at a path; undefined: there is none. */
export async function inoOf(absolute: string): Promise<string | undefined> {
  try {
    return String((await stat(absolute, { bigint: true })).ino);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return undefined;
    throw fileError(absolute, error);
  }
}
