import { TuttiError } from "../errors.ts";

/** The refusals that every store gives alike. */
export function runNotFoundError(runId: string): TuttiError {
  return new TuttiError("RUN_NOT_FOUND", `Cannot find run "${runId}": no run has this id`, {
    fix: "list the runs with: tutti runs",
  });
}

export function runExistsError(runId: string): TuttiError {
  return new TuttiError("INTERNAL", `Cannot create run "${runId}": a run with this id exists`, {
    fix: "report this as a bug",
  });
}

export function runOwnedError(runId: string, owner: string): TuttiError {
  return new TuttiError("RUN_OWNED", `Cannot open run "${runId}": ${owner} drives it`, {
    fix: `watch it with: tutti watch ${runId}; or stop it with: tutti pause ${runId}`,
  });
}

export function leaseLostError(runId: string): TuttiError {
  return new TuttiError("LEASE_LOST", `Cannot go on with run "${runId}": another process took it over`, {
    fix: `see how it goes on there: tutti watch ${runId}`,
  });
}

export function storeFullError(place: string, cause?: unknown): TuttiError {
  return new TuttiError("STORE_FULL", `Cannot write "${place}": the disk is full`, {
    fix: "free some space, then resume the run, or start it when it had not begun (what had finished is stored)",
    cause,
  });
}

export function removedError(place: string, cause?: unknown): TuttiError {
  return new TuttiError(
    "STORE_DAMAGED",
    `Cannot write "${place}": its folder was removed while runs were going`,
    {
      fix: "put the folder back from a copy and resume the run, or start it anew; leave it while runs are going",
      cause,
    },
  );
}

export function artifactMissingError(id: string, detail: string): TuttiError {
  return new TuttiError("ARTIFACT_MISSING", `Cannot read artifact "${id}": ${detail}`, {
    fix: "run: tutti audit (it names what refers to it)",
  });
}

export function failedResultError(key: string): TuttiError {
  return new TuttiError("INTERNAL", `Cannot cache "${key}": it is the result of a failed step`, {
    fix: "report this as a bug",
  });
}

export function brokenRecordError(queue: string): TuttiError {
  return new TuttiError("INTERNAL", `Cannot keep a record for "${queue}": its text has a line break`, {
    fix: "report this as a bug",
  });
}

export function partExistsError(place: {
  readonly queue: string;
  readonly batch: number;
  readonly part: number;
}): TuttiError {
  const { queue, batch, part } = place;
  return new TuttiError(
    "INTERNAL",
    `Cannot put part ${part} of batch ${batch} into "${queue}": it is there already`,
    { fix: "report this as a bug" },
  );
}
