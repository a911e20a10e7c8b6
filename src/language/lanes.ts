import type { AskAction } from "./asking.ts";
import { freeName } from "./checks/names.ts";
import type { LandingGate } from "./gate.ts";
import { mapBlocks, mapSteps } from "./map-blocks.ts";
import { blocksOf, mayWrite } from "./may-write.ts";
import { sideBySide } from "./side-by-side.ts";
import { type Action, type Chain, defaultRetry, type Step, type Workflow } from "./workflow.ts";
import { defaultMerge, type MergeRules } from "./workspace.ts";

/**
 * The workflow with its lanes: each step, block or item that works in a tree of its own says so, and what is done there lands by a
 * gate: the last one of the step, or that of a last step of the block. In mode `run` these are the writers that can run at the same time
 * as another, and those that race; in mode `step` all steps that may write. What steps say themselves goes before. What blocks
 * give to others, and how many of their steps must end well, stays the same.
 *
 * Pure; the same again for a workflow that has lanes already, whatever their mode was. Runs inside runs get theirs when
 * they begin.
 */
export function withLanes(workflow: Workflow, mode: "run" | "step"): Workflow {
  const plain = withoutLanes(workflow);
  const rules = { ...defaultMerge, ...plain.merge };
  const others = plain.limits.parallel - 1;
  const name = freeName("landing", namesIn(plain.chain));
  const chain = blockWith(plain.chain, { mode, rules, others, name });
  return chain === plain.chain ? plain : { ...plain, chain };
}

/** The workflow as it was written. */
export function withoutLanes(workflow: Workflow): Workflow {
  const chain = bareBlock(workflow.chain);
  return chain === workflow.chain ? workflow : { ...workflow, chain };
}

function bareBlock(chain: Chain): Chain {
  const steps = chain.steps.filter(({ action }) => action.kind !== "land");
  return mapSteps(steps.length === chain.steps.length ? chain : { ...chain, steps }, bareStep);
}

function bareStep(step: Step): Step {
  const action = withoutItems(mapBlocks(step.action, bareBlock));
  const gates = step.gates.filter(({ kind }) => kind !== "landing");
  if (action === step.action && gates.length === step.gates.length && !step.lane) return step;
  const { lane: _, ...rest } = step;
  return { ...rest, action, gates };
}

function withoutItems(action: Action): Action {
  if (action.kind !== "each" || !action.lanes) return action;
  const { lanes: _, ...rest } = action;
  return rest;
}

interface Laying {
  readonly mode: "run" | "step";
  readonly rules: MergeRules;
  /** How many can work beside a step. */
  readonly others: number;
  /** Of the steps that land what a block did. */
  readonly name: string;
  /** What a block around says of where its steps work. */
  readonly word?: "none" | "run" | undefined;
}

/**
 * How a step lies in its block: it may get a tree of its own for what it says itself, and does when it runs beside another
 * writer, races with the others, or is all that a block with a tree of its own does.
 */
type Lying = "apart" | "beside" | "racing" | "only";

/** How all writers of a block lie; absent: as they are ordered. */
type Writers = Extract<Lying, "racing" | "only"> | undefined;

function blockWith(chain: Chain, laying: Laying, writers?: Writers): Chain {
  const beside = laying.mode === "run" ? sideBySide(chain, (step) => writesHere(step, laying)) : nobody;
  return mapSteps(chain, (step) => {
    const lying = beside.has(step) ? "beside" : "apart";
    return stepWith(step, { ...laying, lying: writers !== undefined && mayWrite(step) ? writers : lying });
  });
}

const nobody: ReadonlySet<Step> = new Set();

/** It writes in the tree of its block, or in one that is made from it. */
function writesHere(step: Step, { word }: Laying): boolean {
  return (step.workspace ?? word) !== "none" && mayWrite(step);
}

type LayingStep = Laying & { readonly lying: Lying };

function stepWith(step: Step, laying: LayingStep): Step {
  const own = hasOwn(step, laying);
  if (!isHolder(step)) return own ? landingStep(step, laying) : step;
  const inner = { ...laying, word: wordInside(step, laying) };
  return own ? landingHolder(step, inner) : holderWith(step, inner);
}

function hasOwn(step: Step, laying: LayingStep): boolean {
  const word = step.workspace ?? laying.word;
  return word === undefined ? laying.lying !== "apart" || wants(step, laying) : word === "step";
}

/** What a block says of where it works, and that it writes nothing, holds for all that is in it. */
function wordInside({ workspace, mayWrite: said }: Step, { word }: Laying): Laying["word"] {
  if (workspace !== undefined) return workspace === "step" ? undefined : workspace;
  return word ?? (said === "no" ? "run" : undefined);
}

