import { fold } from "../core/apply.ts";
import type { RunState } from "../core/state.ts";
import type { TreesState } from "../core/workspace.ts";
import { TuttiError } from "../errors.ts";
import type { Checkpoint, Difference } from "../ports/checkpoints.ts";
import { type Range, rangeInside } from "./child-changes.ts";
import type { Parts } from "./parts.ts";
import { liesAt, pointNamed } from "./points.ts";
import { damaged, stateOf } from "./run-state.ts";
import { signalOf, type Stoppable, treesOf } from "./run-trees.ts";

/** What a run, or a node of it, changed; with the patch. */
export interface RunChanges extends Difference {
  /** Commits; of one that changed nothing that is kept they are the same. */
  readonly from: string;
  readonly to: string;
}

export interface ChangesTarget {
  /** A node, and what lies in it; absent: the run. */
  readonly node?: string;
  /** Number of a checkpoint of the run's own tree: what was done between the one before and it. */
  readonly checkpoint?: number;
}

export async function changesOf(
  parts: Parts,
  runId: string,
  { node, checkpoint, ...options }: Stoppable & ChangesTarget = {},
): Promise<RunChanges> {
  const events = await parts.store.read(runId);
  const state = fold(events);
  if (!state) throw damaged(runId);
  const trees = await treesOf(parts, state, { ...options, what: `show what run "${runId}" changed` });
  const { checkpoints } = parts;
  const all = await checkpoints.list({ runId }, signalOf(options));
  const range =
    node === undefined
      ? ownRange(trees, all, checkpoint)
      : (nodeRange(all, { state, events, node }) ?? (await rangeOfChild(parts, state, node)));
  if (!range) throw unchanged(state, node ?? `checkpoint ${checkpoint ?? ""}`);
  const difference = await checkpoints.difference({ ...range, patch: true }, signalOf(options));
  return { ...range, ...difference };
}

function ownRange(
  { origin }: TreesState,
  all: readonly Checkpoint[],
  number: number | undefined,
): Range | undefined {
  const own = all.filter(({ place }) => place.lane === origin.place.lane);
  const at = number === undefined ? own.length - 1 : own.findIndex((one) => one.number === number);
  const from = number === undefined ? origin.base : (own[at - 1] ?? own[at])?.commit;
  const to = own[at]?.commit;
  return from === undefined || to === undefined ? undefined : { from, to };
}

interface OfNode {
  readonly state: RunState;
  readonly events: Parameters<typeof pointNamed>[0]["events"];
  readonly node: string;
}

/** What it did last in the run's own tree: worked there, or landed there; else what it did so far in its lane. */
function nodeRange(all: readonly Checkpoint[], { state, events, node }: OfNode): Range | undefined {
  const lanes = Map.groupBy(all, ({ place }) => place.lane);
  const own = lanes.get("") ?? [];
  for (const chain of [own, ...lanes.values()]) {
    const last = chain.findLastIndex((one) => isOf(one, node));
    const to = chain[last];
    if (!to) continue;
    const before = chain.findLastIndex((one, index) => index < last && !isOf(one, node));
    const start = () => pointNamed({ state, events, checkpoints: all }, { before: node }).checkpoint;
    const from = (chain[before] ?? start())?.commit;
    return from === undefined ? undefined : { from, to: to.commit };
  }
  return undefined;
}

/** What the run did that did this node; the checkpoints in between name its steps. */
async function rangeOfChild(
  parts: Parts,
  { byAddress, runId }: RunState,
  node: string,
): Promise<Range | undefined> {
  const { outcome, child } = byAddress.get(node) ?? {};
  const id = (child ?? outcome?.child)?.id;
  const inner = id === undefined ? undefined : await stateOf(parts, id);
  return inner?.trees?.origin.place.runId === runId ? rangeInside(inner) : undefined;
}

function isOf({ node: made }: Checkpoint, node: string): boolean {
  return made !== undefined && liesAt(made, node);
}

function unchanged({ runId, byAddress }: RunState, node: string): TuttiError {
  const why = byAddress.has(node) ? "no checkpoint is of it" : `run ${runId} has no such node`;
  return new TuttiError("CHECKPOINT_UNKNOWN", `Cannot show what "${node}" changed: ${why}`, {
    fix: `see what is kept of the run: tutti checkpoints ${runId} --all`,
  });
}
