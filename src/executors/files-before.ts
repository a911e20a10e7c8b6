import type { Outcome } from "../core/outcome.ts";
import { trackChanges } from "../files/changed-files.ts";
import type { TaskContext } from "../ports/executor.ts";

/** Files that are asked about at once: what git knows of one takes it a process or two. */
const atOnce = 16;

/**
 * Does the work and, where the effect's policy asks for it, keeps account of the files that it changes: in the outcome
 * stands what lay at each of them before. Nothing stands there when there are too many files to look at. How the folder is at
 * the beginning is written down first, so that another process can go on with the attempt.
 */
export function withFilesBefore(context: TaskContext, work: () => Promise<Outcome>): Promise<Outcome> {
  return context.policy.filesBefore ? accountedFor(context, work) : work();
}

async function accountedFor(context: TaskContext, work: () => Promise<Outcome>): Promise<Outcome> {
  const start = await startOf(context);
  if (start === null) return work();
  const changes = await trackChanges(context, start);
  if (context.policy.filesAtStart === undefined) await keepStart(context, changes.start);
  const outcome = await work();
  const changedFiles = await changes.changed();
  if (!changedFiles) return outcome;
  const filesBefore: [string, string][] = [];
  for (let at = 0; at < changedFiles.length; at += atOnce) {
    const some = changedFiles.slice(at, at + atOnce);
    filesBefore.push(
      ...(await Promise.all(
        some.map(async (path) => [path, await changes.before(path)] as [string, string]),
      )),
    );
  }
  return { ...outcome, changedFiles, filesBefore: Object.fromEntries(filesBefore) };
}

/** What an earlier process wrote down when the attempt began; null when that is lost. */
async function startOf({ policy, artifacts, signal }: TaskContext): Promise<string | null | undefined> {
  if (policy.filesAtStart === undefined) return undefined;
  try {
    return Buffer.from(await artifacts.get(policy.filesAtStart, signal)).toString("utf8");
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

async function keepStart({ artifacts, signal, stage }: TaskContext, start: string): Promise<void> {
  const { id } = await artifacts.put(Buffer.from(start), signal);
  stage({ stage: "files", ok: true, durationMs: 0, filesAtStart: id });
}
