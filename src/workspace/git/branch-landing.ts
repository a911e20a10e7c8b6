import { TuttiError } from "../../errors.ts";
import type { BranchLanding, LandedOnBranch, LandPreview, LandRequest } from "../../ports/landing.ts";
import { changesBetween } from "./changes.ts";
import { clear, type Clearance, goForward } from "./go-forward.ts";
import { intentRef, landedRef, type LandRecord, readRecord, writeRecord } from "./land-record.ts";
import { type LandPlan, planLanding } from "./land-plan.ts";
import { findTarget, type Holder, type LandTarget, unfit, type Where } from "./land-target.ts";
import { filesShown, type RawPath } from "./paths.ts";
import { openPullRequest } from "./pull-request.ts";
import { findRepository, isPartOf, refInput, type RefUpdate, type Repository } from "./repository.ts";
import { emptyTree } from "./tree-edit.ts";
import { lookAtFiles, type UserFiles } from "./user-files.ts";

export interface BranchLandingOptions {
  readonly projectDir: string;
  /** Environment of git and gh. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Landing by git. Hooks are not run, nothing is signed, no setting is written. */
export function createBranchLanding(options: BranchLandingOptions): BranchLanding {
  return {
    preview: async (request, signal) => preview(await whereFor(options, signal), request, signal),
    land: async (request, signal) => land(await whereFor(options, signal), request, signal),
    pullRequest: async (request, signal) => openPullRequest(await whereFor(options, signal), request, signal),
  };
}

async function whereFor(options: BranchLandingOptions, signal: AbortSignal): Promise<Where> {
  const repository = await findRepository(options, signal);
  if (repository) return { repository, env: options.env };
  throw new TuttiError(
    "WORKSPACE_UNFIT",
    `Cannot land from "${options.projectDir}": it lies in no git repository`,
    {
      fix: "what the run did lies in the project's folder; see it with: tutti show RUN --diff",
    },
  );
}

/** Where a request stands. */
interface Standing {
  readonly request: LandRequest;
  readonly target: LandTarget;
  /** The same landing, which is under way and was cut off. */
  readonly pending?: LandRecord;
  /** What of the run has landed there last. */
  readonly before?: LandRecord;
}

async function standingOf(where: Where, request: LandRequest, signal: AbortSignal): Promise<Standing> {
  const { repository } = where;
  const target = await findTarget(where, request, signal);
  const found = await readRecord(repository, intentRef(request.runId), signal);
  const intent = found?.ref === target.ref ? found : undefined;
  const pending = intent && intent.old === target.tip ? intent : undefined;
  const before = pending ? undefined : await landedBefore(where, { request, target, intent }, signal);
  return { request, target, ...(pending ? { pending } : {}), ...(before ? { before } : {}) };
}

/** Only what the branch still has counts. */
async function landedBefore(
  { repository }: Where,
  { request, target, intent }: Omit<Standing, "before"> & { readonly intent: LandRecord | undefined },
  signal: AbortSignal,
): Promise<LandRecord | undefined> {
  const { ref, tip } = target;
  // The branch was written, and what says so was cut off.
  if (intent?.landed === tip) return intent;
  const known = await readRecord(repository, landedRef(request.runId, ref), signal);
  return known && tip !== undefined && (await isPartOf(repository, [known.landed, tip], signal))
    ? known
    : undefined;
}

async function preview(where: Where, request: LandRequest, signal: AbortSignal): Promise<LandPreview> {
  const { repository } = where;
  const standing = await standingOf(where, request, signal);
  const { target, before, pending } = standing;
  const about = {
    branch: target.branch,
    isNew: target.tip === undefined,
    checkedOut: target.holder !== undefined,
  };
  const show = (paths: readonly RawPath[]): readonly string[] => filesShown(paths, repository.prefix);
  if (before?.tip === request.tip)
    return {
      ...about,
      files: await filesOf(repository, before, signal),
      conflicts: [],
      inTheWay: [],
      landed: before.landed,
    };
  const plan = await planLanding(repository, { request, target, before }, signal);
  const looked = await look(target.holder, { plan, goesOn: pending?.tip === request.tip }, signal);
  return {
    ...about,
    files: show(plan.changes.map(({ path }) => path)),
    conflicts: show(plan.conflicts),
    inTheWay: show(looked?.inTheWay ?? []),
  };
}

async function filesOf(
  repository: Repository,
  { onto, landed }: LandRecord,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const from = onto ?? (await emptyTree(repository.git, signal));
  const changes = await changesBetween(repository, [from, landed], signal);
  return filesShown(
    changes.map(({ path }) => path),
    repository.prefix,
  );
}

interface Looked extends Clearance {
  readonly files: UserFiles;
}

/** Undefined where the branch is checked out nowhere. */
async function look(
  holder: Holder | undefined,
  { plan, goesOn }: { readonly plan: Pick<LandPlan, "changes">; readonly goesOn: boolean },
  signal: AbortSignal,
): Promise<Looked | undefined> {
  if (!holder) return undefined;
  const files = await lookAtFiles(holder, plan.changes, signal);
  return { files, ...(await clear(holder, { files, goesOn }, signal)) };
}

async function land(where: Where, request: LandRequest, signal: AbortSignal): Promise<LandedOnBranch> {
  const { repository } = where;
  const standing = await standingOf(where, request, signal);
  const { target, before, pending } = standing;
  if (pending) {
    await finish(where, { request, target, record: pending, goesOn: true }, signal);
    return land(where, request, signal);
  }
  if (before?.tip === request.tip) return told(repository, { target, record: before }, signal);
  const plan = await planLanding(repository, { request, target, before }, signal);
  if (plan.conflicts.length > 0) throw conflict(repository, target, plan);
  const looked = await look(target.holder, { plan, goesOn: false }, signal);
  if (looked) refuse(repository, target, looked);
  const landed = await commit(where, { target, plan }, signal);
  const { ref, tip: old, onto } = target;
  const record = await writeRecord(
    repository.git,
    {
      ref,
      landed,
      tip: request.tip,
      commits: plan.commits.length,
      ...(old === undefined ? {} : { old }),
      ...(onto === undefined ? {} : { onto }),
    },
    signal,
  );
  if (target.holder && landed !== old)
    await writeRefs(where, { updates: [{ ref: intentRef(request.runId), to: record.id }] }, signal);
  await finish(where, { request, target, record, goesOn: false }, signal);
  return told(repository, { target, record }, signal);
}

async function told(
  repository: Repository,
  { target, record }: { readonly target: LandTarget; readonly record: LandRecord },
  signal: AbortSignal,
): Promise<LandedOnBranch> {
  const { landed: commit, commits } = record;
  return { branch: target.branch, commit, commits, files: await filesOf(repository, record, signal) };
}

function conflict(repository: Repository, { branch }: LandTarget, { conflicts }: LandPlan): TuttiError {
  return new TuttiError(
    "LANDING_CONFLICT",
    `Cannot land on "${branch}": it was changed at the same lines since: ${some(filesShown(conflicts, repository.prefix))}`,
    { fix: "decide for one of both (--ours, --theirs), or land on a new branch and merge that: --to NEW" },
  );
}

function refuse(repository: Repository, { branch, holder }: LandTarget, { files, inTheWay }: Looked): void {
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

function some(files: readonly string[]): string {
  return files.slice(0, 5).join(", ") + (files.length > 5 ? `, … (${files.length} in all)` : "");
}

/** Makes the commits, in the user's name; gives the last one. */
async function commit(
  { repository }: Where,
  { target, plan }: { readonly target: LandTarget; readonly plan: LandPlan },
  signal: AbortSignal,
): Promise<string> {
  const { git } = repository;
  if (plan.commits.length > 0) await mustKnowUser(repository, target, signal);
  let last = target.onto;
  for (const { tree, message } of plan.commits)
    last = await git.line(["commit-tree", tree, ...(last === undefined ? [] : ["-p", last]), "-F", "-"], {
      signal,
      asUser: true,
      input: message,
    });
  if (last === undefined)
    throw unfit(
      target.branch,
      "the run has changed nothing, and there is no commit to begin the branch with",
      "name a branch that there is: --to BRANCH",
    );
  return last;
}

async function mustKnowUser({ git }: Repository, { branch }: LandTarget, signal: AbortSignal): Promise<void> {
  for (const who of ["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"]) {
    const { exitCode } = await git.run(["var", who], { signal, asUser: true, ok: [0, 128] });
    if (exitCode !== 0)
      throw unfit(
        branch,
        "git does not know in whose name to commit",
        "git config user.name NAME; git config user.email ADDRESS",
      );
  }
}

interface Finish {
  readonly request: LandRequest;
  readonly target: LandTarget;
  readonly record: LandRecord;
  readonly goesOn: boolean;
}

/** The files where it is checked out, and then the branch: whatever is cut off in between, doing it again leads to the same. */
async function finish(
  where: Where,
  { request, target, record, goesOn }: Finish,
  signal: AbortSignal,
): Promise<void> {
  const { repository } = where;
  const { holder, ref, tip } = target;
  if (holder && tip !== undefined && tip !== record.landed) {
    const changes = await changesBetween(repository, [tip, record.landed], signal);
    const looked = await look(holder, { plan: { changes }, goesOn }, signal);
    if (looked) {
      refuse(repository, target, looked);
      await goForward(
        holder,
        { from: tip, to: record.landed, states: looked.files.states, half: looked.half },
        signal,
      );
    }
  }
  const updates: RefUpdate[] = [
    { ref, to: record.landed, from: tip ?? null },
    { ref: landedRef(request.runId, ref), to: record.id },
    { ref: intentRef(request.runId) },
  ];
  await writeRefs(where, { updates, holder, message: `tutti: landed ${request.runId}` }, signal);
}

/** In the user's name, and told in the history of the branch: it is theirs. */
async function writeRefs(
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
