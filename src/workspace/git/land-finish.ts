import { isTuttiError, TuttiError } from "../../errors.ts";
import type { LandRequest } from "../../ports/landing.ts";
import { changesBetween } from "./changes.ts";
import { goOnFix } from "./git.ts";
import { clear, type Clearance, type Forward, goBack, goForward } from "./go-forward.ts";
import { intentRef, landedRef, type LandRecord } from "./land-record.ts";
import type { LandPlan } from "./land-plan.ts";
import { type Holder, type LandTarget, unfit, type Where } from "./land-target.ts";
import { filesShown } from "./paths.ts";
import { readRef, refInput, type RefUpdate, type Repository } from "./repository.ts";
import { lookAtFiles, type UserFiles } from "./user-files.ts";

interface Looked extends Clearance {
  readonly files: UserFiles;
}

/** Undefined where the branch is checked out nowhere. */
export async function look(
  holder: Holder | undefined,
  { plan, goesOn }: { readonly plan: Pick<LandPlan, "changes">; readonly goesOn: boolean },
  signal: AbortSignal,
): Promise<Looked | undefined> {
  if (!holder) return undefined;
  const files = await lookAtFiles(holder, plan.changes, signal);
  return { files, ...(await clear(holder, { files, goesOn }, signal)) };
}

export function refuse(
  repository: Repository,
  { branch, holder }: LandTarget,
  { files, inTheWay }: Looked,
): void {
  if (files.unmerged.length > 0)
    throw unfit(
      branch,
      `files are in conflict in "${holder?.root}": ${some(filesShown(files.unmerged, repository.prefix))}`,
      "finish the merge or give it up",
    );
  if (inTheWay.length > 0)
    throw unfit(
      branch,
      `files in "${holder?.root}" that are not committed are in the way: ${some(filesShown(inTheWay, repository.prefix))}`,
      "commit them, move them away or git stash -u; or land on another branch: --to BRANCH",
    );
}

export function some(files: readonly string[]): string {
  return files.slice(0, 5).join(", ") + (files.length > 5 ? `, … (${files.length} in all)` : "");
}

interface Finish {
  readonly request: LandRequest;
  readonly target: LandTarget;
  readonly record: LandRecord;
  readonly goesOn: boolean;
}

/**
 * The files where it is checked out, and then the branch: whatever is cut off in between, doing it again leads to the same. When the
 * branch cannot be moved, the files are put back.
 */
export async function finish(where: Where, landing: Finish, signal: AbortSignal): Promise<void> {
  const { request, target, record } = landing;
  const { holder, ref, tip } = target;
  const forward = await bringFiles(where, landing, signal);
  const updates: RefUpdate[] = [
    { ref, to: record.landed, from: tip ?? null },
    { ref: landedRef(request.runId, ref), to: record.id },
    { ref: intentRef(request.runId) },
  ];
  try {
    await writeRefs(where, { updates, holder, message: `tutti: landed ${request.runId}` }, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw await notMoved(where, { landing, forward, error }, signal);
  }
}

/** Undefined where no files are concerned. */
async function bringFiles(
  { repository }: Where,
  { target, record, goesOn }: Finish,
  signal: AbortSignal,
): Promise<Forward | undefined> {
  const { holder, tip } = target;
  if (!holder || tip === undefined || tip === record.landed) return undefined;
  const changes = await changesBetween(repository, [tip, record.landed], signal);
  const looked = await look(holder, { plan: { changes }, goesOn }, signal);
  if (!looked) return undefined;
  refuse(repository, target, looked);
  const forward = { from: tip, to: record.landed, states: looked.files.states, half: looked.half };
  await goForward(holder, forward, signal);
  return forward;
}

interface NotMoved {
  readonly landing: Finish;
  readonly forward: Forward | undefined;
  readonly error: unknown;
}

/** What to say of it, when the files are as they were before. */
async function notMoved(
  where: Where,
  { landing: { request, target, record, goesOn }, forward, error }: NotMoved,
  signal: AbortSignal,
): Promise<unknown> {
  const { branch, ref, tip, holder } = target;
  const now = await readRef(where.repository, ref, signal);
  // The branch has it, and only what says so is missing.
  if (now === record.landed) return error;
  // How the files were before a landing that was cut off, nobody knows: it stays under way.
  if (!goesOn) {
    if (forward && holder) await goBack(holder, forward, signal);
    await writeRefs(where, { updates: [{ ref: intentRef(request.runId) }] }, signal);
  }
  if (now !== tip) return unfit(branch, "it was moved meanwhile", "say the same again");
  const why = error instanceof Error ? error.message.replace(/^Cannot run "git [a-z-]+": /, "") : "";
  const [, lock] = /Unable to create '(.+\.lock)': File exists/.exec(why) ?? [];
  if (lock === undefined) return unfit(branch, `git does not move it: ${why}`, againFix);
  return unfit(
    branch,
    `git does not move it: another git is at work there, or was cut off: "${lock}" exists`,
    `if no git runs there, remove ${lock}; then say the same again`,
  );
}

const againFix = "see what git says about it, then say the same again";

/** What git could not do is said to somebody who lands, not to one whose run goes on. */
export async function sayingAgain<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isTuttiError(error) || error.fix !== goOnFix) throw error;
    throw new TuttiError(error.code, error.message, { fix: againFix, cause: error });
  }
}

/** In the user's name, and told in the history of the branch: it is theirs. */
export async function writeRefs(
  { repository }: Where,
  {
    updates,
    holder,
    message,
  }: {
    readonly updates: readonly RefUpdate[];
    readonly holder?: Holder | undefined;
    readonly message?: string;
  },
  signal: AbortSignal,
): Promise<void> {
  const git = holder?.git ?? repository.git;
  await git.run(["update-ref", ...(message === undefined ? [] : ["-m", message]), "-z", "--stdin"], {
    signal,
    input: refInput(updates),
    config: ["core.logAllRefUpdates=true"],
  });
}
