import type { Event, RunStatus } from "../../core/events.ts";
import { isTuttiError, TuttiError } from "../../errors.ts";
import type { ArtifactStore } from "../../ports/artifact-store.ts";
import type { RunRow } from "../../ports/run-store.ts";
import { runNotFoundError } from "../store-errors.ts";
import type { Connection, Row } from "./connection.ts";
import { putWorkflowBack } from "./definitions.ts";
import type { Leases, RunKey } from "./leases.ts";
import {
  decodeAppend,
  hasStandIn,
  missingText,
  putBack,
  type DecodedAppend,
  type LargeRef,
} from "./log-codec.ts";
import { unpack } from "./packing.ts";
import { damagedError } from "./sqlite-errors.ts";

export interface ReadParts {
  readonly connection: Connection;
  readonly artifacts: ArtifactStore;
}

/** The row number of a run; RUN_NOT_FOUND as a value, so that jobs can refuse with it. */
export function findRun(connection: Connection, runId: string): RunKey | TuttiError {
  const row = runNo(connection, runId);
  return row ? { no: Number(row["no"]), runId } : runNotFoundError(runId);
}

function runNo(connection: Connection, runId: string): Row | undefined {
  return connection.statement("SELECT no FROM runs WHERE run_id = ?").get(runId);
}

/**
 * All events of a run, in order. Where an artifact is lost, `lenient` puts `missingText` in its place if the field
 * can hold it, because a person still wants to see the rest (`tutti audit` lists what is lost); otherwise
 * ARTIFACT_MISSING, because a run that is driven must not take those words for the value.
 */
export async function readEvents(parts: ReadParts, reading: Reading): Promise<readonly Event[]> {
  return (await readAppends(parts, reading)).flatMap((append) => append.events);
}

export interface Reading {
  readonly run: RunKey;
  readonly lenient: boolean;
  /** Is told the words that stand for each value that is lost. */
  readonly onLost?: (text: string) => void;
  /** So many appends from the beginning are left out. */
  readonly afterSeq?: number;
}

/** The same, append by append. */
export async function readAppends(
  parts: ReadParts,
  { run, lenient, onLost, afterSeq = 0 }: Reading,
): Promise<readonly DecodedAppend[]> {
  const rows = readRows(parts.connection, { run, afterSeq });
  const decoded = rows.map((row) => decodeRow(row, { run, file: parts.connection.file }));
  if (afterSeq === 0) putWorkflowBack(parts.connection, { runId: run.runId, first: decoded[0]?.events[0] });
  for (const append of decoded) {
    for (const ref of append.refs) {
      const bytes = await fetchValue(parts, { ref, run, lenient });
      putBack(append, ref, bytes);
      if (!bytes) onLost?.(missingText(ref));
    }
  }
  return decoded;
}

/**
 * The appends of a run. SQLite keeps no checksums: a damaged page can make it end early without an error, so what it
 * gives going forward has to fit what it finds coming from the end.
 */
function readRows(
  connection: Connection,
  { run, afterSeq }: { readonly run: RunKey; readonly afterSeq: number },
): readonly Row[] {
  // the end first: another process may append between the two, and more rows than that are no loss
  const last = connection.statement("SELECT MAX(seq) AS seq FROM appends WHERE run = ?").get(run.no);
  const rows = connection
    .statement("SELECT seq, body, refs FROM appends WHERE run = ? AND seq > ? ORDER BY seq")
    .all(run.no, afterSeq);
  const lastSeq = Number(last?.["seq"] ?? 0);
  const isWhole =
    rows.every((row, index) => row["seq"] === afterSeq + index + 1) &&
    afterSeq + rows.length >= lastSeq &&
    lastSeq >= afterSeq;
  if (isWhole) return rows;
  throw damagedError({ file: connection.file, detail: `appends of run "${run.runId}" are gone` });
}

function decodeRow(row: Row, { run, file }: { readonly run: RunKey; readonly file: string }): DecodedAppend {
  try {
    return decodeAppend({ body: row["body"] ?? null, refs: row["refs"] ?? null });
  } catch (cause) {
    const detail = `append ${Number(row["seq"])} of run "${run.runId}" cannot be decoded`;
    throw damagedError({ file, detail, cause });
  }
}

interface Fetching {
  readonly ref: LargeRef;
  readonly run: RunKey;
  readonly lenient: boolean;
}

async function fetchValue(
  { artifacts }: ReadParts,
  { ref, run, lenient }: Fetching,
): Promise<Uint8Array | undefined> {
  try {
    return await artifacts.get(ref.id);
  } catch (cause) {
    if (!isTuttiError(cause, "ARTIFACT_MISSING")) throw cause;
    if (lenient && hasStandIn(ref)) return undefined;
    const what = ref.path.join(".");
    throw new TuttiError(
      "ARTIFACT_MISSING",
      `Cannot read run "${run.runId}": its ${what} (${ref.id}) is gone or damaged`,
      {
        fix: "put the file back from a copy of the folder, or start the run anew; tutti audit lists what is lost",
        cause,
      },
    );
  }
}

export interface ListFilter {
  readonly status?: readonly RunStatus[];
  readonly prefix?: string;
  readonly limit?: number;
}

/** The newest run first. */
export async function listRuns(
  parts: ReadParts & { readonly leases: Leases },
  { status, prefix = "", limit }: ListFilter,
): Promise<readonly RunRow[]> {
  const rows = parts.connection
    .statement(
      `SELECT r.*, d.source, 
         (SELECT at FROM appends WHERE run = r.no ORDER BY seq DESC LIMIT 1) AS updated_at
       FROM runs r LEFT JOIN definitions d ON d.no = r.definition
       WHERE (?1 IS NULL OR status IN (SELECT value FROM json_each(?1)))
         AND substr(run_id, 1, length(?3)) = ?3
       ORDER BY created_at DESC, r.no DESC LIMIT ?2`,
    )
    .all(status ? JSON.stringify(status) : null, limit ?? -1, prefix);
  return rows.map((row) => runRow(parts, row));
}

function runRow({ leases }: { readonly leases: Leases }, row: Row): RunRow {
  const owner = leases.ownerOf(Number(row["no"]));
  return {
    runId: String(row["run_id"]),
    name: String(row["name"]),
    createdAt: Number(row["created_at"]),
    origin: String(row["origin"]),
    source: row["source"] === null ? "[lost]" : unpack(row["source"]),
    status: row["status"] as RunStatus,
    updatedAt: Number(row["updated_at"] ?? row["created_at"]),
    ...(owner === undefined ? {} : { owner }),
  };
}
