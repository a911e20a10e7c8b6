import { isTuttiError } from "../errors.ts";
import { childPlaces } from "./child-places.ts";
import { definitionOf } from "./definition.ts";
import type { Event, RunOverrides } from "./events.ts";
import { buildPlan, type PlanNode } from "./plan.ts";
import { around, placeOf } from "./place.ts";
import { LazyMap } from "./lazy-map.ts";
import { readsOf } from "./reads.ts";
import { stepEnv } from "./scope.ts";
import { awaitsGates, awaitsLanding, isHolder, type NodeState } from "./node.ts";
import type { GateResult, KnownResult } from "./node-result.ts";
import { endTime } from "./run-time.ts";
import { newLife, type RunState } from "./state.ts";
import { keptWays, leftOnWays } from "./kept-ways.ts";
import { fallbackNameOf } from "./strategy.ts";
import { noteUnjudged } from "./trees.ts";

type Restarted = Extract<Event, { type: "run.restarted" }>;

/**
 * A new life of the run: every node starts over, but what ended well is kept as a known result, which is used again
 * when the node's definition, its rendered request and what its gates read turn out the same (resume by content). The
 * ledger stays.
 */
export function applyRestart(state: RunState, event: Restarted): void {
  for (const node of state.byAddress.values())
    if (!state.keepsResults || !isInOldestRound(node)) keepResult(state, node);
  state.keepsResults = false;
  for (const node of state.timed) endTime(state, node);
  const dropped = new Set(event.drop);
  dropWithin(state.known, dropped);
  dropChildren(state, event);
  state.parent = event.parent ?? state.parent;
  state.learning = {
    before: event.plan?.decisions ?? state.learning.before,
    own: new LazyMap(),
    taken: keptWays(state, { dropped, changed: event.workflow !== undefined }),
  };
  takeOverrides(state, event.overrides ?? {});
  takeWorkflow(state, event);
  if (event.inputs) state.inputs = event.inputs;
  Object.assign(state, freshNodes(state));
  putBack(state, event);
}

/** Where its trees were put back, and whether anything was said of going on from there. */
function putBack(state: RunState, { tips, hold, reason }: Restarted): void {
  state.trees?.busy.clear();
  if (state.trees && tips) state.trees.tips = new Map(Object.entries(tips));
  if (!hold) return;
  state.paused = true;
  state.pauseReason = reason;
}

/** Runs that did steps which others, or none, do from now on: those that did what they should have ended. */
function dropChildren(state: RunState, { drop, goOn = [], workflow: changed }: Restarted): void {
  const { children } = state;
  const before = [...children.values()];
  const going = new Set(goOn);
  dropWithin(children, new Set(drop.filter((address) => !going.has(address))));
  if (changed) dropRemoved(children, childPlaces(changed));
  const kept = new Set([...children.values()].map(({ id }) => id));
  const left = before.filter(({ id, done }) => !done && !kept.has(id)).map(({ id }) => id);
  state.abandoned = [...state.abandoned, ...left];
}

/** What steps of the changed workflow would go on with is kept, and what is finished may be used again. */
function dropRemoved(children: RunState["children"], places: ReadonlySet<string>): void {
  for (const [address, { done }] of children)
    if (!done && !places.has(placeOf(address))) children.delete(address);
}

function takeOverrides(state: RunState, overrides: RunOverrides): void {
  const limits = { ...state.overrides.limits, ...overrides.limits };
  state.overrides = { ...state.overrides, ...overrides, limits };
}

function takeWorkflow(state: RunState, { workflow, plan }: Restarted): void {
  const base = workflow ?? state.workflow;
  state.limits = { ...base.limits, ...state.overrides.limits };
  state.workflow = { ...base, limits: state.limits };
  if (workflow || plan) state.plan = buildPlan(state.workflow, plan ?? { expectedMs: {} });
}

function freshNodes(state: RunState): Partial<RunState> {
  state.budget.underWay.clear();
  return { life: state.life + 1, ...newLife(state.plan, state.known), undoable: leftOnWays(state) };
}

/** Of the oldest round that is left of a loop, results were kept while the round before was there. */
function isInOldestRound(node: NodeState): boolean {
  for (let at = node; at.parent; at = at.parent)
    if (at.parent.plan.kind === "loop" && at.place > 0 && at === at.parent.children[0]) return true;
  return false;
}

/** What ended well may be used again by the next life. */
export function keepResult(state: RunState, node: NodeState): void {
  const unlanded = awaitsLanding(node);
  const isUnjudged = awaitsGates(node);
  if (isUnjudged) noteUnjudged(state, node);
  if (isReusable(node) || isUnjudged) state.known.set(node.address, knownResult(state, node));
  else if (unlanded)
    state.known.set(
      node.address,
      knownResult(state, { ...node, ...unlanded, end: undefined, endedAt: undefined }),
    );
}

function isReusable(node: NodeState): boolean {
  return (
    !isHolder(node) &&
    node.undoes === undefined &&
    (node.end === "verified" || node.end === "claimed") &&
    node.outcome?.reported !== "partial" &&
    node.fallback === undefined
  );
}

