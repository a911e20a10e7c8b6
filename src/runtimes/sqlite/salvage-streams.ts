import type { Connection } from "./connection.ts";
import type { Copied } from "./salvage-rows.ts";
import { streamCounts } from "./stream-reader.ts";

const tables = ["stream_parts", "stream_letters", "stream_values"];

/** What was lost of pipelines. */
interface SortedStreams {
  /** How many records, dead letters and values are known to be lost. */
  readonly records: number;
  /** How many rows were given up, because some of them may have been deleted long ago. */
  readonly doubtful: number;
}

/**
 * Keeps of each pipeline whose run is there what could be read, and lets it go on with that. A pipeline whose own row is lost
 * is lost with all that belongs to it: nothing tells how far it had come. Where rows may be there that were deleted, only
 * those pipelines are kept of which just as much is there as they say themselves.
 */
export function sortStreams(
  target: Connection,
  { isPresent, disputedStreams }: Pick<Copied, "isPresent" | "disputedStreams">,
): SortedStreams {
  if (!isPresent) dropDoubtful(target, disputedStreams);
  const rest = isPresent
    ? { records: nameless(target), doubtful: 0 }
    : { records: 0, doubtful: rowsWithoutStream(target) };
  target.exec("DELETE FROM streams WHERE run_id NOT IN (SELECT run_id FROM runs)");
  for (const table of tables)
    target.exec(`DELETE FROM ${table} WHERE stream NOT IN (SELECT no FROM streams)`);
  const records = rest.records + missing(target);
  target.exec(
    `UPDATE streams SET (records, dead, sums) = (
       SELECT records_there, dead_there, sums_there FROM (${streamCounts}) c WHERE c.no = streams.no)`,
  );
  return { ...rest, records };
}

function dropDoubtful(target: Connection, disputed: ReadonlySet<number>): void {
  const drop = target.statement("DELETE FROM streams WHERE no = ?");
  for (const no of disputed) drop.run(no);
  target.exec(
    `DELETE FROM streams WHERE no IN (
       SELECT no FROM (${streamCounts})
       WHERE records <> records_there OR dead <> dead_there OR sums <> sums_there)`,
  );
}

/** What is there of pipelines whose own row is lost. */
function nameless(target: Connection): number {
  const [parts] = tables;
  const others = tables.slice(1).map((table) => orphans(table, "COUNT(*)"));
  return countOf(target, [orphans(parts ?? "", "COALESCE(SUM(count), 0)"), ...others]);
}

function rowsWithoutStream(target: Connection): number {
  return countOf(
    target,
    tables.map((table) => orphans(table, "COUNT(*)")),
  );
}

function orphans(table: string, count: string): string {
  return `SELECT ${count} FROM ${table} WHERE stream NOT IN (SELECT no FROM streams)`;
}

function missing(target: Connection): number {
  const each = "MAX(0, records - records_there) + MAX(0, dead - dead_there) + MAX(0, sums - sums_there)";
  return countOf(target, [`SELECT COALESCE(SUM(${each}), 0) FROM (${streamCounts})`]);
}

function countOf(target: Connection, queries: readonly string[]): number {
  const sum = queries.map((query) => `(${query})`).join(" + ");
  return Number(target.statement(`SELECT ${sum} AS count`).get()?.["count"]);
}
