import { advance } from "../core/advance.ts";
import { fold } from "../core/apply.ts";
import type { ParentRef } from "../core/child-record.ts";
import type { Event, Input, RunOverrides } from "../core/events.ts";
import { isFinal, type RunState } from "../core/state.ts";
import { TuttiError } from "../errors.ts";
import { type JsonObject, sameJson } from "../expression/json.ts";
import type { Workflow } from "../language/workflow.ts";
import type { RunLog } from "../ports/run-store.ts";
import { withDecisions } from "./decisions.ts";
import { drive, type DriveOptions } from "./drive.ts";
import { laidOutFor } from "./ground.ts";
import { requireBeginning } from "./from.ts";
import { planHints } from "./hints.ts";
import { spentInside } from "./inside-now.ts";
import { requireNothingLost } from "./lost.ts";
import { carriedInputs } from "./inputs.ts";
import { stopLeftovers } from "./leftovers.ts";
import type { Source } from "./load.ts";
import type { Parts } from "./parts.ts";
import { requireAgents } from "./require-agents.ts";
import { hideSecrets } from "./require-secrets.ts";
import { requireWanted } from "./require-wanted.ts";
import type { RunHandle } from "./run-handle.ts";
import { damaged } from "./run-state.ts";
import { holdOutermost, purseAround, requireRoom, runsAround, type StepAround } from "./runs-around.ts";

export interface ResumeOptions extends DriveOptions {
  /** Address from which everything is run again, results or not. */
  readonly from?: string;
  /** The changed workflow: what changed, and what depends on it, runs again; the rest keeps its results. */
  readonly update?: Source;
  /** Values for inputs, instead of those it has. */
  readonly inputs?: JsonObject;
  /** Higher caps, another agent. */
  readonly overrides?: RunOverrides;
  /** The step of another run that it does from now on; what ended well in it is kept. */
  readonly parent?: ParentRef;
  /** Dead letters of its pipelines that go back to where they died. */
  readonly replay?: readonly Omit<Extract<Input, { type: "replay" }>, "type" | "at">[];
  /** It has ended, and is to take back what it did. */
  readonly recall?: Omit<Extract<Input, { type: "recall" }>, "type" | "at">;
  /** Only lets the run take its messages: what a person paused stays paused, and no agent has to be there. */
  readonly messagesOnly?: boolean;
}

/**
 * Goes on with a run: after a crash, a pause, a failure or a cancel. What ended well is never run again, unless
 * `from` or a changed definition says so. Leftover processes of the run's last owner are stopped first.
 */
export async function resume(parts: Parts, runId: string, options: ResumeOptions = {}): Promise<RunHandle> {
  const log = await parts.store.open(runId, { withLost: true });
  let outermost: RunLog | undefined;
  try {
    const state = stateOf(log, options);
    outermost = options.inside ? undefined : await holdOutermost(parts, state);
    const around = outermost ? await runsAround(parts, state) : [];
    requireRoom(state, options.overrides ?? {}, around);
    await (options.recall ? requireAgents(parts, state) : requireSense(parts, { state, around }, options));
    await stopLeftovers(parts, state);
    hideSecrets(parts, workflowsOf(log.events, options));
    const first = await takeUp(parts, { log, state }, options);
    const purse = purseAround(state, around);
    const alone = purse && outermost ? { around: purse, outermost } : {};
    return drive(parts, { log, state, first }, { ...options, ...alone });
  } catch (error) {
    await outermost?.release();
    await log.release();
    throw error;
  }
}

/** A new life may use again what a long loop did in rounds that a state forgets. */
function stateOf({ runId, events }: RunLog, options: ResumeOptions): RunState {
  const state = fold(events);
  if (!state) throw damaged(runId);
  return state.forgot && beginsAnew(state, options)
    ? (fold(events, { beforeRestart: true }) ?? state)
    : state;
}

async function requireSense(
  parts: Parts,
  { state, around }: { readonly state: RunState; readonly around: readonly StepAround[] },
  options: ResumeOptions,
): Promise<void> {
  const { from, update } = options;
  if (from !== undefined) requireBeginning(state, from);
  if (state.status === "completed" && !asksForMore(options)) {
    throw new TuttiError("RUN_STATE", `Cannot resume run "${state.runId}": it is completed`, {
      fix: "run steps again with --from NODE, or start a new run",
    });
  }
  if (options.messagesOnly) return requireUnended(state);
  requireWanted(state.runId, around);
  const overrides = { ...state.overrides, ...options.overrides };
  await requireAgents(parts, { workflow: update?.workflow ?? state.workflow, overrides });
}

