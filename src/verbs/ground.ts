import type { RunState } from "../core/state.ts";
import type { WorkspaceMode, WorkspaceOrigin } from "../core/workspace.ts";
import { TuttiError } from "../errors.ts";
import { withLanes } from "../language/lanes.ts";
import { mayWriteIn } from "../language/may-write.ts";
import type { Workflow } from "../language/workflow.ts";
import type { Workspaces } from "../ports/workspaces.ts";
import type { ChildJob, Parts } from "./parts.ts";

/** A workflow as its run does it, and where its steps work; without `workspace`: in the project's folder, nothing is kept. */
export interface Ground {
  readonly workflow: Workflow;
  readonly workspace?: WorkspaceOrigin;
}

const never = new AbortController().signal;

/**
 * Finds out where the steps of a new run work, and keeps what lies there now as its first checkpoint. Throws WORKSPACE_UNFIT
 * when that cannot be.
 */
export async function groundOf(parts: Parts, workflow: Workflow, runId: string): Promise<Ground> {
  const mode = await modeOf(parts, workflow);
  if (mode === undefined) return { workflow };
  const request = { runId, name: workflow.name, mode, setup: workflow.trees ?? {} };
  const base = await driverOf(parts).base(request, never);
  const { commit, ...checkedOut } = base;
  return {
    workflow: laidOut(workflow, mode),
    workspace: { mode, place: { runId, lane: "" }, base: commit, ...checkedOut },
  };
}

/** Where the steps of a new run would work; undefined: in the project's folder, and nothing is kept. */
export async function modeOf(parts: Parts, workflow: Workflow): Promise<WorkspaceMode | undefined> {
  const { workspace: said, saveState, chain } = workflow;
  if (said === "none") return undefined;
  // who opened this said that nothing is written: the steps work where they should, and no checkpoint is kept
  if (!parts.keepsFiles && (said === "auto" || said === "shared")) return undefined;
  if (said !== "auto") return said;
  if (!saveState || !mayWriteIn(chain)) return undefined;
  return parts.workspaces.suits(never);
}

function driverOf({ workspaces, keepsFiles }: Parts): Workspaces {
  if (keepsFiles) return workspaces;
  const what = "Cannot make a working tree for the run: this tutti was opened to write nothing";
  throw new TuttiError("WORKSPACE_UNFIT", what, {
    fix: "open it with a state folder, or set `workspace: none`",
  });
}

/** The workflow with the trees of its writers. */
export function laidOut(workflow: Workflow, mode: WorkspaceMode | undefined): Workflow {
  return mode === "run" || mode === "step" ? withLanes(workflow, mode) : workflow;
}

/** The same of a workflow that a run gets in place of its own. Throws RUN_STATE when it says another mode than the run has. */
export function laidOutFor({ runId, trees, parent }: RunState, workflow: Workflow): Workflow {
  const mode = trees?.origin.mode;
  const { workspace: said } = workflow;
  // where a run inside another works, that one says
  const isSame = said === "auto" || said === (mode ?? "none") || (said === "shared" && mode === undefined);
  if (!parent && !isSame) {
    const what = `Cannot go on with run "${runId}" by \`workspace: ${said}\``;
    throw new TuttiError("RUN_STATE", `${what}: it began with ${mode ?? "none"}, and its steps work there`, {
      fix: "leave the mode as it is, or start a new run",
    });
  }
  return laidOut(workflow, mode);
}

/** The workflow of a run that does a step of another: in the tree of that step, made ready as that one is. */
export function laidOutInside(workflow: Workflow, { parent, effect }: ChildJob): Workflow {
  const { workspace: policy } = effect.policy;
  if (!policy) return laidOut(workflow, modeSaid(workflow));
  const { trees: _, ...rest } = workflow;
  const { trees } = parent.workflow;
  return laidOut({ ...rest, ...(trees ? { trees } : {}) }, policy.mode);
}

function modeSaid({ workspace }: Workflow): WorkspaceMode | undefined {
  return workspace === "auto" || workspace === "none" ? undefined : workspace;
}

/** Where the steps of such a run work: what it does is part of what that step does. */
export async function groundInside(
  parts: Parts,
  job: Pick<ChildJob, "parent" | "effect"> & { readonly workflow: Workflow },
  runId: string,
): Promise<Ground> {
  const { parent, effect, workflow } = job;
  const { workspace: policy } = effect.policy;
  if (!policy) return modeSaid(workflow) ? groundOf(parts, workflow, runId) : { workflow };
  const { mode, place, from, begin: base = from } = policy;
  const { head, branch } = parent.trees?.origin ?? {};
  const checkedOut = { ...(head === undefined ? {} : { head }), ...(branch === undefined ? {} : { branch }) };
  return { workflow, workspace: { mode, place, base, ...checkedOut } };
}
