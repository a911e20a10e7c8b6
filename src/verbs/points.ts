import { fold } from "../core/apply.ts";
import type { Event } from "../core/events.ts";
import type { RunState } from "../core/state.ts";
import type { CheckpointRef } from "../core/workspace.ts";
import { TuttiError } from "../errors.ts";
import { nearest } from "../expression/nearest.ts";
import type { Checkpoint } from "../ports/checkpoints.ts";

/** How somebody names a point: a node that had ended, a number or a commit; a node that was about to begin; the beginning. */
export type PointName = { readonly to: string } | { readonly before: string } | { readonly beginning: true };

/** A point in the life of a run. */
export interface Point {
  /** In words: `the end of "build/test"`, `checkpoint 3`. */
  readonly title: string;
  /** So many events of the log had happened. */
  readonly seq: number;
  /** The files then; undefined where no checkpoints are kept. */
  readonly checkpoint: CheckpointRef | undefined;
}

/** A checkpoint of the run's own tree, and how much of the log goes with it. */
export interface PlacedCheckpoint extends Checkpoint {
  readonly seq: number;
}

interface Search {
  readonly state: RunState;
  readonly events: readonly Event[];
  /** Those of the run, oldest first. */
  readonly checkpoints: readonly Checkpoint[];
}

/** The point that somebody means. Throws CHECKPOINT_UNKNOWN. */
export function pointNamed(search: Search, name: PointName): Point {
  if ("beginning" in name) return beginningOf(search);
  if ("before" in name)
    return pointIn(search, "beginning", { address: name.before, seq: startOf(search, name.before) });
  const end = endOf(search, name.to);
  if (end !== undefined) {
    const point = pointIn(search, "end", { address: name.to, seq: end });
    refuseFailed(search, { address: name.to, seq: end }, point);
    return point;
  }
  return pointOfCheckpoint(search, name.to);
}

function beginningOf(search: Search): Point {
  const seq = search.events[1]?.type === "results.taken" ? 2 : 1;
  return pointAt(search, "its beginning", seq);
}

/** What had ended well then, and nothing else, lies at the tip. */
function pointAt({ events }: Search, title: string, seq: number): Point {
  return { title, seq, checkpoint: fold(events.slice(0, seq))?.trees?.tips.get("") };
}

/** Of a node in a lane that had not landed by then there is no such point: no tree of the run's has what was done there. */
function pointIn(
  search: Search,
  what: "beginning" | "end",
  { address, seq }: { readonly address: string; readonly seq: number },
): Point {
  const lane = laneAround(search, address, seq);
  if (lane !== undefined) throw notLanded(search, address, lane);
  return pointAt(search, `the ${what} of "${address}"`, seq);
}

/** The outermost lane that the node lay in and that had not landed. */
function laneAround({ events }: Search, address: string, seq: number): string | undefined {
  const around = openLanes(fold(events.slice(0, seq))).filter(
    (lane) => lane !== address && liesAt(address, lane),
  );
  return around.toSorted((one, other) => one.length - other.length)[0];
}

/** The lanes in which something was begun that has not landed. */
export function openLanes(state: RunState | undefined): readonly string[] {
  return [...(state?.trees?.tips.keys() ?? [])].filter((lane) => lane !== "");
}

function notLanded(search: Search, address: string, lane: string): TuttiError {
  const end = endOf(search, lane);
  const numbers = `a number of: tutti checkpoints ${search.state.runId}`;
  const landed = end !== undefined && !openLanes(fold(search.events.slice(0, end))).includes(lane);
  return notThat(
    address,
    `what was done in "${lane}" had not landed by then, so that no checkpoint of the run's own tree has it`,
    landed ? `to where that had landed: --to '${lane}'; or to ${numbers}` : `go to ${numbers}`,
  );
}

