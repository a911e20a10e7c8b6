import { outputOf, runOutput } from "../core/scope.ts";
import { isFinal, nodeAt } from "../core/state.ts";
import { TuttiError } from "../errors.ts";
import type { Json } from "../expression/json.ts";
import type { Parts } from "./parts.ts";
import { readState } from "./run-state.ts";
import { findRun, lastRunBefore } from "./runs.ts";

interface Asked {
  readonly run: string;
  readonly node: string | undefined;
  /** The run that asks: the last is the last before it. */
  readonly by: string;
}

/** What a run, or one of its nodes, came to. Throws RUN_STATE while that has not ended, and UNKNOWN_STEP. */
export async function outputOfRun(parts: Parts, { run, node, by }: Asked): Promise<Json> {
  const { runId } = run === "@last" ? await lastRunBefore(parts, by) : await findRun(parts, run);
  const state = await readState(parts, runId);
  if (node === undefined) {
    if (!isFinal(state.status)) throw notOver(`run ${runId}`, runId);
    return runOutput(state);
  }
  const found = nodeAt(state, node);
  if (!found) {
    throw new TuttiError(
      "UNKNOWN_STEP",
      `Cannot read what "${node}" came to: run ${runId} has no such node`,
      {
        fix: `see its nodes: tutti show ${runId}`,
      },
    );
  }
  if (found.phase !== "ended") throw notOver(`"${node}" of run ${runId}`, runId);
  return outputOf(state, found);
}

function notOver(what: string, runId: string): TuttiError {
  return new TuttiError("RUN_STATE", `Cannot read what ${what} came to: it has not ended`, {
    fix: `wait for it: tutti watch ${runId}`,
  });
}
