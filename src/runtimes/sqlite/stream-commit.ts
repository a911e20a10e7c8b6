import type { StreamChange, StreamValue } from "../../ports/stream-store.ts";
import { leaseLostError, partExistsError } from "../store-errors.ts";
import type { Connection } from "./connection.ts";
import { encodePart, seal, type EncodedPart, type Sealed } from "./stream-codec.ts";
import { Refused } from "./writer.ts";

/** A stream as it was opened: whoever opens it next has a higher epoch, which ends this one. */
export interface StreamKey {
  readonly no: number;
  readonly epoch: number;
  readonly runId: string;
  readonly address: string;
}

/** A change as it is stored, made when it is given: its job may run later and more than once. */
export interface EncodedChange {
  readonly head: Sealed;
  readonly remove: NonNullable<StreamChange["remove"]>;
  readonly put: readonly EncodedPart[];
  readonly dead: readonly (Sealed & { readonly at: number })[];
  readonly revived: readonly number[];
  readonly values: readonly EncodedValue[];
}

interface EncodedValue {
  readonly stage: string;
  readonly key: string;
  /** Undefined: it is forgotten. */
  readonly value: Sealed | undefined;
}

export function encodeChange(change: StreamChange): EncodedChange {
  const { head, remove = [], put = [], dead = [], revived = [], values = [] } = change;
  return {
    head: seal(head),
    remove: remove.map(({ queue, batch }) => ({ queue, batch })),
    // a part without records would be a batch that is not there
    put: put.filter(({ records }) => records.length > 0).map(encodePart),
    dead: dead.map((letter) => ({ at: letter.at, ...seal(letter) })),
    revived: [...revived],
    values: values.map(encodeValue),
  };
}

function encodeValue({ stage, key, value }: StreamValue): EncodedValue {
  return { stage, key, value: value === null ? undefined : seal(value) };
}

interface Storing {
  readonly stream: StreamKey;
  readonly change: EncodedChange;
}

/** The job that stores one change; refuses with LEASE_LOST when another has opened the stream, or it was removed. */
export function storeChange(connection: Connection, { stream, change }: Storing): void {
  const { no, epoch, runId } = stream;
  const held = connection.statement("SELECT letters FROM streams WHERE no = ? AND epoch = ?").get(no, epoch);
  if (!held) throw new Refused(leaseLostError(runId));
  const letters = Number(held["letters"]);
  const records = storeParts(connection, { no, change });
  const dead = storeLetters(connection, { no, change, letters });
  const sums = storeValues(connection, { no, change });
  connection
    .statement(
      `UPDATE streams SET head = ?2, crc = ?3, records = records + ?4, letters = letters + ?5, dead = dead + ?6,
         sums = sums + ?7 WHERE no = ?1`,
    )
    .run(no, change.head.text, change.head.crc, records, change.dead.length, dead, sums);
}

interface Part {
  readonly no: number;
  readonly change: EncodedChange;
}

/** These give how many more there are than before. */
function storeParts(connection: Connection, { no, change }: Part): number {
  const removal = connection.statement(
    "DELETE FROM stream_parts WHERE stream = ? AND queue = ? AND batch = ? RETURNING count",
  );
  const insertion = connection.statement(
    `INSERT OR IGNORE INTO stream_parts (stream, queue, batch, part, at, count, nos, body, crc)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  let more = 0;
  for (const { queue, batch } of change.remove)
    for (const row of removal.all(no, queue, batch)) more -= Number(row["count"]);
  for (const { queue, batch, part, at, count, nos, body, crc } of change.put) {
    const { changes } = insertion.run(no, queue, batch, part, at, count, nos, body, crc);
    if (changes === 0) throw partExistsError({ queue, batch, part });
    more += count;
  }
  return more;
}

function storeLetters(
  connection: Connection,
  { no, change, letters }: Part & { readonly letters: number },
): number {
  const removal = connection.statement("DELETE FROM stream_letters WHERE stream = ? AND letter = ?");
  const insertion = connection.statement(
    "INSERT INTO stream_letters (stream, letter, at, body, crc) VALUES (?, ?, ?, ?, ?)",
  );
  let more = change.dead.length;
  for (const letter of change.revived) more -= removal.run(no, letter).changes;
  for (const [index, { at, text, crc }] of change.dead.entries())
    insertion.run(no, letters + index + 1, at, text, crc);
  return more;
}

function storeValues(connection: Connection, { no, change }: Part): number {
  const removal = connection.statement(
    "DELETE FROM stream_values WHERE stream = ? AND stage = ? AND key = ?",
  );
  const update = connection.statement(
    "UPDATE stream_values SET value = ?4, crc = ?5 WHERE stream = ?1 AND stage = ?2 AND key = ?3",
  );
  const insertion = connection.statement(
    "INSERT INTO stream_values (stream, stage, key, value, crc) VALUES (?, ?, ?, ?, ?)",
  );
  let more = 0;
  for (const { stage, key, value } of change.values) {
    if (!value) more -= removal.run(no, stage, key).changes;
    else if (update.run(no, stage, key, value.text, value.crc).changes === 0)
      more += insertion.run(no, stage, key, value.text, value.crc).changes;
  }
  return more;
}
