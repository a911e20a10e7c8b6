import { fold } from "../core/apply.ts";
import type { RunState } from "../core/state.ts";
import { isTuttiError, TuttiError } from "../errors.ts";
import type { Parts } from "./parts.ts";

/** A run as its log says; undefined: there is none here, or its log does not begin with run.created. */
export async function stateOf({ store }: Parts, runId: string): Promise<RunState | undefined> {
  try {
    return fold(await store.read(runId));
  } catch (error) {
    if (isTuttiError(error, "RUN_NOT_FOUND")) return undefined;
    throw error;
  }
}

/** The same for a run that has to be there: throws RUN_NOT_FOUND or STORE_DAMAGED. */
export async function readState({ store }: Parts, runId: string): Promise<RunState> {
  const state = fold(await store.read(runId));
  if (!state) throw damaged(runId);
  return state;
}

export function damaged(runId: string): TuttiError {
  return new TuttiError(
    "STORE_DAMAGED",
    `Cannot read run "${runId}": its log does not begin with run.created`,
    {
      fix: "tutti audit --repair",
    },
  );
}
