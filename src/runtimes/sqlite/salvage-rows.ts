import { isObject } from "../../expression/json.ts";
import type { Connection, SqlValue } from "./connection.ts";
import { unpack } from "./packing.ts";
import type { PageFile } from "./page-file.ts";
import { entriesOf, rowsOf, type PageRow } from "./page-rows.ts";
import { isSound } from "./stream-codec.ts";

type Column = (value: SqlValue | undefined) => boolean;

const whole: Column = (value) => typeof value === "number" && Number.isInteger(value);
const real: Column = (value) => typeof value === "number";
const text: Column = (value) => typeof value === "string";
const packed: Column = (value) => typeof value === "string" || value instanceof Uint8Array;
/** The row's own number: in its place lies nothing. */
const own: Column = (value) => value === null;
const orNull =
  (column: Column): Column =>
  (value) =>
    value === null || column(value);
const digest: Column = (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);

/** The tables whose rows are saved, with what lies in each column; no two of them look alike. */
const tables = {
  runs: {
    no: own,
    run_id: text,
    name: text,
    created_at: whole,
    origin: text,
    definition: whole,
    status: text,
    epoch: whole,
    holder: orNull(whole),
    since: whole,
  },
  definitions: { no: own, digest, source: packed, workflow: packed },
  appends: { no: own, run: whole, seq: whole, at: whole, body: packed, refs: orNull(text) },
  holders: { id: own, host: text, boot: text, pid: whole, started: text, expires_at: whole },
  messages: { id: own, run: whole, at: whole, body: packed },
  results: { key: text, stored_at: whole, run_id: text, address: text, outcome: packed },
  history: {
    id: own,
    key: text,
    ok: whole,
    at: whole,
    duration_ms: real,
    cost_usd: orNull(real),
    tokens: orNull(whole),
  },
  breakers: { key: text, at: whole, body: text },
  spending: {
    id: own,
    day: text,
    rehearsal: whole,
    at: whole,
    run_id: text,
    effect: text,
    what: text,
    agent: text,
    predicted_usd: orNull(real),
    state: text,
    cost_usd: orNull(real),
    tokens: whole,
    holder: orNull(whole),
  },
  decisions: {
    id: own,
    run_id: text,
    address: text,
    key: text,
    workflow: text,
    place: text,
    ways: text,
    way: text,
    good: whole,
    cost_usd: orNull(real),
    duration_ms: real,
    at: whole,
  },
  streams: {
    no: own,
    run_id: text,
    address: text,
    epoch: whole,
    letters: whole,
    records: whole,
    dead: whole,
    sums: whole,
    head: orNull(text),
    crc: whole,
  },
  stream_parts: {
    no: own,
    stream: whole,
    queue: text,
    batch: whole,
    part: whole,
    at: whole,
    count: whole,
    nos: text,
    body: text,
    crc: whole,
  },
  stream_letters: { no: own, stream: whole, letter: whole, at: whole, body: text, crc: whole },
  stream_values: { no: own, stream: whole, stage: text, key: text, value: text, crc: whole },
} satisfies Readonly<Record<string, Readonly<Record<string, Column>>>>;

type Table = keyof typeof tables;

const shapes = Object.entries(tables).map(([name, columns]) => ({
  table: name as Table,
  names: Object.keys(columns),
  columns: Object.values<Column>(columns),
}));
type Shape = (typeof shapes)[number];

/** What is saved; with a table or column that is new in the schema, it has to grow. */
export const savedTables: readonly string[] = Object.keys(tables);

/** The last column is the JSON of an object. */
const isObjectRow = (values: readonly SqlValue[]): boolean => isPackedObject(values.at(-1));
/** The last columns are so many texts and their checksum. */
const hasTexts =
  (count: number) =>
  (values: readonly SqlValue[]): boolean =>
    isSound(values.slice(-1 - count, -1), values.at(-1));

/** Of some tables, whether a row can be decoded: otherwise it is worth nothing. */
const readable: ReadonlyMap<Table, (values: readonly SqlValue[]) => boolean> = new Map([
  ["messages", isObjectRow],
  ["results", isObjectRow],
  ["breakers", isObjectRow],
  ["streams", (values) => values.at(-2) === null || hasTexts(1)(values)],
  ["stream_parts", hasTexts(2)],
  ["stream_letters", hasTexts(1)],
  ["stream_values", hasTexts(1)],
]);

/**
 * Tables whose deleted rows must not come back: without the list of free pages nobody knows which of theirs still hold.
 * (An old duration or decision does no harm; a pipeline says itself how much there is of it; and of the others no row is
 * ever deleted.)
 */
const passing: ReadonlySet<Table> = new Set(["messages", "results", "breakers"]);

/** What was found beside the rows that were copied. */
export interface Copied {
  /** Appends of which there are two that differ: none of them is to be believed. */
  readonly disputed: readonly { readonly run: number; readonly seq: number }[];
  /** The same of pipelines, by their number. */
  readonly disputedStreams: ReadonlySet<number>;
  /** True: none of the rows was deleted before. */
  readonly isPresent: boolean;
  /** By the number of a run: the last append that an index knows. */
  readonly lastSeqs: ReadonlyMap<number, number>;
  /** How many rows of these tables were given up, because they may have been deleted long ago. */
  readonly forgotten: number;
  /** How many of them could not be decoded. */
  readonly unreadable: number;
}

