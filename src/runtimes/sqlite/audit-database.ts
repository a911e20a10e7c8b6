import type { Event, RunStatus } from "../../core/events.ts";
import { isFinal } from "../../core/state.ts";
import { messageOf } from "../../errors.ts";
import type { ArtifactStore } from "../../ports/artifact-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { StoreFinding } from "../../ports/store-audit.ts";
import type { Connection, Row, SqlValue } from "./connection.ts";
import { inspectStreams, streamBodies, type StreamBody } from "./audit-streams.ts";
import { describeOwner, isAlive } from "./leases.ts";
import { decodeAppend } from "./log-codec.ts";
import { unpack } from "./packing.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import type { Writer } from "./writer.ts";

export interface AuditParts {
  readonly connection: Connection;
  readonly writer: Writer;
  readonly artifacts: ArtifactStore;
  readonly dir: string;
  readonly clock: Clock;
  readonly identity: ProcessIdentity;
}

const salvageFix = "save what can be read of it, after a copy, with: tutti audit --repair";
const restore = `put the folder back from a copy, or ${salvageFix}`;

/** SQLite's own check of its pages and indexes. */
export function* inspectDatabase(connection: Connection): Iterable<StoreFinding> {
  for (const row of connection.statement("PRAGMA integrity_check").iterate()) {
    const detail = String(row["integrity_check"]);
    if (detail === "ok") continue;
    yield {
      kind: "database-damaged",
      severity: "error",
      repairable: false,
      subject: connection.file,
      message: `Cannot trust the database "${connection.file}": ${detail}`,
      fix: salvageFix,
    };
  }
}

/** Appends that are gone, and rows of no run. */
export function* inspectRows(connection: Connection): Iterable<StoreFinding> {
  const gaps = connection.statement(
    `SELECT run_id, seq FROM (SELECT run, seq, seq - LAG(seq, 1, 0) OVER (PARTITION BY run ORDER BY seq) AS step
     FROM appends) a JOIN runs r ON r.no = a.run WHERE step <> 1 ORDER BY a.run, seq`,
  );
  for (const row of gaps.iterate()) {
    const runId = String(row["run_id"]);
    yield {
      kind: "sequence-gap",
      severity: "error",
      repairable: false,
      runId,
      subject: String(row["seq"]),
      message: `Cannot trust run "${runId}": what was stored just before append ${Number(row["seq"])} is gone`,
      fix: restore,
    };
  }
  yield* inspectStreams(connection);
  for (const [table, owned] of ownedTables) yield* inspectOrphanedRows(connection, { table, ...owned });
}

/** What the rows of a table belong to. */
export interface Owned {
  /** The column that says it. */
  readonly by: string;
  /** The values that it may have. */
  readonly owners: string;
  readonly name: string;
}

const ofRun: Owned = { by: "run", owners: "SELECT no FROM runs", name: "run" };
const ofStream: Owned = {
  by: "stream",
  owners: "SELECT no FROM streams WHERE run_id IN (SELECT run_id FROM runs)",
  name: "run with pipeline",
};
export const ownedTables: ReadonlyMap<string, Owned> = new Map([
  ["appends", ofRun],
  ["messages", ofRun],
  ["streams", { by: "run_id", owners: "SELECT run_id FROM runs", name: "run" }],
  ["stream_parts", ofStream],
  ["stream_letters", ofStream],
  ["stream_values", ofStream],
]);

function* inspectOrphanedRows(
  connection: Connection,
  { table, by, owners, name }: Owned & { readonly table: string },
): Iterable<StoreFinding> {
  const rows = connection.statement(
    `SELECT ${by} AS owner, COUNT(*) AS count FROM ${table} WHERE ${by} NOT IN (${owners}) GROUP BY ${by}`,
  );
  for (const row of rows.iterate()) {
    const missing = String(row["owner"]);
    yield {
      kind: "row-without-run",
      severity: "warning",
      repairable: true,
      subject: `${table} ${missing}`,
      message: `Cannot say what ${Number(row["count"])} rows of "${table}" belong to: there is no ${name} ${missing}`,
      fix: "run: tutti audit --repair",
    };
  }
}

export interface Need {
  readonly runId: string;
  /** The step whose result or request it belongs to. */
  readonly address?: string;
}

/** What the logs and everything else refer to. */
export interface Bodies {
  readonly findings: readonly StoreFinding[];
  /** Artifacts that have to be there, with who needs them (the first that was found). */
  readonly needed: ReadonlyMap<string, Need>;
  /** Those among `needed` whose own text may name further artifacts. */
  readonly nested: ReadonlySet<string>;
  /** Artifacts that are named anywhere. */
  readonly named: ReadonlySet<string>;
}

