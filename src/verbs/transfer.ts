import { fold } from "../core/apply.ts";
import type { Event } from "../core/events.ts";
import { TuttiError } from "../errors.ts";
import type { NewRun } from "../ports/run-store.ts";
import type { Parts } from "./parts.ts";
import { findRun } from "./runs.ts";

/** A run as plain JSON: what it was started from and its whole log. Nothing in it points to a machine. */
export interface SavedRun {
  readonly format: "tutti-run";
  readonly version: 1;
  readonly run: NewRun;
  readonly events: readonly Event[];
}

export async function exportRun(parts: Parts, runId: string): Promise<SavedRun> {
  const { runId: id, name, createdAt, origin, source } = await findRun(parts, runId);
  return {
    format: "tutti-run",
    version: 1,
    run: { runId: id, name, createdAt, origin, source },
    events: await parts.store.read(id),
  };
}

/** Puts a saved run into this store, as it was. RUN_STATE when it is here already. */
export async function importRun(parts: Parts, saved: SavedRun): Promise<string> {
  const state = saved.format === "tutti-run" && saved.version === 1 ? fold(saved.events) : undefined;
  if (!state) {
    throw new TuttiError("BAD_VALUE", 'Cannot restore the run: this is not a state that "saveState" gave', {
      fix: "give the object unchanged, as JSON",
    });
  }
  const { runId } = saved.run;
  const rows = await parts.store.list();
  if (rows.some((row) => row.runId === runId)) {
    throw new TuttiError("RUN_STATE", `Cannot restore run "${runId}": this store has it already`, {
      fix: `go on with it: tutti resume ${runId}`,
    });
  }
  const log = await parts.store.create(saved.run, saved.events);
  await log.append([], { status: state.status });
  await log.release();
  return runId;
}
