import { readJson, writeJson } from "./json-file.ts";
import type { WorkPlace } from "../../core/workspace.ts";

/** What must survive of a working tree besides its files; lies beside it. */
export interface TreeFile {
  readonly place: WorkPlace;
  /** Effects that work in it, or worked in it and did not come to the checkpoint after. */
  readonly works?: readonly string[];
  /** All its files are as the checkpoint has them, to the byte. Absent: it is the project's folder. */
  readonly made?: boolean;
  /** It was made ready: by this setup. */
  readonly ready?: string;
}

export function readTreeFile(file: string): TreeFile | undefined {
  const found = readJson(file) as Partial<TreeFile> | null | undefined;
  return found?.place === undefined ? undefined : (found as TreeFile);
}

/** Changes some of it; the rest stays. */
export function updateTreeFile(file: string, place: WorkPlace, change: Partial<TreeFile>): TreeFile {
  const next = { ...readTreeFile(file), ...change, place };
  writeJson(file, next);
  return next;
}
