import { create } from "../core/advance.ts";
import { childCaps, childTimeMs } from "../core/child-caps.ts";
import { isAudit } from "../core/policies/limits.ts";
import { type ParentRef, type Spent, spentOf } from "../core/child-record.ts";
import { essenceOf } from "../core/definition.ts";
import type { RunOverrides } from "../core/events.ts";
import { isUnwanted } from "../core/nodes/child.ts";
import type { Outcome } from "../core/outcome.ts";
import { isFinal, type RunState } from "../core/state.ts";
import { isTuttiError } from "../errors.ts";
import { sameJson } from "../expression/json.ts";
import type { Workflow } from "../language/workflow.ts";
import { changedInside } from "./child-changes.ts";
import {
  cancelledBefore,
  ofAnotherProcess,
  outcomeOfChild,
  outcomeOfRecall,
  shapedOutcome,
  failedToRun,
  leftAsItWas,
} from "./child-outcome.ts";
import { drive } from "./drive.ts";
import { withDecisions } from "./decisions.ts";
import { groundInside, laidOutInside } from "./ground.ts";
import { planHints } from "./hints.ts";
import type { ChildJob, Parts } from "./parts.ts";
import { hideSecrets } from "./require-secrets.ts";
import { resume, type ResumeOptions } from "./resume.ts";
import type { RunHandle } from "./run-handle.ts";
import { stateOf } from "./run-state.ts";

/** A job with what it needs over and over. */
interface Work extends ChildJob {
  readonly ref: ParentRef;
}

/**
 * Does a step, or a batch of one, by a run of its own. The run's id is in the parent's log before this is asked for: whoever comes after a
 * crash finds the run, or begins it, and there are never two. What ended well in it is not done again, neither after a
 * crash nor for another attempt of the step; a run that was completed for the same inputs is completed.
 *
 * It comes back when the run has ended, or waits for something outside, be it a time: whoever drives the parent may
 * wait then, or go.
 */
export async function runChild(parts: Parts, job: ChildJob): Promise<Outcome> {
  const work = workOf(job);
  const own = work.workflow.saveState ? parts : { ...parts, store: parts.memory };
  try {
    const taken = await takeUp(own, work);
    const outcome = "done" in taken ? await follow(own, taken, work) : taken;
    return shapedOutcome(outcome, job.effect);
  } catch (error) {
    if (isTuttiError(error, "RUN_OWNED"))
      return ofAnotherProcess(await stateOf(own, work.request.child), parts.clock.now());
    if (isTuttiError(error) && !error.code.startsWith("STORE_") && error.code !== "LEASE_LOST") {
      return failedToRun(work.request, error);
    }
    throw error;
  }
}

function workOf(job: ChildJob): Work {
  const { parent, workflow, effect } = job;
  return {
    ...job,
    // it is kept where the run is that it belongs to
    workflow: laidOutInside({ ...workflow, saveState: parent.workflow.saveState }, job),
    ref: { runId: parent.runId, address: effect.address, effect: effect.id },
  };
}

/** The run, driven by this process; or what came of it already. */
async function takeUp(parts: Parts, work: Work): Promise<RunHandle | Outcome> {
  const state = await stateOf(parts, work.request.child);
  const unwanted = isUnwanted(work.parent, work.node);
  if (!state) {
    if (unwanted || work.request.undo) return cancelledBefore;
    work.signal.throwIfAborted();
    return begin(parts, work);
  }
  if (isFinal(state.status)) {
    if (work.request.undo ? unwanted || state.recalled : isAnswer(state, work))
      return outcomeOf(parts, state, work);
    if (unwanted) return leftAsItWas(state);
  }
  return resume(parts, state.runId, { stayMs: 0, inside: work, ...howToGoOn(state, work, unwanted) });
}

async function outcomeOf(parts: Parts, state: RunState, { request, signal }: Work): Promise<Outcome> {
  if (request.undo) return outcomeOfRecall(state);
  return { ...outcomeOfChild(state), ...(await changedInside(parts, state, signal)) };
}

/** What came of the run is what the step asks for now. */
function isAnswer(state: RunState, { request, workflow, ref, again }: Work): boolean {
  if (!again && state.parent?.effect === ref.effect) return true;
  if (state.status !== "completed" || !sameJson(state.inputs, request.inputs)) return false;
  return sameJson(essenceOf(state.workflow), essenceOf(workflow));
}