/** Reads every append, message, cached result and record of a pipeline. */
export function inspectBodies(connection: Connection): Bodies {
  const collected = {
    findings: [] as StoreFinding[],
    needed: new Map<string, Need>(),
    nested: new Set<string>(),
    named: new Set<string>(),
  };
  const logs = connection.statement(
    "SELECT run_id, seq, body, refs FROM appends a JOIN runs r ON r.no = a.run ORDER BY a.run, a.seq",
  );
  for (const row of logs.iterate()) collectAppend(row, collected);
  const messages = connection.statement("SELECT run_id, id, body FROM messages JOIN runs ON no = run");
  for (const row of messages.iterate())
    collectText(row["body"], { row, what: `message ${row["id"]}`, collected });
  for (const row of connection.statement("SELECT key, run_id, outcome FROM results").iterate()) {
    collectText(row["outcome"], { row, what: `cached result ${row["key"]}`, collected });
  }
  const definitions = connection.statement(
    "SELECT run_id, workflow FROM runs LEFT JOIN definitions d ON d.no = definition",
  );
  for (const row of definitions.iterate())
    collectText(row["workflow"], { row, what: "the workflow", collected });
  for (const body of streamBodies(connection)) collectRecords(body, collected);
  return collected;
}

interface Collected {
  readonly findings: StoreFinding[];
  readonly needed: Map<string, Need>;
  readonly nested: Set<string>;
  readonly named: Set<string>;
}

function collectAppend(row: Row, collected: Collected): void {
  const runId = String(row["run_id"]);
  try {
    const { events, refs } = decodeAppend({ body: row["body"] ?? null, refs: row["refs"] ?? null });
    for (const { id, kind, event } of refs) {
      need(collected, { id, runId, ...addressOf(events[event]) });
      if (kind === "json") collected.nested.add(id);
    }
    for (const event of events)
      for (const id of outcomeArtifacts(event)) need(collected, { id, runId, ...addressOf(event) });
    for (const id of artifactIdsIn(unpack(row["body"]))) collected.named.add(id);
  } catch (error) {
    collected.findings.push(undecodable({ runId, what: `append ${Number(row["seq"])}`, error }));
  }
}

function need({ needed, named }: Collected, { id, ...by }: { readonly id: string } & Need): void {
  if (!needed.has(id)) needed.set(id, by);
  named.add(id);
}

function addressOf(event: Event | undefined): { readonly address?: string } {
  return event && "address" in event && event.address !== "" ? { address: event.address } : {};
}

function outcomeArtifacts(event: Event): readonly string[] {
  return event.type === "attempt.ended" ? Object.values(event.outcome?.artifacts ?? {}) : [];
}

function collectText(
  body: SqlValue | undefined,
  { row, what, collected }: { readonly row: Row; readonly what: string; readonly collected: Collected },
): void {
  try {
    const text = unpack(body);
    JSON.parse(text);
    for (const id of artifactIdsIn(text)) collected.named.add(id);
  } catch (error) {
    collected.findings.push(undecodable({ runId: String(row["run_id"]), what, error }));
  }
}

function collectRecords({ runId, what, text, read }: StreamBody, { findings, named }: Collected): void {
  try {
    read();
    for (const id of artifactIdsIn(text)) named.add(id);
  } catch (error) {
    findings.push(undecodable({ runId, what, error }));
  }
}

/** Every artifact id that a text names. */
export function artifactIdsIn(text: string): readonly string[] {
  return text.match(/sha256:[0-9a-f]{64}/g) ?? [];
}

function undecodable(found: {
  readonly runId: string;
  readonly what: string;
  readonly error: unknown;
}): StoreFinding {
  const { runId, what, error } = found;
  return {
    kind: "body-undecodable",
    severity: "error",
    repairable: false,
    runId,
    subject: what,
    message: `Cannot decode ${what} of run "${runId}": ${messageOf(error)}`,
    fix: restore,
  };
}

/**
 * Leases of unfinished runs whose holder is dead. They hinder nobody: the next `open` follows them. That of a run
 * that has ended means nothing: its process was killed between the end and giving it back.
 */
export function* inspectLeases({ connection, clock, identity }: AuditParts): Iterable<StoreFinding> {
  const held = connection.statement(
    `SELECT r.run_id, r.status, r.since, h.* FROM runs r
     LEFT JOIN holders h ON h.id = r.holder WHERE r.holder IS NOT NULL ORDER BY r.no`,
  );
  for (const row of held.iterate()) {
    const isUnknown = row["pid"] === null;
    if (!isUnknown && isAlive(row, { clock, identity })) continue;
    if (isFinal(String(row["status"]) as RunStatus)) continue;
    const runId = String(row["run_id"]);
    const who = isUnknown ? "an unknown process" : describeOwner(row);
    yield {
      kind: "lease-stale",
      severity: "warning",
      repairable: true,
      runId,
      subject: runId,
      message: `Cannot find the process that drove run "${runId}": ${who} is gone`,
      fix: `run: tutti resume ${runId}`,
    };
  }
}

/**
 * What makes a database one to be salvaged: its own check fails, or rows are gone or cannot be read, so that some runs
 * cannot go on. Undefined for one that is whole.
 */
export function firstDamage(connection: Connection): string | undefined {
  const [damage] = inspectDatabase(connection);
  // the check lists a hundred faults at once, and the first one says enough
  if (damage) return damage.message.split("\n").slice(0, 2).join(" ");
  const gap = [...inspectRows(connection)].find(({ severity }) => severity === "error");
  return (gap ?? inspectBodies(connection).findings[0])?.message;
}