function knownResult(state: RunState, node: NodeState): KnownResult {
  return {
    definition: definitionOf(node.plan.step),
    request: node.request,
    ...(node.basis === undefined ? {} : { basis: node.basis }),
    env: node.plan.kind === "step" ? envOf(state, node) : undefined,
    reads: readsOf(state, node),
    outcome: node.outcome,
    attempt: node.attempt,
    end: node.end,
    gateResults: node.end ? node.gateResults : heldSoFar(node),
    startedAt: node.startedAt,
    endedAt: node.endedAt ?? node.settledAt,
    downMs: node.downMs,
    costUsd: node.costUsd,
    costUnknown: node.costUnknown,
    attemptAt: node.attemptAt,
    filesBefore: node.filesBefore,
    ...(node.end ? {} : { tree: node.tree }),
  };
}

/** Without what did not hold, now or after attempts before: another life has as many rounds for it as this one had. */
function heldSoFar({ gateResults, attempt }: NodeState): KnownResult["gateResults"] {
  const isHeld = ({ ref: { level }, attempt: of, passed }: GateResult): boolean =>
    of === attempt && (passed || level === "advisory");
  return gateResults.filter((result) => result.ref.when === "before" || isHeld(result));
}

function envOf(state: RunState, node: NodeState): KnownResult["env"] {
  try {
    return stepEnv(state, node);
  } catch (error) {
    if (isTuttiError(error)) return undefined;
    throw error;
  }
}

/**
 * Addresses whose results a restart from `address` drops: the node, what lies in it, and everything that comes after
 * it in its block, in later rounds, and in the blocks around it. Undefined when there is no such node.
 */
export function downstreamOf(state: RunState, address: string): readonly string[] | undefined {
  return droppedFrom(state, address, () => true);
}

/**
 * Addresses whose results rest on that of the node at `address`, itself among them: of what comes after it, only what
 * needs it. Steps that are merely done in turn need nothing of each other.
 */
export function restingOn(state: RunState, { address }: NodeState): readonly string[] {
  if (address === "") return state.root.children.map((child) => child.address);
  const needs: Follows = (node, { step }) => node.step.needs.some((need) => need.step === step.name);
  return droppedFrom(state, address, needs) ?? [address];
}

/** Whether a node that comes after another one in its block is dropped with it. */
type Follows = (node: PlanNode, before: PlanNode) => boolean;

function droppedFrom(state: RunState, address: string, follows: Follows): readonly string[] | undefined {
  const start = state.byAddress.get(address);
  if (!start) return undefined;
  const dropped = new Set<string>();
  for (let node: NodeState | undefined = start; node?.parent; node = node.parent) {
    const after = followers(node.parent, follows);
    const queue = node === start ? [node] : after(node);
    for (let next = queue.pop(); next; next = queue.pop()) {
      if (dropped.has(next.address)) continue;
      addWithin(dropped, next.plan, next.address);
      queue.push(...after(next));
    }
    if (node.parent.plan.kind === "loop") for (const round of laterRounds(state, node)) dropped.add(round);
  }
  return [...dropped];
}

/** Rounds after this one whose results an earlier life left, though this life did not come so far. */
function laterRounds({ known }: RunState, { parent, place }: NodeState): ReadonlySet<string> {
  const loop = `${parent?.address ?? ""}#`;
  const later = new Set<string>();
  for (const address of known.keys()) {
    const round = address.startsWith(loop) ? Number.parseInt(address.slice(loop.length), 10) : 0;
    if (round > place + 1) later.add(`${loop}${round}`);
  }
  return later;
}

/** The node and what lies in it, opened in this life or not. */
function addWithin(dropped: Set<string>, plan: PlanNode, address: string): void {
  dropped.add(address);
  for (const inner of plan.block?.nodes ?? []) addWithin(dropped, inner, `${address}/${inner.step.name}`);
}

/** Results of dropped nodes, and of the rounds and items in them. */
function dropWithin(known: LazyMap<string, unknown>, dropped: ReadonlySet<string>): void {
  if (dropped.size === 0) return;
  for (const address of known.keys())
    if (around(address).some((one) => dropped.has(one))) known.delete(address);
}

/**
 * Tells what comes right after a node of this holder: the next round, or, in a block, its dependents, its fallback and
 * what its standing in let go on.
 */
function followers(
  { plan: { kind }, children: block }: NodeState,
  follows: Follows,
): (node: NodeState) => NodeState[] {
  // what is done on the next way is done because the one before it failed
  if (kind === "branch") return ({ place }) => block.slice(place + 1, place + 2);
  if (kind === "loop") return ({ place }) => block.slice(place + 1 - (block[0]?.place ?? 0)).slice(0, 1);
  const byName = new Map(block.map((node) => [node.plan.step.name, node]));
  const covered = Map.groupBy(block, (node) => node.fallback);
  return (node) => {
    const fallback = byName.get(fallbackNameOf(node.plan.step, node.parent?.plan.block?.chain) ?? "");
    const sources = new Set([node]);
    for (const { plan } of sources) for (const other of covered.get(plan.step.name) ?? []) sources.add(other);
    const dependents = [...sources].flatMap(({ plan }) =>
      plan.dependents.flatMap((index) => block[index] ?? []).filter((next) => follows(next.plan, plan)),
    );
    return fallback ? [...dependents, fallback] : dependents;
  };
}
