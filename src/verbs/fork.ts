import { create } from "../core/advance.ts";
import { fold } from "../core/apply.ts";
import type { Event, RunOverrides } from "../core/events.ts";
import { roundedUsd } from "../core/money.ts";
import type { KnownResult } from "../core/node-result.ts";
import type { RunState } from "../core/state.ts";
import type { CheckpointRef, WorkspaceOrigin } from "../core/workspace.ts";
import type { JsonObject } from "../expression/json.ts";
import { withDecisions } from "./decisions.ts";
import { drive, type DriveOptions } from "./drive.ts";
import { planHints } from "./hints.ts";
import { carriedInputs } from "./inputs.ts";
import { knownAt } from "./known-at.ts";
import type { Parts } from "./parts.ts";
import { type Point, pointNamed, type PointName } from "./points.ts";
import { requireAgents } from "./require-agents.ts";
import { hideSecrets, requireSecrets } from "./require-secrets.ts";
import type { RunHandle } from "./run-handle.ts";
import { damaged } from "./run-state.ts";
import { isInside, signalOf, type Stoppable } from "./run-trees.ts";
import { findRun } from "./runs.ts";
import { type KeptWays, takePart, waysAt } from "./ways-at.ts";

export interface ForkTarget {
  /** Absent: how it stands now. */
  readonly point?: PointName;
}

export interface ForkOptions extends ForkTarget, DriveOptions, Stoppable {
  /** Values for inputs, instead of those it has. */
  readonly inputs?: JsonObject;
  readonly overrides?: RunOverrides;
}

/** What another run would begin with. */
export interface ForkPreview {
  readonly runId: string;
  readonly point: string;
  /** Addresses of the steps whose results are taken over. */
  readonly shared: readonly string[];
  /** Those that are done again although they had been done, because the lane they worked in had not landed. */
  readonly unlanded: readonly string[];
  /** Where its steps work: in a tree of its own, made from the files at the point; or in the project's folder as it is, when nothing is kept of it. */
  readonly where: "tree" | "project";
  /** What these cost the run that it comes from; null: that is not known. */
  readonly sharedUsd: number | null;
}

export async function previewFork(
  parts: Parts,
  runId: string,
  options: ForkTarget & Stoppable = {},
): Promise<ForkPreview> {
  const from = await origin(parts, runId, options);
  const { point, results, unlanded } = from;
  const tip = tipOfFork(from);
  if (tip) await parts.workspaces.requireFork(signalOf(options));
  const unknown = results.some(([, { costUnknown }]) => costUnknown);
  const sum = results.reduce((usd, [, { costUsd }]) => usd + costUsd, 0);
  return {
    runId,
    point: point.title,
    shared: results.map(([address]) => address),
    unlanded,
    where: tip ? "tree" : "project",
    sharedUsd: unknown ? null : roundedUsd(sum),
  };
}

/**
 * Begins another run from a point of one, with a working tree and checkpoints of its own. What had ended well then is not done, and
 * not paid, again. The run that it comes from goes on as if nothing were; also while a process drives it.
 */
export async function fork(parts: Parts, runId: string, options: ForkOptions = {}): Promise<RunHandle> {
  const from = await origin(parts, runId, options);
  const { state } = from;
  const { workflow, seed } = state;
  const inputs = options.inputs ? carriedInputs(state, { workflow, given: options.inputs }) : state.inputs;
  const overrides = { ...state.overrides, ...options.overrides };
  requireSecrets(parts, workflow);
  await requireAgents(parts, { workflow, overrides });
  const id = parts.newRunId();
  const workspace = await forkedTree(parts, id, { ...from, options });
  const plan = await withDecisions(parts, await planHints(parts, { workflow, overrides }), {
    workflow,
    overrides,
    runId: id,
  });
  const at = parts.clock.now();
  const take = takePart({ runId, seq: from.point.seq }, from);
  const begun = { runId: id, seed, workflow, inputs, plan, overrides, ...(workspace ? { workspace } : {}) };
  const first = create({ type: "create", at, ...begun, ...take });
  hideSecrets(parts, [workflow]);
  const { source, origin: file } = await findRun(parts, runId);
  const row = { runId: id, name: workflow.name, createdAt: at, origin: file, source };
  const log = await parts.store.create(row, first.events);
  return drive(parts, { log, state: first.state, first: first.events }, options);
}

interface Origin {
  readonly state: RunState;
  readonly point: Point;
  readonly results: readonly (readonly [address: string, result: KnownResult])[];
  readonly ways: KeptWays;
  readonly unlanded: readonly string[];
}

async function origin(
  parts: Parts,
  runId: string,
  { point: name, ...options }: ForkTarget & Stoppable,
): Promise<Origin> {
  const events = await parts.store.read(runId);
  const state = fold(events, { beforeRestart: true });
  if (!state) throw damaged(runId);
  const { parent } = state;
  if (parent) throw isInside(parent, `fork run "${runId}"`);
  const checkpoints = name && state.trees ? await parts.checkpoints.list({ runId }, signalOf(options)) : [];
  const point = name ? pointNamed({ state, events, checkpoints }, name) : asItStands(state, events);
  const { results, unlanded } = knownAt(events, point.seq);
  const ended = [...results].filter(([, { end }]) => end !== undefined);
  return { state, point, results: ended, ways: waysAt(events, point.seq), unlanded };
}

function asItStands({ trees }: RunState, events: readonly Event[]): Point {
  return { title: "how it stands", seq: events.length, checkpoint: trees?.tips.get("") };
}

/** The files that a fork begins with; undefined where nothing is kept of them. */
function tipOfFork({ state, point }: Pick<Origin, "state" | "point">): CheckpointRef | undefined {
  return state.trees && point.checkpoint;
}

/** A tree of the fork's own, also where the run works in the project's folder: two cannot. */
async function forkedTree(
  parts: Parts,
  runId: string,
  { state, point, options }: Origin & { readonly options: Stoppable },
): Promise<WorkspaceOrigin | undefined> {
  const { trees, workflow } = state;
  const tip = tipOfFork({ state, point });
  if (!trees || !tip) return undefined;
  const mode = trees.origin.mode === "shared" ? "run" : trees.origin.mode;
  const { head, branch } = trees.origin;
  const request = {
    runId,
    name: workflow.name,
    mode,
    setup: workflow.trees ?? {},
    from: tip.commit,
  };
  const { commit: base } = await parts.workspaces.base(request, signalOf(options));
  return {
    mode,
    place: { runId, lane: "" },
    base,
    ...(head === undefined ? {} : { head }),
    ...(branch === undefined ? {} : { branch }),
  };
}