function isHolder({ action }: Step): boolean {
  return action.kind !== "workflow" && blocksOf(action).length > 0;
}

/** In mode `step` what writes, and else a list whose items write side by side, wherever they stand. */
function wants(step: Step, { mode }: Laying): boolean {
  if (mode === "step") return !isHolder(step) && mayWrite(step);
  return step.action.kind === "each" && step.action.concurrency !== 1 && mayWrite(step);
}

function holderWith(step: Step, laying: Laying, writers: Writers = raceIn(step)): Step {
  const action = mapBlocks(step.action, (chain) => blockWith(chain, laying, writers));
  return action === step.action ? step : { ...step, action };
}

/** Whoever loses a race must not have changed anything. */
function raceIn({ action }: Step): "racing" | undefined {
  return action.kind === "chain" && action.join !== undefined ? "racing" : undefined;
}

/** A block with a tree of its own. */
function landingHolder(step: Step, laying: LayingStep): Step {
  // a step that lands must be no runner in the race: each of them lands by itself
  if (raceIn(step)) return holderWith(step, laying);
  // what is told of a conflict then reaches whoever made it
  if (isOfOneWriter(step) && laying.rules.order === "finished" && laying.lying !== "racing")
    return holderWith(step, laying, "only");
  const { action } = holderWith(step, laying);
  const landing = mapBlocks(action, (chain) => withLanding(chain, laying));
  return landing.kind === "each"
    ? { ...step, action: { ...landing, lanes: true } }
    : { ...step, action: landing, lane: true };
}

function isOfOneWriter({ action }: Step): boolean {
  return blocksOf(action).every(
    ({ steps }) => steps.length === 0 || (steps.length === 1 && steps.every(mayWrite)),
  );
}

/** The steps of a block that does anything, and one that lands what they did. */
function withLanding(chain: Chain, { name, rules, others }: Laying): Chain {
  if (chain.steps.length === 0) return chain;
  const dormant = dormantIn(chain);
  const landing: Step = {
    name,
    action: { kind: "land" },
    // it only comes after them: what others did lands although a failure was tolerated
    needs: chain.steps.flatMap((step) =>
      dormant.has(step.name) ? [] : { step: step.name, because: "conflict", detail: "lands what it did" },
    ),
    retry: defaultRetry,
    errorStrategy: "stop",
    before: [],
    // all that was done there cannot be done again as it was
    gates: [
      gateWith({ ...rules, conflicts: rules.conflicts === "serialize" ? "agent" : rules.conflicts }, others),
    ],
    reads: [],
    writes: [],
    uses: [],
    env: {},
    onInterrupt: "rerun",
  };
  return { ...chain, steps: [...chain.steps, landing] };
}

/** The fallbacks of a block: they run only when another step fails. */
function dormantIn({ steps, errorStrategy: ofBlock }: Chain): ReadonlySet<string> {
  const strategies = [ofBlock, ...steps.map(({ errorStrategy }) => errorStrategy)];
  return new Set(strategies.flatMap((strategy) => (typeof strategy === "object" ? strategy.fallback : [])));
}

function landingStep(step: Step, { rules, others }: Laying): Step {
  const { kind } = step.action;
  // who cannot read what a conflict is does the same again, on what is there
  const isDeaf = (kind === "run" || kind === "workflow") && rules.conflicts === "agent";
  const gate = gateWith({ ...rules, conflicts: isDeaf ? "serialize" : rules.conflicts }, others);
  return { ...step, lane: true, gates: [...step.gates, gate] };
}

/** Each time that a step is in conflict another has landed: all of them get their turn. */
function gateWith({ conflicts: strategy, by, order }: MergeRules, others: number): LandingGate {
  const gate = { kind: "landing", name: "landing", level: "blocking", strategy, by, order } as const;
  return strategy === "human"
    ? { ...gate, retry: 0, ask: bringTogether }
    : { ...gate, retry: Math.max(leastRetries, others) };
}

const leastRetries = 2;

const bringTogether: AskAction = {
  kind: "ask",
  ask: "approval",
  text: "What was done here does not go together with what others did meanwhile. Bring both together in the working tree, then approve.",
  by: [],
  quorum: 1,
  escalate: [],
};

/** All names that an expression in the workflow could mean. */
function namesIn(chain: Chain, found = new Set<string>()): ReadonlySet<string> {
  for (const { name, action } of chain.steps) {
    found.add(name);
    if (action.kind === "each") found.add(action.as);
    if (action.kind !== "workflow") for (const inner of blocksOf(action)) namesIn(inner, found);
  }
  return found;
}
