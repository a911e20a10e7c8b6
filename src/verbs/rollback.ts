import { advance } from "../core/advance.ts";
import type { Input } from "../core/events.ts";
import { isFinal } from "../core/state.ts";
import type { CheckpointRef } from "../core/workspace.ts";
import type { FileChange } from "../ports/checkpoints.ts";
import type { RunLog } from "../ports/run-store.ts";
import { turnCommands } from "./complete.ts";
import { type BackTarget, type Going, goingBack } from "./going-back.ts";
import { spentInside } from "./inside-now.ts";
import { commandsAt, type OutsideWork, outsideWork } from "./known-at.ts";
import { stopLeftovers } from "./leftovers.ts";
import type { Parts } from "./parts.ts";
import { takePart } from "./ways-at.ts";
import { changesTo, openTree, signalOf, type Stoppable } from "./run-trees.ts";
import { findRun } from "./runs.ts";
import { keepStatement } from "./statement.ts";

/** What going back to a point does. */
export interface RollbackPreview {
  readonly runId: string;
  /** The point, in words. */
  readonly point: string;
  /** Whose files are put back: those of the run's own tree, or the project's. */
  readonly where: "tree" | "project" | "nowhere";
  readonly checkpoint?: CheckpointRef;
  /** What becomes other in the files. */
  readonly files: readonly FileChange[];
  /** Addresses of steps that have to be done again. */
  readonly pending: readonly string[];
  /** Those that count as done again, because the run goes forward. */
  readonly done: readonly string[];
  /** Those that are done again although they had been done by then, because the lane they worked in had not landed. */
  readonly unlanded: readonly string[];
  /** How many steps need not be done again, these among them. */
  readonly kept: number;
  /** Of those that have to be done again: what reached further than files. */
  readonly outside: readonly OutsideWork[];
}

export interface RolledBack extends RollbackPreview {
  /** The checkpoint that the files are at now. */
  readonly saved?: CheckpointRef;
  /** The number of the checkpoint that has the files as they were before. */
  readonly before?: number;
}

/** Shows what a rollback, or a rewind, would do; changes nothing. */
export async function previewRollback(
  parts: Parts,
  runId: string,
  target: BackTarget & Stoppable,
): Promise<RollbackPreview> {
  const events = await parts.store.read(runId);
  const { owner } = await findRun(parts, runId);
  const going = await goingBack(parts, { runId, events }, target);
  return previewOf(parts, going, { ...target, isOwned: owner !== undefined });
}

/**
 * Puts the files of a run back to a point of its log, and gives up what ended after it; or forward again, and takes it back. The
 * run is paused then. Rejects RUN_OWNED while a process drives it.
 *
 * The files come first: where a tree of the run's own was put back and the log does not tell, the next attempt puts it forward again.
 */
export async function rollback(
  parts: Parts,
  runId: string,
  target: BackTarget & Stoppable,
): Promise<RolledBack> {
  const log = await parts.store.open(runId);
  try {
    await stopLeftovers(parts, { runId });
    const going = await goingBack(parts, log, target);
    const preview = await previewOf(parts, going, target);
    const saved = await restored(parts, going, target);
    await turned(parts, log, { going, saved, isPartial: target.files !== undefined });
    return { ...preview, ...(saved ? { saved, before: saved.number - 1 } : {}) };
  } finally {
    await log.release();
  }
}

async function previewOf(
  parts: Parts,
  going: Going,
  {
    files,
    isOwned = false,
    ...options
  }: Pick<BackTarget, "files"> & Stoppable & { readonly isOwned?: boolean },
): Promise<RollbackPreview> {
  const { state, point, turn, trees, newest } = going;
  const { checkpoint } = point;
  const { pending, done, unlanded, kept } = turn;
  const wanted = { ...options, ...(files ? { files } : {}) };
  const changes =
    trees && checkpoint
      ? await changesTo(
          parts,
          { place: trees.origin.place, newest, isOwned },
          { ...wanted, commit: checkpoint.commit },
        )
      : { files: [] };
  return {
    runId: state.runId,
    point: point.title,
    where: trees ? (trees.origin.mode === "shared" ? "project" : "tree") : "nowhere",
    ...(checkpoint ? { checkpoint } : {}),
    files: changes.files,
    pending,
    done,
    unlanded,
    kept,
    outside: outsideWork(state, pending),
  };
}

async function restored(
  parts: Parts,
  { state, trees, point }: Going,
  { files, ...options }: Pick<BackTarget, "files"> & Stoppable,
): Promise<CheckpointRef | undefined> {
  if (!trees || !point.checkpoint) return undefined;
  const tree = await openTree(parts, { trees, workflow: state.workflow }, options);
  const what = `${files ? "some files " : ""}put back to ${point.title}`;
  const note = { kind: "WORKFLOW-RECOVERY", what } as const;
  const target = { commit: point.checkpoint.commit, note, ...(files ? { files } : {}) };
  const { commit, number } = await tree.restore(target, signalOf(options));
  return { commit, number };
}

interface Turning {
  readonly going: Going;
  readonly saved: CheckpointRef | undefined;
  /** Only some files were put back. */
  readonly isPartial: boolean;
}

/** Writes down that the run stands there now, in one commit with the giving back of the log. */
async function turned(parts: Parts, log: RunLog, turning: Turning): Promise<void> {
  const { state, turn } = turning.going;
  const taken = new Map(turn.take);
  const commands = commandsAt(state, [...turn.pending, ...turn.done]).map((one) => {
    const result = taken.get(one.address);
    return { ...one, ...(result ? { result } : {}) };
  });
  const late = isFinal(state.status) ? await log.inbox() : [];
  const inputs = [...(await takenUp(parts, log, turning.going)), restartInput(turning, parts.clock.now())];
  const events = inputs.flatMap((input) => advance(state, input));
  const heard = late.length > 0 ? { taken: late.map(({ id }) => id) } : {};
  await log.append(events, { status: state.status, release: true, ...heard });
  const restarted = events.find((event) => event.type === "run.restarted");
  if (!restarted || !parts.keepsFiles) return;
  await keepStatement(parts, state, restarted);
  await turnCommands(parts, state.runId, commands);
}

/** The run is paused as of when it was last alive, so that nothing begins that was cut off. */
async function takenUp(
  parts: Parts,
  { aliveAt }: RunLog,
  { state, point }: Going,
): Promise<readonly Input[]> {
  const at = parts.clock.now();
  const spent = await spentInside(parts, state);
  const pause = { type: "pause", at: Math.max(state.at, aliveAt ?? 0), reason: reasonOf(point) } as const;
  const alive = aliveAt === undefined ? {} : { aliveAt };
  const recover = { type: "recover", at, ...alive, ...(spent ? { spent } : {}) } as const;
  return isFinal(state.status) || state.paused ? [recover] : [pause, recover];
}

function restartInput({ going, saved, isPartial }: Turning, at: number): Input {
  const { state, point, turn } = going;
  // lanes that have not landed by then are left: who worked there begins anew
  const lanes = isPartial ? Object.fromEntries(state.trees?.tips ?? []) : {};
  const from = { runId: state.runId, seq: point.seq };
  return {
    type: "restart",
    at,
    hold: true,
    reason: isPartial ? `some files as at ${point.title}` : reasonOf(point),
    drop: turn.drop,
    ...takePart(from, { results: turn.take, ways: turn.ways }),
    ...(saved ? { tips: { ...lanes, "": saved } } : {}),
  };
}

function reasonOf({ title }: Going["point"]): string {
  return `back to ${title}`;
}
