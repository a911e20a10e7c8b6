import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sameJson } from "../expression/json.ts";
import type { Tutti } from "../verbs/tutti.ts";
import type { OpenedRun } from "./opened-run.ts";

/** The file of the person's own that a run's workflow was read from; absolute. Undefined when there is none. */
export function workflowFile(tutti: Tutti, origin: string): string | undefined {
  if (origin.startsWith("<")) return undefined;
  const path = origin.startsWith("/") ? origin : join(tutti.projectDir, origin);
  return tutti.patterns().some(({ file }) => file === path) ? undefined : path;
}

/** True when the file holds another workflow than the one that the run goes on with. */
export async function hasChanged({ tutti, run, workflow }: OpenedRun): Promise<boolean> {
  const path = workflowFile(tutti, run.origin);
  if (path === undefined) return false;
  const text = await readFile(path, "utf8").catch(() => run.source);
  if (text === run.source) return false;
  const checked = await tutti.check({ kind: "file", path });
  return !sameJson(checked.workflow, workflow);
}
