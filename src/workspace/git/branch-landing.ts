import { join } from "node:path";
import { TuttiError } from "../../errors.ts";
import type { BranchLanding, LandedOnBranch, LandPreview, LandRequest } from "../../ports/landing.ts";
import { changesBetween } from "./changes.ts";
import { withLock } from "../../files/file-lock.ts";
import { finish, look, refuse, sayingAgain, some, writeRefs } from "./land-finish.ts";
import { listLandings, lookAtLanding } from "./land-list.ts";
import { intentRef, landedRef, type LandRecord, readRecord, writeRecord } from "./land-record.ts";
import { type LandPlan, planLanding, stepsToLand } from "./land-plan.ts";
import { findTarget, type LandTarget, unfit, type Where } from "./land-target.ts";
import { filesShown, type RawPath } from "./paths.ts";
import { openPullRequest } from "./pull-request.ts";
import { findRepository, isPartOf, type Repository } from "./repository.ts";
import { emptyTree } from "./tree-edit.ts";

export interface BranchLandingOptions {
  readonly projectDir: string;
  /** Environment of git and gh. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Landing by git. Hooks are not run, nothing is signed, no setting is written. */
export function createBranchLanding(options: BranchLandingOptions): BranchLanding {
  return {
    steps: async (request, signal) => stepsOf(await whereFor(options, signal), request, signal),
    preview: async (request, signal) => preview(await whereFor(options, signal), request, signal),
    land: async (request, signal) => alone(await whereFor(options, signal), request, signal),
    async records(runIds, signal) {
      const repository = await findRepository(options, signal);
      return repository ? listLandings(repository, runIds, signal) : [];
    },
    look: async (record, signal) =>
      lookAtLanding((await whereFor(options, signal)).repository, record, signal),
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

async function stepsOf(where: Where, request: LandRequest, signal: AbortSignal): Promise<readonly string[]> {
  const { before } = await standingOf(where, request, signal);
  return stepsToLand(where.repository, { request, before }, signal);
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
      unmerged: [],
      inTheWay: [],
      landed: before.landed,
    };
  const plan = await planLanding(repository, { request, target, before }, signal);
  if (plan.commits.length > 0) await mustKnowUser(repository, target, signal);
  const goesOn = pending?.tip === request.tip;
  const isOpen = plan.conflicts.length > 0;
  const looked = isOpen ? undefined : await look(target.holder, { plan, goesOn }, signal);
  return {
    ...about,
    files: show(plan.changes.map(({ path }) => path)),
    conflicts: show(plan.conflicts),
    unmerged: show(looked?.files.unmerged ?? []),
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

/** One landing of a repository after the other: the second looks at what the first has made. */
async function alone(where: Where, request: LandRequest, signal: AbortSignal): Promise<LandedOnBranch> {
  const lock = join(where.repository.commonDir, "tutti-land.lock");
  return withLock(lock, signal, () => sayingAgain(() => land(where, request, signal)));
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
    `Cannot land on "${branch}": it and the run changed the same in ${some(filesShown(conflicts, repository.prefix))}`,
    { fix: "commit what you changed in them, if you have not; or decide for one of both: --ours, --theirs" },
  );
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
