import { TuttiError } from "../../errors.ts";
import type { LandedRun, LandingPreview, LandTarget } from "../../verbs/land.ts";
import type { Tutti } from "../../verbs/tutti.ts";
import { agreed, canAsk } from "../consent.ts";
import type { Context } from "../context.ts";
import { exitStatus } from "../exit-status.ts";
import { landedLines, landingLines } from "../render/landing.ts";
import { shortCommit } from "../render/rollback.ts";
import { usage } from "../usage.ts";
import { defineVerb } from "../verb.ts";

interface LandFlags {
  readonly to?: string;
  readonly steps?: boolean;
  readonly message?: string;
  readonly ours?: boolean;
  readonly theirs?: boolean;
  readonly pullRequest?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export const land = defineVerb<LandFlags>({
  examples: [
    "tutti land @last",
    "tutti land 3m1x --to feature/login --dry-run",
    "tutti land 3m1x --steps --theirs",
    "tutti land 3m1x --to feature/login --pull-request",
  ],
  define: (command) =>
    command
      .argument("<run>", "id of a run, the beginning of one, or @last")
      .option("--to <branch>", "the branch; a new one is made (default: the one that is checked out)")
      .option("--steps", "a commit for each step that changed something, in place of one for the run")
      .option("--message <text>", "message of the commit")
      .option("--ours", "where both changed the same: as it is on the branch")
      .option("--theirs", "where both changed the same: as the run has it")
      .option(
        "--pull-request",
        "then push the branch and open a pull request, with gh; default branch: landed/RUN",
      )
      .option("--dry-run", "show what it would do; change nothing")
      .option("--yes", "also when the run is not completed"),
  run: async (context, { args: [name = ""], options }) => {
    const tutti = await context.open();
    const { runId } = await tutti.find(name);
    const target = targetOf(runId, options);
    const preview = await tutti.previewLanding(runId, target);
    if (options.dryRun) return show(context, tutti, { preview, target, options });
    const before = preview.landed !== undefined;
    const landed = before ? preview : await landNow(context, tutti, { preview, target, options });
    if (!landed) return exitStatus.cancelled;
    await tell(context, landed, () => (options.pullRequest ? tutti.pullRequest(landed) : undefined));
    return exitStatus.done;
  },
});

/** What has landed comes first: a pull request may fail after it. */
async function tell(
  { out, json }: Context,
  landed: LandedRun | LandingPreview,
  open: () => Promise<string> | undefined,
): Promise<void> {
  if (!json) out.say(...("kept" in landed ? landedLines(landed) : landedBefore(landed)));
  const url = await open();
  if (json) out.json({ ...landed, ...(url === undefined ? {} : { pullRequest: url }) });
  else if (url !== undefined) out.say(url);
}

interface Landing {
  readonly preview: LandingPreview;
  readonly target: LandTarget;
  readonly options: LandFlags;
}

/** Undefined when a person does not want it. */
async function landNow(
  context: Context,
  tutti: Tutti,
  { preview, target, options }: Landing,
): Promise<LandedRun | undefined> {
  await requireClear(tutti, preview, target);
  return (await isWanted(context, preview, options)) ? tutti.land(preview.runId, target) : undefined;
}

function targetOf(runId: string, { to, steps, message, pullRequest, ...sides }: LandFlags): LandTarget {
  const branch = to ?? (pullRequest ? `landed/${runId}` : undefined);
  const strategy = strategyOf(sides);
  return {
    ...(branch === undefined ? {} : { to: branch }),
    ...(steps ? { steps } : {}),
    ...(message === undefined ? {} : { message }),
    ...(strategy === undefined ? {} : { strategy }),
  };
}

function strategyOf({ ours, theirs }: Pick<LandFlags, "ours" | "theirs">): LandTarget["strategy"] {
  if (ours && theirs) throw usage('Cannot use "--ours" with "--theirs"', "take one of them");
  if (ours) return "ours";
  return theirs ? "theirs" : undefined;
}

/** Shows it, and is refused where the landing would be. */
async function show({ out, json }: Context, tutti: Tutti, landing: Landing): Promise<number> {
  const { preview, target, options } = landing;
  if (preview.landed === undefined && preview.conflicts.length === 0) requireSome(preview);
  if (json) out.json({ ...preview, dryRun: true });
  else out.say(...landingLines(preview, { steps: options.steps === true }), ...whatIsThere(preview));
  if (preview.landed !== undefined) return exitStatus.done;
  try {
    await requireClear(tutti, preview, target);
    requireYes(out, preview, options);
  } catch (error) {
    if (!json) out.say("as it is now, this would be refused, and nothing would land");
    throw error;
  }
  return exitStatus.done;
}

function whatIsThere({ landed, branch, conflicts, unmerged, inTheWay }: LandingPreview): readonly string[] {
  return [
    ...(landed === undefined ? [] : [`it has landed on ${branch} already, as ${shortCommit(landed)}`]),
    ...(conflicts.length > 0 ? [`changed on both sides: ${conflicts.join(", ")}`] : []),
    ...(unmerged.length > 0 ? [`left in conflict by a merge: ${unmerged.join(", ")}`] : []),
    ...(inTheWay.length > 0 ? [`in the way, because they are not committed: ${inTheWay.join(", ")}`] : []),
  ];
}

function landedBefore({ runId, branch, landed = "" }: LandingPreview): readonly string[] {
  return [`run ${runId} has landed on ${branch} already, as ${shortCommit(landed)}`];
}

/** Throws what keeps it from landing, with what to do about it. */
async function requireClear(tutti: Tutti, preview: LandingPreview, target: LandTarget): Promise<void> {
  const { runId, branch, conflicts, unmerged, inTheWay } = preview;
  if (conflicts.length === 0) requireSome(preview);
  if (unmerged.length > 0) {
    throw new TuttiError(
      "WORKSPACE_UNFIT",
      `Cannot land run "${runId}" on ${branch}: files are in conflict where it is checked out: ${someOf(unmerged)}`,
      {
        fix: `bring them together and git add them, or land on another branch: tutti land ${runId} --to landed/${runId}`,
      },
    );
  }
  if (inTheWay.length > 0) {
    throw new TuttiError(
      "WORKSPACE_UNFIT",
      `Cannot land run "${runId}" on ${branch}: files of yours that are not committed are in the way: ${someOf(inTheWay)}`,
      {
        fix: `commit them or put them aside (git stash), or land on another branch: tutti land ${runId} --to landed/${runId}`,
      },
    );
  }
  if (conflicts.length > 0 && target.strategy === undefined) throw await conflict(tutti, preview, target);
}

/** A branch of its own is a way out only where the run lands on that: lines that were in no commit when it began are in none there, too. */
async function conflict(
  tutti: Tutti,
  { runId, branch, conflicts }: LandingPreview,
  target: LandTarget,
): Promise<TuttiError> {
  const own = `landed/${runId}`;
  const lands =
    branch !== own && (await tutti.previewLanding(runId, { ...target, to: own })).conflicts.length === 0;
  const merge = `; or bring it together yourself: tutti land ${runId} --to ${own}, then git merge ${own}`;
  return new TuttiError(
    "LANDING_CONFLICT",
    `Cannot land run "${runId}" on ${branch}: both changed the same in ${someOf(conflicts)}`,
    {
      fix: `commit what you changed in them, if you have not, and land then; or take one side where they differ: --ours (as on the branch), --theirs (as the run has it)${lands ? merge : ""}`,
    },
  );
}

function requireSome({ runId, branch, files, steps }: LandingPreview): void {
  if (files.length > 0) return;
  if (steps.length > 0)
    throw new TuttiError("RUN_STATE", `Cannot land run "${runId}": ${branch} has what it did already`, {
      fix: `nothing is left to do; on another branch: tutti land ${runId} --to BRANCH`,
    });
  throw new TuttiError(
    "RUN_STATE",
    `Cannot land run "${runId}": nothing that ended well in it changed a file`,
    {
      fix: `see what is kept of it: tutti checkpoints ${runId} --all`,
    },
  );
}

function someOf(paths: readonly string[]): string {
  const shown = paths.slice(0, 5).join(", ");
  return paths.length > 5 ? `${shown} and ${paths.length - 5} more` : shown;
}

/** On a terminal somebody is asked. */
function requireYes(
  out: Context["out"],
  { runId, isWhole }: LandingPreview,
  { yes = false }: LandFlags,
): void {
  if (isWhole || yes || canAsk(out)) return;
  throw usage(
    `Cannot land run "${runId}", which is not completed, without a yes: there is no terminal to ask at`,
    "give --yes: only what ended well of it lands",
  );
}

/** A run that did not come to its end may be half a change. */
async function isWanted(
  { out }: Context,
  preview: LandingPreview,
  { yes = false, steps = false }: LandFlags,
): Promise<boolean> {
  out.note(...landingLines(preview, { steps }));
  if (preview.isWhole) return true;
  const doing = `land run "${preview.runId}", which is not completed,`;
  return agreed(out, { yes, doing, question: "Land it all the same?" });
}
