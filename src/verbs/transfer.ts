import { fold } from "../core/apply.ts";
import type { Event, RunStatus } from "../core/events.ts";
import { TuttiError } from "../errors.ts";
import { sameJson } from "../expression/json.ts";
import type { NewRun, RunRow } from "../ports/run-store.ts";
import { type LeftStream, leftStreams, requireNoneOnTheirWay } from "./left-streams.ts";
import type { Parts } from "./parts.ts";
import { findRun } from "./runs.ts";

/** What a run was started from, and its whole log. */
export interface SavedLog {
  readonly run: NewRun;
  readonly events: readonly Event[];
}

/** A run as plain JSON. Nothing in it points to a machine. */
export interface SavedRun extends SavedLog {
  readonly format: "tutti-run";
  readonly version: 1;
  /** The runs that do its steps, and steps of those; absent: none. */
  readonly inside?: readonly SavedLog[];
  /** Pipelines of which it holds the result, and nothing else; absent: none. */
  readonly without?: readonly LeftStream[];
}

/** Where somebody drives it meanwhile, the runs inside are as far as it says or further, never less far. */
export async function exportRun(parts: Parts, runId: string): Promise<SavedRun> {
  const row = await findRun(parts, runId);
  const own = await saved(parts, row);
  const inside = new Map<string, SavedLog>();
  for (let seen = -1; seen < inside.size;) {
    seen = inside.size;
    const rows = await parts.store.list({ prefix: `${row.runId}.` });
    const unread = rows.filter((one) => !inside.has(one.runId));
    for (const one of unread) inside.set(one.runId, await saved(parts, one));
  }
  const without = await leftStreams(parts, [own, ...inside.values()]);
  return {
    format: "tutti-run",
    version: 1,
    ...own,
    ...(inside.size > 0 ? { inside: [...inside.values()] } : {}),
    ...(without.length > 0 ? { without } : {}),
  };
}

async function saved(parts: Parts, { runId, name, createdAt, origin, source }: RunRow): Promise<SavedLog> {
  return { run: { runId, name, createdAt, origin, source }, events: await parts.store.read(runId) };
}

/** Puts a saved run into this store, as it was, with the runs inside it. RUN_STATE when it is here already, or records are left behind that it needs. */
export async function importRun(parts: Parts, whole: SavedRun): Promise<string> {
  const { runId } = whole.run;
  const logs = logsOf(whole);
  const rows = await parts.store.list({ prefix: runId });
  const here = new Set(rows.map((row) => row.runId));
  if (here.has(runId)) throw hereAlready(runId);
  requireNoneOnTheirWay(runId, whole.without ?? []);
  for (const log of logs) {
    const { runId: id } = log.run;
    // what an import that was cut off has left is not written twice
    if (!here.has(id)) await put(parts, log);
    else if (!sameJson(await parts.store.read(id), log.events)) throw hereAlready(id);
  }
  return runId;
}

interface Checked extends SavedLog {
  readonly status: RunStatus;
}

/** The run itself is the last: without those inside it, it would begin them again. */
function logsOf({ format, version, run, events, inside = [], without = [] }: SavedRun): readonly Checked[] {
  const known = format === "tutti-run" && version === 1;
  const logs = known && Array.isArray(inside) && Array.isArray(without) ? [...inside, { run, events }] : [];
  const checked = logs.flatMap((log) => {
    const state = fold(log.events);
    const belongs = log.run.runId === run.runId || log.run.runId.startsWith(`${run.runId}.`);
    return state && belongs ? [{ ...log, status: state.status }] : [];
  });
  if (known && checked.length === logs.length && logs.length > 0) return checked;
  throw new TuttiError("BAD_VALUE", 'Cannot restore the run: this is not a state that "saveState" gave', {
    fix: "give the object unchanged, as JSON",
  });
}

async function put(parts: Parts, { run, events, status }: Checked): Promise<void> {
  const log = await parts.store.create(run, events);
  await log.append([], { status });
  await log.release();
}

function hereAlready(runId: string): TuttiError {
  return new TuttiError("RUN_STATE", `Cannot restore run "${runId}": this store has it already`, {
    fix: `go on with it: tutti resume ${runId}`,
  });
}
