import { nextEscalation } from "../core/escalation.ts";
import type { Event, RunStatus } from "../core/events.ts";
import type { RunState } from "../core/state.ts";
import { type RunView, viewOf } from "../core/view.ts";
import { explain } from "../core/why.ts";
import { isOver, type Reason } from "../core/why-text.ts";
import { isTuttiError, TuttiError } from "../errors.ts";
import { nearest } from "../expression/nearest.ts";
import type { ReadOptions, RunRow, RunStore } from "../ports/run-store.ts";
import { withInside } from "./inside-now.ts";
import { isInBatch } from "./batch-runs.ts";
import type { Parts } from "./parts.ts";
import { readState } from "./run-state.ts";
import { adviceAround, runsAround } from "./runs-around.ts";

/** A run in a list. `status` "interrupted": its process ended without having finished it. */
export interface RunSummary extends Omit<RunRow, "status" | "source"> {
  readonly status: RunStatus | "interrupted";
}

export async function listRuns(
  parts: Parts,
  filter: { readonly status?: readonly RunStatus[]; readonly limit?: number } = {},
): Promise<readonly RunSummary[]> {
  const rows = await rowsBeside(parts.store, filter);
  return rows.map(({ source: _, ...row }) => ({ ...row, status: shownStatus(row) }));
}

type Filter = NonNullable<Parameters<RunStore["list"]>[0]>;

/** There may be thousands of runs that do batches of a pipeline: who wants to see them names their pipeline's run. */
async function rowsBeside(store: RunStore, { limit, ...filter }: Filter): Promise<readonly RunRow[]> {
  if (limit === undefined) return (await store.list(filter)).filter(({ runId }) => !isInBatch(runId));
  for (let most = limit; ; most *= 4) {
    const rows = await store.list({ ...filter, limit: most });
    const found = rows.filter(({ runId }) => !isInBatch(runId));
    if (found.length >= limit || rows.length < most) return found.slice(0, limit);
  }
}

function shownStatus(row: { readonly status: RunStatus; readonly owner?: string }): RunSummary["status"] {
  const moving =
    row.status === "executing" ||
    row.status === "recovering" ||
    row.status === "initializing" ||
    row.status === "compensating" ||
    row.status === "completing";
  return moving && row.owner === undefined ? "interrupted" : row.status;
}

/** The run that a person means: an id, a unique prefix of one, or `@last`. */
export async function findRun(parts: Parts, name: string): Promise<RunRow> {
  const found = await runsNamed(parts, name);
  const [first, another] = found;
  if (first && !another) return first;
  if (first) throw ambiguous(name, found);
  const all = await parts.store.list();
  throw all.length === 0 ? noRunYet(parts, name) : notFound(name, all);
}

/** The same, with the status that a list shows. */
export async function findSummary(
  parts: Parts,
  name: string,
): Promise<RunSummary & { readonly source: string }> {
  const row = await findRun(parts, name);
  return { ...row, status: shownStatus(row) };
}

async function runsNamed({ store }: Parts, name: string): Promise<readonly RunRow[]> {
  if (name === "@last") return lastRun(store);
  const found = name === "" ? [] : await store.list({ prefix: name });
  // who means a run inside another names that one, too
  const rows = found.filter(({ runId }) => !runId.slice(name.length).includes(runInside));
  const exact = rows.find((row) => row.runId === name);
  return exact ? [exact] : rows;
}

/** The newest that somebody started; runs that do steps of others come after those. */
async function lastRun(store: RunStore): Promise<readonly RunRow[]> {
  const some = await store.list({ limit: 20 });
  const newest = (rows: readonly RunRow[]) => rows.find(({ runId }) => !runId.includes(runInside));
  const found = newest(some) ?? newest(await store.list());
  return found ? [found] : [];
}

/** The newest that somebody started before this run, or before the one that this is inside of: the same whenever it is asked. */
export async function lastRunBefore({ store, stateDir }: Parts, runId: string): Promise<RunRow> {
  const [own] = runId.split(runInside);
  const rows = await store.list();
  const earlier = rows.slice(rows.findIndex((row) => row.runId === own) + 1);
  const last = earlier.find((row) => !row.runId.includes(runInside));
  if (last) return last;
  throw new TuttiError(
    "RUN_NOT_FOUND",
    `Cannot find the run "@last": there is none before this one in ${stateDir}`,
    { fix: "name the run by its id; see: tutti runs" },
  );
}

/** What stands between the id of a run and the number of a run that does a step of it. */
const runInside = ".";

function ambiguous(name: string, found: readonly RunRow[]): TuttiError {
  const ids = found.slice(0, 5).map((row) => row.runId);
  const more = found.length > ids.length ? ", …" : "";
  return new TuttiError(
    "RUN_AMBIGUOUS",
    `Cannot tell which run "${name}" is: ${found.length} start with it`,
    { fix: `give more of the id: ${ids.join(", ")}${more}; @last is the newest of all` },
  );
}

