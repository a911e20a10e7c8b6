import type { Outcome } from "../core/outcome.ts";
import { trackChanges } from "../files/changed-files.ts";
import type { TaskContext } from "../ports/executor.ts";

/**
 * Does the work and, where the effect's policy asks for it, keeps account of the files that it changes: in the outcome
 * stands what lay at each of them before. Nothing stands there when there are too many files to look at.
 */
export async function withFilesBefore(context: TaskContext, work: () => Promise<Outcome>): Promise<Outcome> {
  if (!context.policy.filesBefore) return work();
  const changes = await trackChanges(context);
  const outcome = await work();
  const changedFiles = await changes.changed();
  if (!changedFiles) return outcome;
  const filesBefore: [string, string][] = [];
  for (const path of changedFiles) filesBefore.push([path, await changes.before(path)]);
  return { ...outcome, changedFiles, filesBefore: Object.fromEntries(filesBefore) };
}
