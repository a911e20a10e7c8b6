import type { Event } from "../../core/events.ts";
import type { SalvagedRun } from "../../ports/store-audit.ts";
import { statusOf } from "../status-of.ts";
import type { Connection, Row } from "./connection.ts";
import { eventsOf, lostStatus, putRowsBack } from "./salvage-runs.ts";
import { isPackedObject, type Copied } from "./salvage-rows.ts";
import { sortStreams } from "./salvage-streams.ts";

/** What the copied rows made of, run by run. */
export interface SortedOut {
  readonly runs: number;
  readonly cut: readonly SalvagedRun[];
  readonly lost: readonly string[];
  /** How many more of them there were, whose ids are lost, too. */
  readonly nameless: number;
  /** How many records of pipelines that waited, dead letters and values are known to be lost. */
  readonly records: number;
  /** How many rows of pipelines were given up, because some of them may have been deleted long ago. */
  readonly doubtful: number;
}

/**
 * Makes logs of the rows, inside their transaction: what every run keeps is a beginning of what it had. A run is lost
 * whose first append or workflow cannot be read, or whose row, where its first append does not tell of it. Nobody holds a run afterwards, and its status is the log's.
 */
export function sortOut(target: Connection, copied: Copied): SortedOut {
  for (const { run, seq } of copied.disputed)
    target.statement("DELETE FROM appends WHERE run = ? AND seq = ?").run(run, seq);
  const lost: string[] = [];
  const cut: SalvagedRun[] = [];
  putRowsBack(target);
  const rows = target.statement("SELECT * FROM runs ORDER BY no").all();
  for (const row of rows) {
    const sorted = sortRun(target, { row, lastSeq: copied.lastSeqs.get(Number(row["no"])) ?? 0 });
    if (!sorted) lost.push(String(row["run_id"]));
    else if (sorted.isCut) cut.push(sorted.run);
  }
  const runs = rows.length - lost.length;
  const rest = theRest(target, rows);
  dropTheRest(target);
  const streams = sortStreams(target, copied);
  return { runs, cut, lost: [...lost, ...rest.names], nameless: rest.nameless, ...streams };
}

interface Sorting {
  readonly row: Row;
  /** The last append that an index knows. */
  readonly lastSeq: number;
}

/** Undefined when nothing can be kept of the run, which then has no row any more. */
function sortRun(
  target: Connection,
  { row, lastSeq }: Sorting,
): { readonly isCut: boolean; readonly run: SalvagedRun } | undefined {
  const runId = String(row["run_id"]);
  const no = Number(row["no"]);
  const hasWorkflow = isPackedObject(workflowPacked(target, row));
  const { events, seq, end } = readBeginning(target, no);
  const [first] = events;
  if (!hasWorkflow || first?.type !== "run.created" || first.runId !== runId) {
    target.statement("DELETE FROM runs WHERE no = ?").run(no);
    return undefined;
  }
  const status = statusOf(events);
  target.statement("DELETE FROM appends WHERE run = ? AND seq > ?").run(no, seq);
  target.statement("UPDATE runs SET holder = NULL, status = ? WHERE no = ?").run(status, no);
  const lost = Math.max(end, lastSeq) - seq;
  const isBehind = row["status"] !== lostStatus && row["status"] !== status;
  return { isCut: lost > 0 || isBehind, run: { runId, kept: seq, lost } };
}

function workflowPacked(target: Connection, row: Row): Row["workflow"] | undefined {
  return target.statement("SELECT workflow FROM definitions WHERE no = ?").get(row["definition"] ?? null)?.[
    "workflow"
  ];
}

interface Beginning {
  readonly events: readonly Event[];
  /** The last append that can be kept. */
  readonly seq: number;
  /** The last one of which there is a row. */
  readonly end: number;
}

/** As far as appends follow each other and can be read. Of events only what is asked of them here is kept in memory. */
function readBeginning(target: Connection, run: number): Beginning {
  const rows = target.statement("SELECT seq, body, refs FROM appends WHERE run = ? ORDER BY seq");
  const events: Event[] = [];
  let seq = 0;
  let end = 0;
  let isWhole = true;
  for (const row of rows.iterate(run)) {
    end = Number(row["seq"]);
    const read: readonly Event[] | undefined = isWhole && end === seq + 1 ? eventsOf(row) : undefined;
    isWhole = read !== undefined;
    if (!read) continue;
    seq = end;
    events.push(...read.filter(({ type }) => type === "run.created" || type === "run.status"));
  }
  return { events, seq, end };
}

/** Runs of which there was no row, as far as their first append says which they are. No run has the number 0: that is what zeros are read as. */
function theRest(
  target: Connection,
  known: readonly Row[],
): { readonly names: readonly string[]; readonly nameless: number } {
  const numbers = new Set(known.map(({ no = null }) => no));
  const rest = target
    .statement(
      "SELECT DISTINCT run FROM appends WHERE run > 0 AND run NOT IN (SELECT no FROM runs) ORDER BY run",
    )
    .all()
    .filter(({ run }) => !numbers.has(run ?? null));
  const firstOf = target.statement("SELECT body, refs FROM appends WHERE run = ? AND seq = 1");
  const names = rest.flatMap(({ run = null }) => {
    const row = firstOf.get(run);
    const [first] = (row && eventsOf(row)) ?? [];
    return first?.type === "run.created" ? [first.runId] : [];
  });
  return { names, nameless: rest.length - names.length };
}

function dropTheRest(target: Connection): void {
  target.exec(
    `DELETE FROM appends WHERE run NOT IN (SELECT no FROM runs);
     DELETE FROM messages WHERE run NOT IN (SELECT no FROM runs);
     DELETE FROM definitions WHERE no NOT IN (SELECT definition FROM runs);
     UPDATE spending SET holder = NULL;
     DELETE FROM holders;`,
  );
}
