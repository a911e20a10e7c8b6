import type { Connection } from "./connection.ts";
import { streamCounts } from "./stream-reader.ts";

/**
 * Keeps of each pipeline whose run is there what could be read, and lets it go on with that; gives how many records, dead
 * letters and values are known to be lost. A pipeline whose own row is lost is lost with all of them: nothing tells how
 * far it had come.
 */
export function sortStreams(target: Connection): number {
  const nameless = countOf(
    target,
    `SELECT COALESCE(SUM(count), 0) + (SELECT COUNT(*) FROM stream_letters WHERE stream NOT IN (SELECT no FROM streams))
       + (SELECT COUNT(*) FROM stream_values WHERE stream NOT IN (SELECT no FROM streams)) AS count
     FROM stream_parts WHERE stream NOT IN (SELECT no FROM streams)`,
  );
  target.exec("DELETE FROM streams WHERE run_id NOT IN (SELECT run_id FROM runs)");
  for (const table of ["stream_parts", "stream_letters", "stream_values"])
    target.exec(`DELETE FROM ${table} WHERE stream NOT IN (SELECT no FROM streams)`);
  const lost = countOf(
    target,
    `SELECT COALESCE(SUM(
       MAX(0, records - records_there) + MAX(0, dead - dead_there) + MAX(0, sums - sums_there)), 0) AS count
     FROM (${streamCounts})`,
  );
  target.exec(
    `UPDATE streams SET (records, dead, sums) = (
       SELECT records_there, dead_there, sums_there FROM (${streamCounts}) c WHERE c.no = streams.no)`,
  );
  return nameless + lost;
}

function countOf(target: Connection, sql: string): number {
  return Number(target.statement(sql).get()?.["count"]);
}