function asksForMore({ from, update, inputs, parent, replay }: ResumeOptions): boolean {
  return [from, update, inputs, parent, replay].some((option) => option !== undefined);
}

/** What only brings a message begins no new life of a run. */
function requireUnended({ runId, status }: RunState): void {
  if (!isFinal(status)) return;
  throw new TuttiError("RUN_STATE", `Cannot tell run "${runId}" anything: it is ${status}`, {
    fix: `go on with it by: tutti resume ${runId}`,
  });
}

/** Every definition that the run has had and will have: files may still hold a secret that only an earlier one named. */
function workflowsOf(events: readonly Event[], { update }: ResumeOptions): readonly Workflow[] {
  const had = events.flatMap((event) => ("workflow" in event && event.workflow ? [event.workflow] : []));
  return update ? [...had, update.workflow] : had;
}

/** The inputs that set the run going again, decided and made durable. */
async function takeUp(
  parts: Parts,
  { log, state }: { readonly log: RunLog; readonly state: RunState },
  options: ResumeOptions,
): Promise<readonly Event[]> {
  const at = parts.clock.now();
  const { aliveAt } = log;
  // what came too late for the life that has ended is none of the next one's business
  const late = isFinal(state.status) ? await log.inbox() : [];
  const spent = await spentInside(parts, state);
  const inputs: Input[] = [
    ...late.map(({ input }) => ({ ...input, at })),
    { type: "recover", at, ...(aliveAt === undefined ? {} : { aliveAt }), ...(spent ? { spent } : {}) },
  ];
  if (state.paused && !options.messagesOnly) inputs.push({ type: "resume", at });
  const again = beginsAnew(state, options);
  const begun = inputs.flatMap((input) => advance(state, input));
  const restart = again ? await nextLife(parts, state, { ...options, at }) : undefined;
  // not pushed as arguments: a restart of a large run is more events than a call takes
  const restarted = restart ? [...begun, ...advance(state, restart)] : begun;
  const replayed = (options.replay ?? []).flatMap((one) => advance(state, { type: "replay", at, ...one }));
  const events = [...restarted, ...replayed];
  requireNothingLost(state, log.lost);
  const taken = late.map(({ id }) => id);
  await log.append(events, { status: state.status, ...(taken.length > 0 ? { taken } : {}) });
  return events;
}

function beginsAnew({ status }: RunState, options: ResumeOptions): boolean {
  const { from, update, inputs, overrides, parent } = options;
  return isFinal(status) || [from, update, inputs, overrides, parent].some((option) => option !== undefined);
}

async function nextLife(
  parts: Parts,
  state: RunState,
  options: ResumeOptions & { readonly at: number },
): Promise<Input> {
  const { recall, at } = options;
  return recall ? { type: "recall", at, ...recall } : restartInput(parts, state, options);
}

async function restartInput(
  parts: Parts,
  state: RunState,
  { from, update, inputs: given, overrides, parent, replay, at }: ResumeOptions & { readonly at: number },
): Promise<Input> {
  const workflow = update ? laidOutFor(state, update.workflow) : state.workflow;
  const inputs = update || given ? carriedInputs(state, { workflow, given: given ?? {} }) : state.inputs;
  const cast = { workflow, overrides: { ...state.overrides, ...overrides } };
  const hints = await planHints(parts, cast);
  const plan = await withDecisions(parts, hints, { ...cast, runId: state.runId });
  return {
    type: "restart",
    at,
    plan,
    ...(from === undefined ? {} : { from }),
    ...(replay ? { again: replay.map(({ address }) => address) } : {}),
    ...(update ? { workflow } : {}),
    ...(sameJson(inputs, state.inputs) ? {} : { inputs }),
    ...whatIsGiven({ overrides, parent }),
  };
}

interface Given {
  readonly overrides: RunOverrides | undefined;
  readonly parent: ParentRef | undefined;
}

function whatIsGiven({ overrides, parent }: Given): Partial<ResumeOptions> {
  return { ...(overrides ? { overrides } : {}), ...(parent ? { parent } : {}) };
}
