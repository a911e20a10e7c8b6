import type { StoreFinding } from "../../ports/store-audit.ts";
import type { Connection, Row } from "./connection.ts";
import { decodePart, unseal } from "./stream-codec.ts";
import { goneText, streamCounts } from "./stream-reader.ts";

/** Pipelines of which something is gone. */
export function* inspectStreams(connection: Connection): Iterable<StoreFinding> {
  for (const row of connection.statement(`${streamCounts} ORDER BY no`).iterate()) {
    const gone = goneText(row);
    if (gone === undefined) continue;
    const runId = String(row["run_id"]);
    const address = String(row["address"]);
    yield {
      kind: "sequence-gap",
      severity: "error",
      repairable: false,
      runId,
      subject: address,
      message: `Cannot trust pipeline "${address}" of run "${runId}": of it only ${gone}`,
      fix: "put the folder back from a copy, or save what is there, after a copy, with: tutti audit --repair",
    };
  }
}

/** A text of a pipeline; `read` throws when it is not as it was written. */
export interface StreamBody {
  readonly runId: string;
  readonly what: string;
  readonly text: string;
  readonly read: () => void;
}

/** Every text of every pipeline whose run is known. */
export function* streamBodies(connection: Connection): Iterable<StreamBody> {
  for (const { sql, what, column, read } of kinds)
    for (const row of connection.statement(sql).iterate())
      yield {
        runId: String(row["run_id"]),
        what: `${what(row)} of pipeline "${String(row["address"])}"`,
        text: String(row[column]),
        read: () => void read(row),
      };
}

interface Kind {
  readonly sql: string;
  readonly what: (row: Row) => string;
  readonly column: string;
  readonly read: (row: Row) => unknown;
}

const kinds: readonly Kind[] = [
  {
    sql: "SELECT run_id, address, head, crc FROM streams WHERE head IS NOT NULL",
    what: () => "the head",
    column: "head",
    read: (row) => unseal(row["head"], row["crc"]),
  },
  {
    sql: "SELECT s.run_id, s.address, p.* FROM stream_parts p JOIN streams s ON s.no = p.stream",
    what: ({ queue, batch, part }) => `part ${Number(part)} of batch ${Number(batch)} in "${String(queue)}"`,
    column: "body",
    read: (row) => decodePart(row),
  },
  {
    sql: "SELECT s.run_id, s.address, l.* FROM stream_letters l JOIN streams s ON s.no = l.stream",
    what: ({ letter }) => `dead letter ${Number(letter)}`,
    column: "body",
    read: (row) => unseal(row["body"], row["crc"]),
  },
  {
    sql: "SELECT s.run_id, s.address, v.* FROM stream_values v JOIN streams s ON s.no = v.stream",
    what: ({ stage }) => `a value of "${String(stage)}"`,
    column: "value",
    read: (row) => unseal(row["value"], row["crc"]),
  },
];
