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
import { aboveCaps, estimateLine, leftLine, planLines } from "./render/plan.ts";
import { wordlessLines } from "./render/wordless.ts";
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
  const opening = await openingOf(overrides.drivers, flags);
  const checking = await context.open(opening);
  const loaded = await loadNoted(context, checking, await source(checking));
  requireReachable(loaded, flags);
  const plan = await planOf(checking, loaded, { ...call, overrides });
  const consent = consentOf(loaded, flags);
  if (!planOnly) await checking.checkStart(loaded, { inputs, overrides });
  if (planOnly || flags.dryRun) return showPlan(context, plan, { ...call, ...consent });
  const earlier = await earlierRun(checking, loaded, flags);
  // of a run that goes on, what is left is told when it is known
  if (!earlier && !(await goAhead(context, plan, consent))) return exitStatus.cancelled;
  if (flags.detach && !isDetachedChild()) return startDetached(context);
  const tutti = await keeping(context, checking, opening);
  if (earlier) return goOn(context, tutti, { ...earlier, update: loaded, overrides });
  const handle = await tutti.start(loaded, { inputs, overrides });
  tellParent(handle.id);
  return followRun(context, { tutti, handle, plan, saved: loaded.workflow.saveState });
}

/** The same with a database. Not whether there is one by now: another process may have made it meanwhile. */
async function keeping(context: Context, checking: Tutti, opening: Opening): Promise<Tutti> {
  return checking.keepsState ? checking : context.open({ ...opening, state: "disk" });
}

type Opening = Awaited<ReturnType<typeof openingOf>>;

interface GoingOn {
  readonly runId: string;
  /** Address of the step that is run again, with all that depends on it. */
  readonly from: string;
  readonly update: Source;
  readonly overrides: RunOverrides;
}

async function goOn(context: Context, tutti: Tutti, { runId, ...changes }: GoingOn): Promise<number> {
  const handle = await tutti.resume(runId, changes);
  tellParent(handle.id);
  const plan = await tutti.planLeft(handle);
  context.out.note(leftLine(plan));
  return followRun(context, { tutti, handle, plan, saved: true });
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

function showPlan(
  { out, json }: Context,
  plan: PlanReport,
  { about, audit }: StartCall & Pick<Consent, "audit">,
): number {
  if (json) out.json({ ...plan, ...about?.() });
  else {
    out.say(...planLines(plan, { audit }));
    out.note(...wordlessLines(plan));
  }
  return exitStatus.done;
}

interface Consent {
  /** An estimate above a cap is no reason to ask. */
  readonly yes: boolean;
  /** Caps are only told. */
  readonly audit: boolean;
}

function consentOf({ workflow }: Source, { budget, yes = false }: StartFlags): Consent {
  const audit = (budget ?? workflow.limitRules?.mode) === "audit";
  return { yes: yes || audit, audit };
}

/** Shows the estimate; asks when it is above a cap, unless this is the background, which was asked for. */
async function goAhead({ out }: Context, plan: PlanReport, { yes, audit }: Consent): Promise<boolean> {
  out.note(...wordlessLines(plan), estimateLine(plan));
  const above = aboveCaps(plan, { audit });
  if (above === undefined || isDetachedChild()) return true;
  out.note(above);
  return yes || confirm(out, "Start it all the same?");
}

/** The last run of the same workflow that was kept, where one is to be taken up, and the address at which it is taken up. */
async function earlierRun(
  tutti: Tutti,
  { workflow, origin }: Source,
  { resumeFrom }: StartFlags,
): Promise<Pick<GoingOn, "runId" | "from"> | undefined> {
  if (resumeFrom === undefined) return undefined;
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
