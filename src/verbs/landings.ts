import { fold } from "../core/apply.ts";
import type { Event } from "../core/events.ts";
import { isFinal } from "../core/state.ts";
import type { TreesState } from "../core/workspace.ts";
import type { LandingNow, LandingRecord } from "../ports/landing.ts";
import { baseOf } from "./land.ts";
import type { Parts } from "./parts.ts";
import { signalOf, type Stoppable, tipOf } from "./run-trees.ts";

/** Where a run has landed, and what the branch has of it now. */
export interface ListedLanding extends Omit<LandingRecord, "commits" | "tip">, LandingNow {}

/** Where a run has landed, the newest landing last; nothing where its work lands in no branch. */
export async function listLandings(
  parts: Parts,
  runId: string,
  options: Stoppable = {},
): Promise<readonly ListedLanding[]> {
  const found = await recordsNow(parts, runId, options);
  return found.map(({ tip: _, ...landing }) => landing);
}

/** Names of the branches that each of these runs has landed on, the last one last. */
export async function branchesLandedOn(
  { landing }: Parts,
  runIds: readonly string[],
  options: Stoppable = {},
): Promise<ReadonlyMap<string, readonly string[]>> {
  const records = Map.groupBy(await landing.records(runIds, signalOf(options)), ({ runId }) => runId);
  return new Map([...records].map(([runId, found]) => [runId, found.map(({ branch }) => branch)]));
}

type RecordNow = Omit<LandingRecord, "commits"> & LandingNow;

async function recordsNow(parts: Parts, runId: string, options: Stoppable): Promise<readonly RecordNow[]> {
  const { landing } = parts;
  const signal = signalOf(options);
  const records = await landing.records([runId], signal);
  return Promise.all(records.map(async (record) => ({ ...record, ...(await landing.look(record, signal)) })));
}

interface OfRun {
  readonly runId: string;
  readonly events: readonly Event[];
}

/**
 * Files that would come to a branch and that none has got from it yet; empty where there is nothing to land, and of a run that has not
 * ended. Where the branch is gone that it landed on, its work counts as taken.
 */
export async function filesToLand(
  parts: Parts,
  { runId, events }: OfRun,
  options: Stoppable = {},
): Promise<readonly string[]> {
  const state = fold(events);
  if (!state?.trees || !isFinal(state.status)) return [];
  const { trees } = state;
  if (trees.origin.place.runId !== runId || trees.origin.mode === "shared") return [];
  const to = tipOf(trees).commit;
  const from = await landedTip(parts, { runId, events, trees }, options);
  if (to === from) return [];
  const { files } = await parts.checkpoints.difference({ from, to }, signalOf(options));
  return files.map(({ path }) => path);
}

/** The checkpoint up to which it has landed, wherever that was; where it began when nothing has. */
async function landedTip(
  parts: Parts,
  { runId, events, trees }: OfRun & { readonly trees: TreesState },
  options: Stoppable,
): Promise<string> {
  const landed = (await recordsNow(parts, runId, options)).filter(({ now }) => now !== "taken-out");
  const whole = landed.find(({ tip }) => tip === tipOf(trees).commit);
  return (whole ?? landed.at(-1))?.tip ?? baseOf(parts, { events, base: trees.origin.base });
}
