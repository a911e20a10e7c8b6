import { fold } from "../core/apply.ts";
import type { Event } from "../core/events.ts";
import type { RunState } from "../core/state.ts";
import { isTuttiError, TuttiError } from "../errors.ts";
import type { LandedOnBranch, LandPreview, LandRequest, PullRequest } from "../ports/landing.ts";
import type { Parts } from "./parts.ts";
import { damaged, readState } from "./run-state.ts";
import { signalOf, type Stoppable, tipOf, toLandNext, treesOf } from "./run-trees.ts";

export interface LandTarget {
  /** A branch; absent: the one that is checked out in the project. Made when there is none of this name. */
  readonly to?: string;
  /** One commit for each step that changed something, in place of one for the run. */
  readonly steps?: boolean;
  readonly message?: string;
  /** What becomes of lines that were changed there, too: as they are there, or as the run has them. Absent: nothing lands. */
  readonly strategy?: "ours" | "theirs";
}

export interface LandingPreview extends LandPreview {
  readonly runId: string;
  readonly status: RunState["status"];
  /** It has come to its end, and well. */
  readonly isWhole: boolean;
  readonly message: string;
  /** The steps whose work lands. */
  readonly steps: readonly string[];
}

export interface LandedRun extends LandedOnBranch {
  readonly runId: string;
  readonly message: string;
  /** The steps whose work lands. */
  readonly steps: readonly string[];
  /** Trees of it that stay, because something in them is in no checkpoint. */
  readonly kept: readonly string[];
}

/** Shows what landing would do; changes nothing. */
export async function previewLanding(
  parts: Parts,
  runId: string,
  target: LandTarget & Stoppable = {},
): Promise<LandingPreview> {
  const events = await parts.store.read(runId);
  const { state, request, steps } = await asked(parts, { runId, events }, target);
  const preview = await parts.landing.preview(request, signalOf(target));
  const { status } = state;
  const { message } = request;
  return { ...preview, runId, status, isWhole: status === "completed", message, steps };
}

/**
 * Brings what ended well in a run to a branch of the user's, and takes its trees away. Rejects RUN_OWNED while a process drives it,
 * LANDING_CONFLICT where both changed the same, WORKSPACE_UNFIT where work of the user's is in the way: nothing is changed then.
 */
export async function land(
  parts: Parts,
  runId: string,
  target: LandTarget & Stoppable = {},
): Promise<LandedRun> {
  const log = await parts.store.open(runId);
  try {
    const { request, steps } = await asked(parts, log, target);
    const { message } = request;
    const landed = await parts.landing.land(request, signalOf(target));
    return { ...landed, runId, message, steps, kept: await takeAway(parts, runId, target) };
  } finally {
    await log.release();
  }
}

/** Opens a pull request for the branch that a run has landed on. Gives its address. */
export async function pullRequest(
  parts: Parts,
  {
    branch,
    message,
    steps,
    runId,
    remote,
  }: Pick<LandedRun, "branch" | "message" | "steps" | "runId"> & Pick<PullRequest, "remote">,
  options: Stoppable = {},
): Promise<string> {
  const [title = "", ...rest] = message.split("\n");
  const about = [...rest, "", ...steps.map((step) => `- ${step}`), "", `Made by run ${runId}.`].join("\n");
  const request = { branch, title, body: about.trim(), ...(remote === undefined ? {} : { remote }) };
  return parts.landing.pullRequest(request, signalOf(options));
}

interface Asked {
  readonly state: RunState;
  readonly request: LandRequest;
  /** Those whose work lands, as the trailers of the commits name them. */
  readonly steps: readonly string[];
}

async function asked(
  parts: Parts,
  { runId, events }: { readonly runId: string; readonly events: readonly Event[] },
  { to, steps: apart = false, message, strategy, ...options }: LandTarget & Stoppable,
): Promise<Asked> {
  requireMessage(runId, message);
  const state = fold(events);
  if (!state) throw damaged(runId);
  const trees = await treesOf(parts, state, { ...options, what: `land run "${runId}"`, lands: true });
  if (trees.origin.mode === "shared") throw isThere(runId, await toLandNext(parts, options));
  const request: LandRequest = {
    runId,
    base: await baseOf(parts, { events, base: trees.origin.base }),
    tip: tipOf(trees).commit,
    as: apart ? "steps" : "squash",
    message: message ?? "",
    ...(to === undefined ? {} : { to }),
    ...(strategy === undefined ? {} : { strategy }),
  };
  const steps = await parts.landing.steps(request, signalOf(options));
  return { state, steps, request: { ...request, message: message ?? messageFor(state, steps) } };
}

/** What a fork has taken over lands with it: it begins where the run began that it comes from. */
export async function baseOf(
  parts: Parts,
  { events, base }: { readonly events: readonly Event[]; readonly base: string },
): Promise<string> {
  const [created, taken] = events;
  if (created?.type !== "run.created" || taken?.type !== "results.taken") return base;
  try {
    const { trees } = await readState(parts, taken.from.runId);
    const before = await parts.store.read(taken.from.runId);
    // a fork of a run that works in the project's folder: what that did is there already
    if (!trees || trees.origin.mode === "shared") return base;
    return await baseOf(parts, { events: before, base: trees.origin.base });
  } catch (error) {
    if (isTuttiError(error, "RUN_NOT_FOUND")) return base;
    throw error;
  }
}

/** What it was for; who did it is told by the trailers of the commit. */
function messageFor({ workflow, runId }: RunState, steps: readonly string[]): string {
  const [about] = (workflow.description ?? "").split("\n");
  const title = `${workflow.name}: ${about || steps.join(", ") || `run ${runId}`}`;
  return title.length > mostTitle ? `${title.slice(0, mostTitle - 1)}…` : title;
}

const mostTitle = 72;

/** Gives the folders of trees that stay. */
async function takeAway(parts: Parts, runId: string, options: Stoppable): Promise<readonly string[]> {
  const { checkpoints } = parts;
  const signal = signalOf(options);
  const kept: string[] = [];
  for (const { place, dir } of await checkpoints.trees({ runId }, signal)) {
    try {
      await checkpoints.remove(place, signal);
    } catch (error) {
      if (!isTuttiError(error)) throw error;
      kept.push(dir);
    }
  }
  return kept;
}

function requireMessage(runId: string, message: string | undefined): void {
  if (message?.trim() !== "") return;
  throw new TuttiError("USAGE", `Cannot land run "${runId}": the message is empty`, {
    fix: "say what the commit is for, or leave --message away",
  });
}

function isThere(runId: string, next: string): TuttiError {
  return new TuttiError(
    "RUN_STATE",
    `Cannot land run "${runId}": its steps work in the project's folder, so what they did is there already`,
    { fix: next },
  );
}
