import { lstatSync, type Stats } from "node:fs";

/** What lies at the path; undefined when nothing does, or a file is where a folder would have to be. */
export function statsOf(file: string | Buffer): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["ENOTDIR", "ELOOP"].includes(code)) return undefined;
    throw error;
  }
}