function isSame({ workflow }: RunState, other: Workflow): boolean {
  // the caps that it runs under are not what the file says
  const [a, b] = [workflow, other].map(({ limits: _, ...rest }) => JSON.stringify(rest));
  return a === b;
}

function howToGoOn(state: RunState, work: Work, unwanted: boolean): ResumeOptions {
  const { parent, request, workflow, ref } = work;
  if (unwanted) return { messagesOnly: true };
  if (request.undo && isFinal(state.status))
    return { recall: { parent: ref, reason: `run ${ref.runId} is undone` } };
  if (request.undo ?? state.parent?.effect === ref.effect) return parent.paused ? { messagesOnly: true } : {};
  const source = { workflow, origin: workflow.name, text: "", warnings: [], notes: [], dialect: "canonical" };
  return {
    parent: ref,
    overrides: overridesOf(work, state.ledger.activeMs),
    ...(isSame(state, workflow) ? {} : { update: source }),
    ...(sameJson(state.inputs, request.inputs) ? {} : { inputs: request.inputs }),
  };
}

function overridesOf({ parent, node, workflow, counted }: Work, usedMs: number): RunOverrides {
  const { limits: _, ...overrides } = parent.overrides;
  const timeMs = childTimeMs(parent, { ownMs: workflow.limits.timeMs, usedMs });
  const parallel = Math.min(parent.limits.parallel, workflow.limits.parallel);
  const caps = childCaps(parent, node, { workflow, ...(counted ? { counted: counted() } : {}) });
  const limits = { ...caps, timeMs, parallel };
  return { ...overrides, limits, ...(isAudit(parent) ? { limitMode: "audit" as const } : {}) };
}

/** The seed is the parent's: a secret that is among the inputs stands there as the parent's marker. */
async function begin(parts: Parts, work: Work): Promise<RunHandle> {
  const { parent, request, ref } = work;
  const overrides = overridesOf(work, 0);
  const at = parts.clock.now();
  const runId = request.child;
  const { workflow, ...ground } = await groundInside(parts, work, runId);
  const hints = await planHints(parts, { workflow, overrides });
  const plan = await withDecisions(parts, hints, { workflow, overrides, runId });
  const { inputs } = request;
  const { seed } = parent;
  const made = { at, runId, seed, workflow, inputs, plan, overrides, parent: ref, ...ground };
  const first = create({ type: "create", ...made });
  hideSecrets(parts, [workflow]);
  const row = { runId, name: workflow.name, createdAt: at, origin: `run ${parent.runId}`, source: "" };
  const log = await parts.store.create(row, first.events);
  return drive(parts, { log, state: first.state, first: first.events }, { stayMs: 0, inside: work });
}

/** Drives it as long as there is something to do for it. */
async function follow(parts: Parts, handle: RunHandle, work: Work): Promise<Outcome> {
  const { parent, node, signal, print, onDrive } = work;
  const stop = (): void =>
    isUnwanted(parent, node) ? cancelChild(handle, work) : handle.stop(`run ${parent.runId} is stopped`);
  const tellSpent = spendingTeller(handle, work.onSpent);
  const leave = handle.on((news) => {
    if (news.kind === "line") print(`${news.line.address}: ${news.line.line}`, news.line.stream);
    else tellSpent();
  });
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted || isUnwanted(parent, node)) stop();
  onDrive(handle);
  if (parent.paused) handle.pause(parent.pauseReason);
  try {
    const { stopped, status } = await handle.done;
    if (stopped && !isFinal(status)) signal.throwIfAborted();
    return await outcomeOf(parts, handle.state, work);
  } finally {
    signal.removeEventListener("abort", stop);
    leave();
    onDrive(undefined);
  }
}

/** Who cancels the run around it with the word to undo means what was done in it, too; that is not cancelled again. */
function cancelChild(handle: RunHandle, { parent: { runId, undoAsked }, request }: Work): void {
  if (undoAsked && !request.undo && handle.state.status === "compensating") return;
  handle.cancel(`run ${runId} does not need it any more`, { undo: undoAsked });
}

/** Tells what the run has used whenever that is more than before. */
function spendingTeller({ state }: RunHandle, tell: (spent: Spent) => void): () => void {
  let told = spentOf(state.ledger);
  return () => {
    const spent = spentOf(state.ledger);
    if (sameJson({ ...told }, { ...spent })) return;
    told = spent;
    tell(spent);
  };
}
