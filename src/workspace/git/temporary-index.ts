import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import type { Tree } from "./tree.ts";

/** Does a job with an index that is nobody's and goes afterwards. */
export async function withIndex<T>(
  { files }: Pick<Tree, "files">,
  job: (index: string) => Promise<T>,
): Promise<T> {
  const index = `${files.index}.${randomUUID()}`;
  try {
    return await job(index);
  } finally {
    rmSync(index, { force: true });
    rmSync(`${index}.lock`, { force: true });
  }
}
