import type { Event, Input, RunStatus } from "../../core/events.ts";
import { TuttiError } from "../../errors.ts";
import type { NewRun, RunLog, RunStore } from "../../ports/run-store.ts";
import { runExistsError } from "../store-errors.ts";
import type { Lease, RunKey } from "./leases.ts";
import { takeDefinition, type Definition } from "./definitions.ts";
import { encodeAppend } from "./log-codec.ts";
import { statusOf } from "../status-of.ts";
import { createRunLog, insert, type LogParts } from "./run-log.ts";
import { createReadOn } from "./read-on.ts";
import { findRun, listRuns, readEvents } from "./run-reader.ts";
import { Refused } from "./writer.ts";

/** The runs of one database. `close` is the owner's business: see `openSqliteStore`. */
export function createRunStore(parts: LogParts & { readonly close: () => Promise<void> }): RunStore {
  const readOn = createReadOn(parts);
  return {
    create: (run, events) => create(parts, { run, events }),
    open: (runId, { withLost = false } = {}) => open(parts, { runId, withLost }),
    read: async (runId, { after = 0 } = {}) => readOn(mustFind(parts, runId), after),
    list: (filter = {}) => listRuns(parts, filter),
    post: (runId, input) => post(parts, { runId, input }),
    close: parts.close,
  };
}

async function create(
  parts: LogParts,
  { run, events }: { readonly run: NewRun; readonly events: readonly Event[] },
): Promise<RunLog> {
  const { artifacts, writer } = parts;
  const { definition, events: begun } = takeDefinition(run, events);
  const encoded = encodeAppend(begun);
  await Promise.all(encoded.large.map((bytes) => artifacts.put(bytes)));
  const lease = await writer.write(() => {
    const lease = insertRun(parts, { run, definition, status: statusOf(events) });
    if (events.length > 0) insert(parts, { lease, encoded, also: {} });
    return lease;
  });
  return createRunLog(parts, { lease, events });
}

function insertRun(
  { connection, leases, definitionNo }: LogParts,
  {
    run,
    definition,
    status,
  }: { readonly run: NewRun; readonly definition: Definition; readonly status: RunStatus },
): Lease {
  const { runId, name, createdAt, origin } = run;
  const { epoch, holder, since } = leases.first();
  const { lastId, changes } = connection
    .statement(
      `INSERT INTO runs (run_id, name, created_at, origin, definition, status, epoch, holder, since)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run_id) DO NOTHING`,
    )
    .run(runId, name, createdAt, origin, definitionNo(definition), status, epoch, holder, since);
  if (changes === 0) throw new Refused(runExistsError(runId));
  return { run: { no: lastId, runId }, epoch };
}

async function open(
  parts: LogParts,
  { runId, withLost }: { readonly runId: string; readonly withLost: boolean },
): Promise<RunLog> {
  const lease: Lease = await parts.writer.write(() => {
    const run = findRun(parts.connection, runId);
    if (run instanceof TuttiError) throw new Refused(run);
    return parts.leases.take(run);
  });
  try {
    const lost: string[] = [];
    const onLost = (text: string) => void lost.push(text);
    const events = await readEvents(parts, { run: lease.run, lenient: withLost, onLost });
    return createRunLog(parts, { lease, events, lost });
  } catch (error) {
    await parts.leases.give(lease);
    throw error;
  }
}

async function post(
  { connection, writer, mailbox, clock }: LogParts,
  { runId, input }: { readonly runId: string; readonly input: Input },
): Promise<void> {
  await writer.write(() => {
    const run = findRun(connection, runId);
    if (run instanceof TuttiError) throw new Refused(run);
    mailbox.put(run, input, clock.now());
  });
  mailbox.notice();
}

function mustFind({ connection }: LogParts, runId: string): RunKey {
  const run = findRun(connection, runId);
  if (run instanceof TuttiError) throw run;
  return run;
}