/** Copies every row that can be read into a new database, inside its transaction. */
export function copyRows(pages: PageFile, target: Connection): Copied {
  const disputes: Disputes = { disputed: [], disputedStreams: new Set() };
  const lastSeqs = new LastSeqs();
  const givenUp = { forgotten: 0, unreadable: 0 };
  for (let no = 1; no <= pages.count; no += 1) {
    for (const row of rowsOf(pages, no)) {
      const shape = shapes.find((one) => fits(row, one));
      const reason = shape && reasonAgainst(row, { shape, pages });
      if (reason) givenUp[reason] += 1;
      else if (shape && !insert(target, { row, shape })) noteDispute(target, { row, shape, disputes });
    }
    for (const entry of entriesOf(pages, no)) lastSeqs.note(entry);
  }
  const isPresent = pages.free !== undefined;
  return { ...disputes, isPresent, lastSeqs: lastSeqs.decided(target), ...givenUp };
}

interface Disputes {
  readonly disputed: { readonly run: number; readonly seq: number }[];
  readonly disputedStreams: Set<number>;
}

interface Placed {
  readonly row: PageRow;
  readonly shape: Shape;
}

function noteDispute(
  target: Connection,
  { row, shape, disputes }: Placed & { readonly disputes: Disputes },
): void {
  if (!isDisputed(target, { row, shape })) return;
  if (shape.table === "appends")
    disputes.disputed.push({ run: Number(row.values[1]), seq: Number(row.values[2]) });
  for (const no of streamsOf(target, { row, shape })) disputes.disputedStreams.add(no);
}

/** Why a row that was read is not to be kept. */
function reasonAgainst(
  { values }: PageRow,
  { shape, pages }: { readonly shape: Shape; readonly pages: PageFile },
): "forgotten" | "unreadable" | undefined {
  if (readable.get(shape.table)?.(values) === false) return "unreadable";
  return passing.has(shape.table) && !pages.free ? "forgotten" : undefined;
}

/** True for what is unpacked to the JSON of an object. */
export function isPackedObject(value: SqlValue | undefined): boolean {
  try {
    return isObject(JSON.parse(unpack(value)));
  } catch {
    return false;
  }
}

function fits({ values }: PageRow, { columns }: Shape): boolean {
  return values.length === columns.length && columns.every((holds, index) => holds(values[index]));
}

/** False when there is such a row already, or it breaks another rule of the table. */
function insert(target: Connection, { row, shape }: Placed): boolean {
  const { table, names, columns } = shape;
  const statement = target.statement(
    `INSERT OR IGNORE INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
  );
  const values = row.values.map((value, index) => (columns[index] === own ? row.rowid : value));
  return statement.run(...values).changes === 1;
}

/** True for a row that has the place of another; false for the same one, from a page that was left behind. */
function isDisputed(target: Connection, { row, shape }: Placed): boolean {
  const { table, names, columns } = shape;
  const same = target.statement(
    `SELECT 1 FROM ${table} WHERE ${names.map((name) => `${name} IS ?`).join(" AND ")}`,
  );
  const values = row.values.map((value, index) => (columns[index] === own ? row.rowid : value));
  return same.get(...values) === undefined;
}

/** The pipelines that a row which has the place of another makes doubtful: its own, and the other one's. */
function streamsOf(target: Connection, { row, shape }: Placed): readonly number[] {
  const [, second = null, third = null] = row.values;
  if (shape.table === "streams") {
    const other = target.statement("SELECT no FROM streams WHERE run_id = ? AND address = ?");
    return [row.rowid, Number(other.get(second, third)?.["no"] ?? row.rowid)];
  }
  if (!shape.table.startsWith("stream_")) return [];
  const other = target.statement(`SELECT stream FROM ${shape.table} WHERE no = ?`);
  return [Number(second), Number(other.get(row.rowid)?.["stream"] ?? second)];
}

/** The last append of each run by what indexes say, also about rows that are lost. */
class LastSeqs {
  readonly #sure = new Map<number, number>();
  readonly #likely = new Map<number, number>();

  /**
   * Entries of the index of appends are run, seq and row. Where the last two are equal, it may also be one of the index
   * of messages.
   */
  note(entry: readonly SqlValue[]): void {
    if (entry.length !== 3 || !entry.every(whole)) return;
    const [run, seq, row] = entry.map(Number);
    if (run === undefined || seq === undefined) return;
    const known = seq === row ? this.#likely : this.#sure;
    known.set(run, Math.max(known.get(run) ?? 0, seq));
  }

  /** An append that may only be a message counts when there is no append in its row. */
  decided(target: Connection): ReadonlyMap<number, number> {
    const last = new Map(this.#sure);
    const isThere = target.statement("SELECT 1 FROM appends WHERE no = ?");
    for (const [run, seq] of this.#likely)
      if (!isThere.get(seq)) last.set(run, Math.max(last.get(run) ?? 0, seq));
    return last;
  }
}
