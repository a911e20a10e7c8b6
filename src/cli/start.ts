import type { Command } from "commander";
import type { RunOverrides } from "../core/events.ts";
import { TuttiError } from "../errors.ts";
import type { JsonObject } from "../expression/json.ts";
import type { Source, WorkflowSource } from "../verbs/load.ts";
import type { PlanReport } from "../verbs/plan.ts";
import type { Tutti } from "../verbs/tutti.ts";
import type { Context } from "./context.ts";
import { isDetachedChild, startDetached, tellParent } from "./detach.ts";
import { exitStatus } from "./exit-status.ts";
import { openingOf, type OverrideFlags, overrideFlags, overridesOf } from "./flags.ts";
import { followRun } from "./follow.ts";
import { confirm } from "./render/ask.ts";
import { estimateLine, planLines } from "./render/plan.ts";
import { durationText, moneyText } from "./render/words.ts";
import { loadNoted } from "./source.ts";
import { usage } from "./usage.ts";

/** Flags of the verbs that start a run. */
export interface StartFlags extends OverrideFlags {
  readonly resumeFrom?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly detach?: boolean;
}

export function startFlags(command: Command): Command {
  return overrideFlags(command)
    .option("--resume-from <step>", "take up the last run of this workflow, from this step on")
    .option("--dry-run", "check everything and show the plan; start nothing")
    .option("--detach", "run in the background; prints the run's id")
    .option("--yes", "do not ask, also when the estimate is above a cap");
}

export interface StartCall {
  readonly source: (tutti: Tutti) => Promise<WorkflowSource>;
  readonly flags: StartFlags;
  /** Filled at the latest when the source is there. */
  readonly inputs: JsonObject;
  /** Show the plan alone, without what only a run needs, such as agents. */
  readonly planOnly?: boolean;
  /** Plan all that the workflow could do, whatever its inputs are. */
  readonly anyInputs?: boolean;
  /** What a plan in JSON says besides. */
  readonly about?: () => object;
}

/** Starts a run and follows it. Nothing is written before everything that can be checked has been. */
export async function startRun(context: Context, call: StartCall): Promise<number> {
  const { source, flags, inputs, planOnly } = call;
  const overrides = overridesOf(flags, context.cwd) ?? {};
  const opening = await openingOf(overrides.drivers);
  const checking = await context.open(opening);
  const loaded = await loadNoted(context, checking, await source(checking));
  requireReachable(loaded, flags);
  const plan = await planOf(checking, loaded, { ...call, overrides });
  if (planOnly) return showPlan(context, plan, call);
  await checking.checkStart(loaded, { inputs, overrides });
  if (flags.dryRun) return showPlan(context, plan, call);
  const earlier = flags.resumeFrom === undefined ? undefined : await earlierRun(checking, loaded, flags);
  if (!(await goAhead(context, plan, agreed(loaded, flags)))) return exitStatus.cancelled;
  if (flags.detach && !isDetachedChild()) return startDetached(context);
  // not whether there is a database by now: another process may have made it meanwhile
  const tutti = checking.keepsState ? checking : await context.open({ ...opening, state: "disk" });
  const handle = earlier
    ? await tutti.resume(earlier.runId, { from: earlier.from, update: loaded, overrides })
    : await tutti.start(loaded, { inputs, overrides });
  tellParent(handle.id);
  return followRun(context, { tutti, handle, plan, saved: loaded.workflow.saveState });
}

function planOf(
  tutti: Tutti,
  { workflow }: Source,
  { inputs, anyInputs, overrides }: StartCall & { readonly overrides: RunOverrides },
): Promise<PlanReport> {
  return tutti.plan(workflow, anyInputs ? overrides : { ...overrides, inputs });
}

function requireReachable({ workflow }: Source, { detach }: StartFlags): void {
  if (!detach || workflow.saveState) return;
  throw usage(
    'Cannot use "--detach" with "save_state: false": nobody could watch, pause or cancel a run that is kept in memory only',
    "take one of them",
  );
}

function showPlan({ out, json }: Context, plan: PlanReport, { about }: StartCall): number {
  if (json) out.json({ ...plan, ...about?.() });
  else out.say(...planLines(plan));
  return exitStatus.done;
}

/** Who only wants to be told of caps is not asked about them. */
function agreed({ workflow }: Source, flags: StartFlags): StartFlags {
  const isAudit = (flags.budget ?? workflow.limitRules?.mode) === "audit";
  return isAudit ? { ...flags, yes: true } : flags;
}

/** Shows the estimate; asks when it is above a cap, unless this is the background, which was asked for. */
async function goAhead({ out }: Context, plan: PlanReport, { yes }: StartFlags): Promise<boolean> {
  out.note(estimateLine(plan));
  const { cost, workMs, known, limits } = plan;
  const above = [
    ...(cost.knownUsd > cost.capUsd
      ? [`${moneyText(cost.knownUsd)} of at most ${moneyText(cost.capUsd)}`]
      : []),
    ...(workMs > limits.timeMs
      ? [
          `${durationText(workMs)} of at most ${durationText(limits.timeMs)}${known === 0 ? " (a guess: no history yet)" : ""}`,
        ]
      : []),
  ];
  if (above.length === 0 || isDetachedChild()) return true;
  out.note(
    `it will probably not get to its end: it needs about ${above.join(" and about ")}; raise the cap with --limit`,
  );
  return yes === true || confirm(out, "Start it all the same?");
}

/** The last run of the same workflow that was kept, and the address at which it is taken up. */
async function earlierRun(
  tutti: Tutti,
  { workflow, origin }: Source,
  { resumeFrom = "" }: StartFlags,
): Promise<{ readonly runId: string; readonly from: string }> {
  const steps = workflow.chain.steps;
  const plain = resumeFrom.replace(/^\//, "");
  const step =
    steps.find(({ name }) => name === resumeFrom || name === plain) ??
    steps.find(({ action }) => action.kind === "command" && action.command.replace(/^\//, "") === plain);
  if (!step && !resumeFrom.includes("/")) {
    throw new TuttiError("UNKNOWN_STEP", `Cannot resume from "${resumeFrom}": there is no such step`, {
      fix: `its steps are: ${steps.map(({ name }) => name).join(", ")}`,
    });
  }
  const runs = await tutti.runs();
  const last = runs.find((run) => run.name === workflow.name && run.origin === origin);
  if (last) return { runId: last.runId, from: step?.name ?? resumeFrom };
  throw new TuttiError(
    "RUN_NOT_FOUND",
    `Cannot resume from "${resumeFrom}": no run of "${workflow.name}" was kept`,
    { fix: "run it once without --resume-from" },
  );
}
