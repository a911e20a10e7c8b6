import type { Json } from "../../expression/json.ts";
import type {
  DeadLetter,
  KeptQueue,
  KeptStream,
  NewDeadLetter,
  StoredBatch,
  StreamId,
  StreamSight,
} from "../../ports/stream-store.ts";
import type { Connection, Row } from "./connection.ts";
import { damagedError } from "./sqlite-errors.ts";
import { decodePart, unseal } from "./stream-codec.ts";
import type { StreamKey } from "./stream-commit.ts";

/** What every stream says of itself beside what is there of it; they differ where rows are gone. */
export const streamCounts = `SELECT no, run_id, address, records, dead, sums,
    (SELECT COALESCE(SUM(count), 0) FROM stream_parts WHERE stream = s.no) AS records_there,
    (SELECT COUNT(*) FROM stream_letters WHERE stream = s.no) AS dead_there,
    (SELECT COUNT(*) FROM stream_values WHERE stream = s.no) AS sums_there
  FROM streams s`;

/** What is gone of a stream, in words; undefined when nothing is. */
export function goneText(row: Row): string | undefined {
  const kinds = { records: "records", dead: "dead letters", sums: "values" };
  const gone = Object.entries(kinds).flatMap(([column, name]) => {
    const [said, there] = [row[column], row[`${column}_there`]].map(Number);
    return said === there ? [] : [`${there} of ${said} ${name} are there`];
  });
  return gone.length === 0 ? undefined : gone.join(", ");
}

/** STORE_DAMAGED when not all of it is there: who goes on with less would lose records without a word. */
export function readKept(connection: Connection, stream: StreamKey): KeptStream | undefined {
  const { no } = stream;
  const row = connection.statement("SELECT head, crc FROM streams WHERE no = ?").get(no);
  if (!row || row["head"] === null) return undefined;
  const counts = connection.statement(`${streamCounts} WHERE no = ?`).get(no);
  const gone = counts && goneText(counts);
  if (gone !== undefined)
    throw damagedError({ file: connection.file, detail: `of ${nameOf(stream)} only ${gone}` });
  return {
    head: readHead(connection, { row, stream }),
    queues: readQueues(connection, no),
    values: connection
      .statement("SELECT stage, key, value, crc FROM stream_values WHERE stream = ? ORDER BY stage, key")
      .all(no)
      .map((value) => readValue(connection, { row: value, stream })),
  };
}

function readQueues(connection: Connection, no: number): readonly KeptQueue[] {
  const rows = connection
    .statement(
      `SELECT q.queue, first, last, q.count, SUM(l.count) AS last_count, MAX(l.part) + 1 AS last_parts
       FROM (SELECT queue, MIN(batch) AS first, MAX(batch) AS last, SUM(count) AS count
             FROM stream_parts WHERE stream = ?1 GROUP BY queue) q
       JOIN stream_parts l ON l.stream = ?1 AND l.queue = q.queue AND l.batch = q.last
       GROUP BY q.queue ORDER BY q.queue`,
    )
    .all(no);
  return rows.map((row) => ({
    queue: String(row["queue"]),
    first: Number(row["first"]),
    last: Number(row["last"]),
    count: Number(row["count"]),
    lastCount: Number(row["last_count"]),
    lastParts: Number(row["last_parts"]),
  }));
}

interface Page {
  readonly stream: StreamKey;
  readonly queue: string;
  readonly from: number;
  readonly most: number;
}

export function readBatches(
  connection: Connection,
  { stream, queue, from, most }: Page,
): readonly StoredBatch[] {
  const rows = connection
    .statement(
      `SELECT batch, part, at, nos, body, crc FROM stream_parts
       WHERE stream = ?1 AND queue = ?2 AND batch >= ?3 AND batch <= (
         SELECT MAX(batch) FROM (
           SELECT DISTINCT batch FROM stream_parts WHERE stream = ?1 AND queue = ?2 AND batch >= ?3
           ORDER BY batch LIMIT ?4))
       ORDER BY batch, part`,
    )
    .all(stream.no, queue, from, most);
  const byBatch = Map.groupBy(rows, (row) => Number(row["batch"]));
  return [...byBatch].map(([batch, parts]) => ({
    batch,
    at: Number(parts[0]?.["at"]),
    records: parts.flatMap((row) => {
      const what = `part ${Number(row["part"])} of batch ${batch} in "${queue}"`;
      return readable(connection, { what, stream, read: () => decodePart(row) });
    }),
  }));
}

export function readSight(connection: Connection, id: StreamId): StreamSight | undefined {
  const row = connection
    .statement("SELECT head, crc, dead FROM streams WHERE run_id = ? AND address = ? AND head IS NOT NULL")
    .get(id.runId, id.address);
  return row && { head: readHead(connection, { row, stream: id }), deadCount: Number(row["dead"]) };
}

export interface LetterPage {
  readonly id: StreamId;
  readonly after: number;
  readonly most: number;
}

export function readLetters(connection: Connection, { id, after, most }: LetterPage): readonly DeadLetter[] {
  const rows = connection
    .statement(
      `SELECT letter, body, crc FROM stream_letters
       WHERE stream = (SELECT no FROM streams WHERE run_id = ? AND address = ?) AND letter > ?
       ORDER BY letter LIMIT ?`,
    )
    .all(id.runId, id.address, after, most);
  return rows.map((row) => {
    const letter = Number(row["letter"]);
    const read = (): NewDeadLetter => unseal(row["body"], row["crc"]) as unknown as NewDeadLetter;
    return { letter, ...readable(connection, { what: `dead letter ${letter}`, stream: id, read }) };
  });
}

interface OfRow {
  readonly row: Row;
  readonly stream: StreamId;
}

function readHead(connection: Connection, { row, stream }: OfRow): Json {
  return readable(connection, { what: "the head", stream, read: () => unseal(row["head"], row["crc"]) });
}

function readValue(connection: Connection, { row, stream }: OfRow): KeptStream["values"][number] {
  const [stage, key] = [String(row["stage"]), String(row["key"])];
  const read = (): Json => unseal(row["value"], row["crc"]);
  return { stage, key, value: readable(connection, { what: `a value of "${stage}"`, stream, read }) };
}

interface Decoding<T> {
  readonly what: string;
  readonly stream: StreamId;
  readonly read: () => T;
}

/** STORE_DAMAGED for what cannot be decoded. */
function readable<T>(connection: Connection, { what, stream, read }: Decoding<T>): T {
  try {
    return read();
  } catch (cause) {
    const detail = `${what} of ${nameOf(stream)} cannot be decoded`;
    throw damagedError({ file: connection.file, detail, cause });
  }
}

function nameOf({ runId, address }: StreamId): string {
  return `pipeline "${address}" of run "${runId}"`;
}