function noRunYet({ stateDir }: Parts, name: string): TuttiError {
  return new TuttiError("RUN_NOT_FOUND", `Cannot find the run "${name}": there is none yet in ${stateDir}`, {
    fix: "start one: tutti run FILE; or name the project's folder with --cwd",
  });
}

/** People also try a workflow's name, capitals, and ids with a wrong character. */
function notFound(name: string, all: readonly RunRow[]): TuttiError {
  const named = all.find((row) => row.name === name);
  if (named) {
    return new TuttiError("RUN_NOT_FOUND", `Cannot find the run "${name}": this is the name of a workflow`, {
      fix: `name one of its runs; the last is ${named.runId}`,
    });
  }
  const close = nearest(name, ["@last", ...all.map((row) => row.runId)]);
  return new TuttiError("RUN_NOT_FOUND", `Cannot find the run "${name}": no run has this id or prefix`, {
    fix: close === undefined ? "see: tutti runs; @last is the newest" : `did you mean "${close}"?`,
  });
}

export async function readEvents(
  parts: Parts,
  runId: string,
  options: ReadOptions = {},
): Promise<readonly Event[]> {
  return parts.store.read(runId, options);
}

export async function show(parts: Parts, runId: string): Promise<RunView> {
  return viewOf(await withInside(parts, await readState(parts, runId)));
}

/** What every unfinished node waits for; a run that nobody drives, though it could go on, says so itself. */
export async function why(parts: Parts, runId: string): Promise<readonly Reason[]> {
  const state = await withInside(parts, await readState(parts, runId));
  const row = await findRun(parts, runId);
  const reasons = await reasonsWith(parts, state);
  const lacks = lackOf(row, state);
  if (lacks === undefined) return reasons;
  const left = shownStatus(row) === "interrupted" ? reasons.map(interrupted) : reasons;
  return [{ address: "", waitsFor: lacks, fix: `tutti resume ${runId}` }, ...left];
}

/** What was at work is not any more. */
function interrupted(reason: Reason): Reason {
  return reason.working ? { ...reason, working: "interrupted" } : reason;
}

/** What helps a run inside helps the step that it does: nothing else is advised there. */
async function reasonsWith(parts: Parts, state: RunState): Promise<readonly Reason[]> {
  const inside = await reasonsInside(parts, state);
  const fixOfCap = await fixAround(parts, state);
  const reasons = explain(state, parts.clock.now()).flatMap((reason) => {
    if (reason.address === "" && fixOfCap !== undefined) return [{ ...reason, fix: fixOfCap }];
    const inner = inside.get(reason.address) ?? [];
    inside.delete(reason.address);
    if (inner.length === 0) return [reason];
    const { fix: _, ...told } = reason;
    return [told, ...inner];
  });
  // of many steps not each has a line of its own
  return [...reasons, ...[...inside.values()].flat()];
}

/** What helps a run inside another that stopped at a cap, where that is for the runs around it. */
async function fixAround(parts: Parts, state: RunState): Promise<string | undefined> {
  const { limitHit } = state;
  return limitHit && adviceAround(state, limitHit, await runsAround(parts, state));
}

/** What the runs wait for that do steps of this one, as far as somebody can do something; by the address of the step. */
async function reasonsInside(parts: Parts, state: RunState): Promise<Map<string, readonly Reason[]>> {
  const waiting = [...state.live].filter(
    ({ child, phase }) => child?.status !== undefined && child.status !== "failed" && phase === "waiting",
  );
  const reasons = waiting.map(async ({ address, child }): Promise<[string, readonly Reason[]]> => {
    const inner = (await reasonsOf(parts, child?.id ?? "")).filter(
      (reason) => reason.fix !== undefined && !isOver(reason),
    );
    const told = inner.map((reason) => ({
      ...reason,
      address: `${address} (run ${child?.id ?? ""}${reason.address === "" ? "" : ` ${reason.address}`})`,
    }));
    return [address, told];
  });
  return new Map(await Promise.all(reasons));
}

async function reasonsOf(parts: Parts, runId: string): Promise<readonly Reason[]> {
  try {
    const state = await withInside(parts, await readState(parts, runId));
    return await reasonsWith(parts, state);
  } catch (error) {
    if (isTuttiError(error, "RUN_NOT_FOUND")) return [];
    throw error;
  }
}

function lackOf(row: RunRow, state: RunState): string | undefined {
  if (shownStatus(row) === "interrupted")
    return "a process: nobody drives it now, because the last one ended or does not answer";
  if (row.owner !== undefined || state.status !== "waiting") return undefined;
  const timed = [...state.live].some(
    // a deadline for others holds also when nobody watches it
    (node) => (node.dueAt !== undefined && !node.ask && node.signal === undefined) || nextEscalation(node),
  );
  return timed ? "a process to watch the time: none drives it" : undefined;
}
