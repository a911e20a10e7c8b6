import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openTutti } from "../src/engine.ts";
import type { WorkflowFunction } from "../src/executors/function/function.ts";
import type { Source } from "../src/verbs/load.ts";
import type { RunHandle } from "../src/verbs/run-handle.ts";
import type { Tutti } from "../src/verbs/tutti.ts";

/** The state folder of an engine in `dir`, and its database. */
export function stateOf(dir: string): { readonly home: string; readonly database: string } {
  const home = join(dir, ".tutti");
  return { home, database: join(home, "tutti.db") };
}

/** The engine as a program that embeds it opens it: SQLite on disk, function steps `work` that do nothing. */
export function openEngine(
  dir: string,
  functions: Readonly<Record<string, WorkflowFunction>> = {},
): Promise<Tutti> {
  return openTutti({
    cwd: dir,
    home: stateOf(dir).home,
    functions: { work: async () => null, ...functions },
  });
}

export interface Flat {
  readonly steps: number;
  /** How many at once; one after another when absent. */
  readonly parallel?: number;
  /** False: in memory only. */
  readonly saveState?: boolean;
}

/** A workflow of function steps that do nothing and need nothing. */
export function flatDefinition({ steps, parallel, saveState = true }: Flat): object {
  return {
    name: `flat-${steps}`,
    save_state: saveState,
    limits: { parallel: parallel ?? 1 },
    chain: {
      parallel_where_possible: parallel !== undefined,
      steps: Array.from({ length: steps }, (_, index) => ({ name: `s${index}`, function: "work" })),
    },
  };
}

export function loadFlat(tutti: Tutti, flat: Flat): Promise<Source> {
  return tutti.load({ kind: "object", value: flatDefinition(flat) });
}

/** Runs it; gives the ms from the moment there was a handle until `completed` was durable. */
export async function timeRun(tutti: Tutti, source: Source): Promise<number> {
  const handle = await tutti.start(source);
  const startMs = performance.now();
  return (await completionOf(handle)) - startMs;
}

/** When `completed` became durable; rejects when the run ends otherwise. */
export async function completionOf(handle: RunHandle): Promise<number> {
  let atMs = Number.NaN;
  handle.on((news) => {
    if (news.kind !== "events") return;
    const last = news.events.at(-1);
    if (last?.type === "run.status" && last.to === "completed") atMs = performance.now();
  });
  const { status } = await handle.done;
  if (status !== "completed") throw new Error(`run "${handle.id}" ended ${status}`);
  return atMs;
}

/** Mean bytes that one step of a sequence leaves in the log: one append a step, so a row a step. */
export function bytesOfAppend(dir: string): number {
  const database = new DatabaseSync(stateOf(dir).database, { readOnly: true });
  try {
    const row = database.prepare("SELECT AVG(LENGTH(body)) AS bytes FROM appends WHERE seq > 1").get();
    return Math.round(Number(row?.["bytes"]));
  } finally {
    database.close();
  }
}
