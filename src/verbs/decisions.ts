import { hash } from "node:crypto";
import type { Event, PlanHints, RunOverrides } from "../core/events.ts";
import { learnsFrom, routeEnd } from "../core/learned.ts";
import type { NodeState } from "../core/node.ts";
import { placeOf } from "../core/place.ts";
import { nodeAt, type RunState } from "../core/state.ts";
import type { LoopOptions } from "../runtimes/loop.ts";
import type { Action, BranchAction, Way, Workflow } from "../language/workflow.ts";
import type { DecisionEnd, DecisionName } from "../ports/decision-store.ts";
import { agentOf } from "./hints.ts";
import { Notebook } from "./notebook.ts";
import { oncePer } from "./once-per.ts";
import type { Parts } from "./parts.ts";
import { placedSteps } from "./placed-steps.ts";

/** An end whose decision, whose key costs a hash, is named when it is written. */
type Note = Omit<DecisionEnd, "decision"> & {
  readonly action: BranchAction;
  readonly workflow: string;
  readonly place: string;
  readonly rehearsal: boolean;
};

/** What came of the ways that were taken. */
class DecisionMemory {
  readonly #notes: Notebook<Note>;

  constructor(parts: Parts) {
    this.#notes = new Notebook(parts, {
      write: (notes) => parts.decisions.record(endsOf(notes)),
      what: "what came of decisions",
      harm: "only insights, and adaptive branches, miss these cases",
    });
  }

  /** Notes the ways that end with these events. */
  add(state: RunState, events: readonly Event[]): void {
    for (const event of events)
      if (event.type === "node.ended") this.#addWay(state, nodeAt(state, event.address));
  }

  /** Notes every way that has ended in a run: its process may have been killed before it wrote them down. */
  addAll(state: RunState): void {
    for (const node of state.byAddress.values()) this.#addWay(state, node);
  }

  #addWay(state: RunState, way: NodeState | undefined): void {
    if (way?.endedAt === undefined || way.parent?.plan.kind !== "branch") return;
    const { action } = way.parent.plan.step;
    if (!isRemembered(action, state.workflow)) return;
    const end = routeEnd(way);
    if (!end) return;
    this.#notes.take({
      ...end,
      runId: state.runId,
      workflow: state.workflow.name,
      rehearsal: isRehearsal(state),
      // of several ways that were taken each has an end of its own
      address: action.onFailure ? way.address : way.parent.address,
      place: placeOf(way.parent.address),
      action,
      way: way.plan.step.name,
      durationMs: way.endedAt - (way.startedAt ?? way.endedAt) - way.downMs,
      at: way.endedAt,
    });
  }

  flush(): Promise<void> {
    return this.#notes.flush();
  }
}

/** What all runs of one process write into. */
export const decisionsOf = oncePer((parts: Parts) => new DecisionMemory(parts));

/** Notes what a run that is being driven decides; `first`: events that it begins with. */
export function noteDecisions(
  parts: Parts,
  { state, first }: { readonly state: RunState; readonly first?: readonly Event[] },
): Pick<LoopOptions, "onDecided"> {
  if (!decides(state.workflow)) return {};
  const memory = decisionsOf(parts);
  if (first?.[0]?.type === "run.created") memory.add(state, first);
  else memory.addAll(state);
  return {
    onDecided: (events, now, last) => {
      memory.add(now, events);
      // Given to the store before the run's last events are: a crash between the two loses nothing.
      if (last) void memory.flush();
    },
  };
}

/** True when a step of the workflow chooses among ways, and what comes of it is remembered. */
const decides = oncePer((workflow: Workflow) =>
  placedSteps(workflow.chain).some(({ step }) => isRemembered(step.action, workflow)),
);

/** A run that is kept in memory only leaves nothing but what it was asked to learn. */
function isRemembered(action: Action, { saveState }: Workflow): action is BranchAction {
  if (action.kind !== "branch" || action.learning === false) return false;
  return saveState || learnsFrom(action);
}

