import { fold } from "../core/apply.ts";
import type { Event } from "../core/events.ts";
import type { RunState } from "../core/state.ts";
import { TuttiError } from "../errors.ts";
import { isObject } from "../expression/json.ts";
import type { NewRun } from "../ports/run-store.ts";
import type { StreamId } from "../ports/stream-store.ts";
import type { Parts } from "./parts.ts";
import { stateOf } from "./run-state.ts";

/** A pipeline whose records, figures and dead letters stay where its run was saved. */
export interface LeftStream extends StreamId {
  /** Nothing of it is needed to go on with the run. */
  readonly isOver: boolean;
  /** How many dead letters stay behind. */
  readonly letters: number;
}

interface Log {
  readonly run: Pick<NewRun, "runId">;
  readonly events: readonly Event[];
}

/** The pipelines of runs of which anything is kept beside the logs. */
export async function leftStreams({ streams }: Parts, logs: readonly Log[]): Promise<readonly LeftStream[]> {
  const left: LeftStream[] = [];
  for (const { run, events } of logs) {
    for (const id of await streams.streams(run.runId)) {
      const sight = await streams.look(id);
      if (!sight || !isObject(sight.head)) continue;
      const { figures } = sight.head;
      const isAtItsEnd = isObject(figures) && figures["status"] === "over";
      const isOver = isAtItsEnd || fold(events)?.status === "completed";
      left.push({ ...id, isOver, letters: sight.deadCount });
    }
  }
  return left;
}

/** Throws RUN_STATE where records would be read, and agents asked, again as if nothing had happened. */
export function requireNoneOnTheirWay(runId: string, left: readonly LeftStream[]): void {
  const unended = left.find(({ isOver }) => !isOver);
  if (!unended) return;
  throw new TuttiError(
    "RUN_STATE",
    `Cannot restore run "${runId}": records of the pipeline "${unended.address}" in run ${unended.runId} are on their way, and are not in what was saved`,
    { fix: `go on with it where it was saved (tutti resume ${runId}), or start a new run here` },
  );
}

/** Throws RUN_STATE where a pipeline has come to its end of which nothing is here. */
export async function requireRecords(parts: Parts, runId: string): Promise<void> {
  const state = await stateOf(parts, runId);
  const address = state && [...state.children.keys()].find((one) => isDonePipeline(state, one));
  if (address === undefined) return;
  throw new TuttiError(
    "RUN_STATE",
    `Cannot look at the records of "${address}" in run ${runId}: they are not here, as the run was brought here without them, or they were lost`,
    { fix: "look at them where the run was saved" },
  );
}

function isDonePipeline({ byAddress }: RunState, address: string): boolean {
  const node = byAddress.get(address);
  return node?.plan.step.action.kind === "pipeline" && node.phase === "ended" && node.outcome?.ok === true;
}
