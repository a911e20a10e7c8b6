import { fold } from "../core/apply.ts";
import type { Event } from "../core/events.ts";
import type { RunState } from "../core/state.ts";
import type { TreesState } from "../core/workspace.ts";
import type { Checkpoint } from "../ports/checkpoints.ts";
import { noTurn, type Turn, turnTo } from "./known-at.ts";
import type { Parts } from "./parts.ts";
import { type Point, pointNamed, type PointName } from "./points.ts";
import { damaged } from "./run-state.ts";
import { isInside, signalOf, type Stoppable, treesOf } from "./run-trees.ts";

/** Where a run goes back to. */
export interface BackTarget {
  readonly point: PointName;
  /** Only what fits these globs is put back, and the steps stay as they are. */
  readonly files?: readonly string[];
  /** Files are put back only in a tree of the run's own: never in the project's folder. */
  readonly rewinds?: boolean;
}

/** A run, and what it is to become. */
export interface Going {
  readonly state: RunState;
  readonly events: readonly Event[];
  readonly point: Point;
  readonly turn: Turn;
  /** The trees whose files are put back; undefined: none are. */
  readonly trees: TreesState | undefined;
  /** Of the run's own tree. */
  readonly newest: Checkpoint | undefined;
}

/** Finds out what going there means. Throws CHECKPOINT_UNKNOWN, and RUN_STATE for a run inside another. */
export async function goingBack(
  parts: Parts,
  { runId, events }: { readonly runId: string; readonly events: readonly Event[] },
  { point: name, files, rewinds = false, ...options }: BackTarget & Stoppable,
): Promise<Going> {
  const state = fold(events, { beforeRestart: true });
  if (!state) throw damaged(runId);
  const trees = await treesFor(parts, state, { ...options, rewinds });
  const checkpoints = state.trees ? await parts.checkpoints.list({ runId }, signalOf(options)) : [];
  const point = pointNamed({ state, events, checkpoints }, name);
  const turn = files ? noTurn(events) : turnTo(state, events, point.seq);
  const newest = checkpoints.findLast(({ place }) => place.lane === "");
  return { state, events, point, turn, trees, newest };
}

async function treesFor(
  parts: Parts,
  state: RunState,
  { rewinds, ...options }: Stoppable & { readonly rewinds: boolean },
): Promise<TreesState | undefined> {
  const { runId, parent, trees } = state;
  if (parent) throw isInside(parent, `put run "${runId}" back`);
  if (!rewinds) return treesOf(parts, state, { ...options, what: `roll run "${runId}" back` });
  return trees?.origin.mode === "shared" ? undefined : trees;
}