function endsOf(notes: readonly Note[]): readonly DecisionEnd[] {
  const names = new Map<BranchAction, DecisionName>();
  return notes.map(({ action, workflow, rehearsal, place, ...end }) => {
    const branch = { workflow, place, action, rehearsal };
    return { ...end, decision: nameOnce(branch, names) };
  });
}

/** A branch in a loop decides very often. */
function nameOnce(branch: Required<Named>, names: Map<BranchAction, DecisionName>): DecisionName {
  const { action, place, workflow, rehearsal } = branch;
  const known = names.get(action);
  const isSame =
    known?.place === place && known.workflow === workflow && known.rehearsal === (rehearsal || undefined);
  if (isSame) return known;
  const made = decisionName(branch);
  names.set(action, made);
  return made;
}

interface Named {
  readonly workflow: string;
  readonly place: string;
  readonly action: BranchAction;
  /** One of runs whose agents only play is another one, too. */
  readonly rehearsal?: boolean;
}

/** A decision that was changed is another one: what worked before says nothing of it. */
export function decisionName({ workflow, place, action, rehearsal = false }: Named): DecisionName {
  // how many may be on a way at once says nothing of what comes of it
  const ways = action.ways.map(({ atOnce: _, ...way }) => way);
  const text = JSON.stringify([workflow, place, ways, ...(rehearsal ? ["rehearsal"] : [])]);
  const key = hash("sha256", text).slice(0, 32);
  const idle = action.ways.filter(({ chain }) => chain.steps.length === 0);
  const names = { key, workflow, place, ways: namesOf(action.ways), idle: namesOf(idle) };
  return { ...names, ...(rehearsal ? { rehearsal } : {}) };
}

interface Cast {
  readonly workflow: Workflow;
  readonly overrides?: Pick<RunOverrides, "agent">;
}

const rehearsals = new WeakMap<Workflow, Map<string | undefined, boolean>>();

/** True where an agent that only plays is to do a step. */
function isRehearsal({ workflow, overrides = {} }: Cast): boolean {
  const byAgent = rehearsals.get(workflow) ?? new Map<string | undefined, boolean>();
  rehearsals.set(workflow, byAgent);
  const known = byAgent.get(overrides.agent);
  if (known !== undefined) return known;
  const cast = { workflow, overrides };
  const found = placedSteps(workflow.chain).some(({ step }) => isPlayed(agentOf(step, cast)));
  byAgent.set(overrides.agent, found);
  return found;
}

function isPlayed(agent: string | undefined): boolean {
  return agent === "mock" || agent === "replay";
}

function namesOf(ways: readonly Way[]): readonly string[] {
  return ways.map(({ name }) => name);
}

const real = new WeakMap<Workflow, readonly DecisionName[]>();
const rehearsed = new WeakMap<Workflow, readonly DecisionName[]>();

/** The branches of a workflow that choose by what has worked. */
function adaptiveOf(cast: Cast): readonly DecisionName[] {
  const rehearsal = isRehearsal(cast);
  const { workflow } = cast;
  const adaptives = rehearsal ? rehearsed : real;
  const known = adaptives.get(workflow);
  if (known) return known;
  const { name, chain } = workflow;
  const found = placedSteps(chain).flatMap(({ address: place, step: { action } }) =>
    action.kind === "branch" && learnsFrom(action)
      ? [decisionName({ workflow: name, place, action, rehearsal })]
      : [],
  );
  adaptives.set(workflow, found);
  return found;
}

/** The hints with what is known of the adaptive branches, without what the run itself did in an earlier life. */
export async function withDecisions(
  parts: Parts,
  hints: PlanHints,
  { runId, ...cast }: Cast & { readonly runId: string },
): Promise<PlanHints> {
  const adaptive = adaptiveOf(cast);
  if (adaptive.length === 0) return hints;
  // what this process has learned and not yet written
  await decisionsOf(parts).flush();
  const keys = adaptive.map(({ key }) => key);
  const known = await parts.decisions.cases(keys, { exceptRun: runId });
  const decisions = adaptive.flatMap(({ key, place }) => (known[key] ? [[place, known[key]] as const] : []));
  return { ...hints, decisions: Object.fromEntries(decisions) };
}