/** What a node left that failed is a checkpoint, but not where the run stood then: which of the two is meant has to be said. */
function refuseFailed(
  { state, events, checkpoints }: Search,
  { address, seq }: { readonly address: string; readonly seq: number },
  { checkpoint: tip }: Point,
): void {
  const end = events[seq - 1];
  if (!tip || end?.type !== "node.ended" || end.end !== "failed") return;
  const left = events
    .slice(0, seq)
    .flatMap((event) =>
      event.type === "attempt.ended" && liesAt(event.address, address) ? [event.outcome] : [],
    )
    .at(-1)?.checkpoint;
  const own = left && checkpoints.find((one) => one.commit === left.commit && isOwn(state, one.place));
  if (!own || own.number <= tip.number) return;
  throw notThat(
    address,
    `it failed: what it left is checkpoint ${own.number}, and what had ended well by then is checkpoint ${tip.number}`,
    `say which of them: --to ${own.number}, or --to ${tip.number}`,
  );
}

function pointOfCheckpoint(search: Search, name: string): Point {
  const placed = placedCheckpoints(search);
  const wanted = /^\d{1,9}$/.test(name) ? Number(name) : undefined;
  const found =
    placed.find((one) => one.number === wanted) ??
    (/^[0-9a-f]{4,64}$/.test(name) ? byCommit(search, placed, name) : undefined);
  if (!found) throw unknown(search, name);
  const { commit, number, seq } = found;
  return { title: `checkpoint ${number}`, seq, checkpoint: { commit, number } };
}

function byCommit(
  { state, checkpoints }: Search,
  placed: readonly PlacedCheckpoint[],
  name: string,
): PlacedCheckpoint | undefined {
  const found = checkpoints.filter(({ commit }) => commit.startsWith(name));
  const [first] = found;
  if (!first) return undefined;
  if (found.some(({ commit }) => commit !== first.commit))
    throw notThat(name, "more than one checkpoint begins so", "give more of its name");
  const own = placed.find(({ commit }) => commit === first.commit);
  if (own) return own;
  throw notThat(
    name,
    `it is of the tree of "${first.place.lane}", which works for itself until it lands`,
    `see what was done there: tutti show ${state.runId} ${first.place.lane} --diff; or go back to one of: tutti checkpoints ${state.runId}`,
  );
}

/**
 * The checkpoints of the run's own tree, each with how far the log goes with it: to where the files become others, or
 * results were dropped.
 */
export function placedCheckpoints({ state, events, checkpoints }: Search): readonly PlacedCheckpoint[] {
  const own = checkpoints.filter(({ place }) => isOwn(state, place));
  const marks = marksOf(events, own);
  return own.map((one, index) => {
    const from = marks[index]?.at ?? 0;
    const next = own.findIndex((later, k) => k > index && !isCheckOf(later, one));
    const changed = next < 0 ? events.length : (marks[next]?.bound ?? events.length);
    const restarted = events.findIndex(({ type }, k) => k > from && type === "run.restarted");
    const seq = Math.min(changed, restarted < 0 ? events.length : restarted);
    return { ...one, seq: Math.max(seq, from + 1) };
  });
}

function isOwn({ trees, runId }: RunState, { runId: of, lane }: Checkpoint["place"]): boolean {
  const { place } = trees?.origin ?? { place: { runId, lane: "" } };
  return of === place.runId && lane === place.lane;
}

/** A gate ran on what the step had done. */
function isCheckOf(later: Checkpoint, { node }: Checkpoint): boolean {
  return later.kind === "WORKFLOW-QUALITY" && node !== undefined && later.node === node;
}

interface Mark {
  /** The event that tells of it, or the last before it. */
  readonly at: number;
  /** Where what was before it is over. */
  readonly bound: number;
}

/** Where in the log each of these was made; what the log does not tell is found by its time, between those it does. */
function marksOf(events: readonly Event[], own: readonly Checkpoint[]): readonly Mark[] {
  const told = toldIn(events);
  const marks: Mark[] = [];
  for (const [index, { commit, at }] of own.entries()) {
    const known = told.get(commit);
    const before = marks.at(-1)?.at ?? 0;
    const after = own.slice(index + 1).flatMap((later) => told.get(later.commit) ?? [])[0] ?? events.length;
    const mark = known ?? Math.max(before, Math.min(lastBefore(events, at), after - 1));
    marks.push({ at: mark, bound: known ?? mark + 1 });
  }
  return marks;
}

/** Commits have their times in whole seconds. */
function lastBefore(events: readonly Event[], at: number): number {
  const until = at % 1000 === 0 ? at + 999 : at;
  return events.findLastIndex((event) => event.at <= until);
}

/** Which event tells of a checkpoint first. */
function toldIn(events: readonly Event[]): ReadonlyMap<string, number> {
  const told = new Map<string, number>();
  for (const [index, event] of events.entries()) {
    const commit = toldBy(event);
    if (commit !== undefined && !told.has(commit)) told.set(commit, index);
  }
  return told;
}

function toldBy(event: Event): string | undefined {
  switch (event.type) {
    case "run.created":
      return event.workspace?.base;
    case "run.restarted":
      return event.tips?.[""]?.commit;
    case "attempt.ended":
      return event.outcome.checkpoint?.commit;
    case "gate.ended":
      return event.checkpoint?.commit;
    default:
      return undefined;
  }
}

/** Where a node ended the last time that it did work itself; undefined: there is no such node, or it has not ended. */
function endOf({ events }: Search, address: string): number | undefined {
  let end: number | undefined;
  let worked = false;
  for (const [index, event] of events.entries()) {
    if (event.type === "run.restarted") worked = false;
    if (isWork(event) && liesAt(event.address, address)) worked = true;
    if (event.type !== "node.ended" || event.address !== address) continue;
    if (worked || end === undefined) end = index + 1;
  }
  return end;
}

/** Where a node began the last time that it did work itself. */
function startOf(search: Search, address: string): number {
  const { events } = search;
  const last = events.findLastIndex((event) => isWork(event) && liesAt(event.address, address));
  if (last < 0)
    throw search.state.byAddress.has(address) ? notBegun(search, address) : unknown(search, address);
  const life = events.findLastIndex(({ type }, index) => index <= last && type === "run.restarted");
  return events.findIndex(
    (event, index) => index > life && "address" in event && liesAt(event.address, address),
  );
}

/** True for the address itself and all that lies in it. */
export function liesAt(one: string, address: string): boolean {
  return one === address || (one.startsWith(address) && /[/#[]/.test(one.charAt(address.length)));
}

const works = [
  "attempt.started",
  "wait.started",
  "ask.started",
  "gate.started",
  "gate.queued",
  "child.attached",
] as const;

type Work = Extract<Event, { readonly type: (typeof works)[number] }>;

const workTypes: ReadonlySet<Event["type"]> = new Set(works);

function isWork(event: Event): event is Work {
  return workTypes.has(event.type);
}

function notBegun({ state }: Search, address: string): TuttiError {
  return notThat(address, "it has not begun", `see how the run stands: tutti show ${state.runId}`);
}

function unknown({ state, checkpoints }: Search, name: string): TuttiError {
  const { runId } = state;
  if (state.byAddress.has(name))
    return notThat(name, "it has not ended", `to where it began: --step ${name}`);
  const close = nearest(name, [...state.byAddress.keys()]);
  const see = checkpoints.length > 0 ? `tutti checkpoints ${runId}` : `tutti show ${runId}`;
  return notThat(
    name,
    `run ${runId} has no such node${checkpoints.length > 0 ? " and no such checkpoint" : ""}`,
    close === undefined ? `see: ${see}` : `did you mean "${close}"? See: ${see}`,
  );
}

function notThat(name: string, why: string, fix: string): TuttiError {
  return new TuttiError("CHECKPOINT_UNKNOWN", `Cannot go to "${name}": ${why}`, { fix });
}
