import type { Event, Input, RunStatus } from "../../core/events.ts";
import type { NewRun, RunLog, RunRow, RunStore } from "../../ports/run-store.ts";
import { runExistsError, runNotFoundError, runOwnedError, storeFullError } from "../store-errors.ts";
import { nextNumber, type StoredRun } from "./disk.ts";
import { durably, turn, type MemoryParts } from "./process.ts";
import { statusOf } from "../status-of.ts";
import { createRunLog } from "./run-log.ts";

export function createRunStore(parts: MemoryParts & { readonly close: () => Promise<void> }): RunStore {
  return {
    create: (run, events) => create(parts, { run, events }),
    open: (runId) => open(parts, runId),
    read: (runId, { after } = {}) => turn(parts, () => eventsIn(find(parts, runId).appends).slice(after)),
    list: ({ status, prefix = "", limit } = {}) =>
      turn(parts, () => {
        const rows = [...parts.disk.runs.values()]
          .toSorted((a, b) => b.run.createdAt - a.run.createdAt || b.order - a.order)
          .filter((stored) => stored.run.runId.startsWith(prefix))
          .filter((stored) => status?.includes(stored.status) ?? true);
        return rows.slice(0, limit).map(rowOf);
      }),
    post: (runId, input) => post(parts, { runId, input }),
    close: parts.close,
  };
}

function create(
  parts: MemoryParts,
  { run, events }: { readonly run: NewRun; readonly events: readonly Event[] },
): Promise<RunLog> {
  const { disk, faults, counts } = parts;
  const body = JSON.stringify(events);
  return turn(parts, () => {
    if (disk.runs.has(run.runId)) throw runExistsError(run.runId);
    counts.creates += 1;
    const fault = faults.onCreate?.({ count: counts.creates, runId: run.runId });
    if (fault === "disk-full") throw storeFullError(run.runId);
    const appends = events.length === 0 ? [] : [body];
    durably(parts, {
      fault,
      write: () => disk.runs.set(run.runId, newlyStored(parts, { run, appends, status: statusOf(events) })),
    });
    return createRunLog(parts, { runId: run.runId, epoch: 1, events: () => eventsIn([body]) });
  });
}

function newlyStored(
  { disk, clock, process }: MemoryParts,
  { run, appends, status }: { readonly run: NewRun; readonly appends: string[]; readonly status: RunStatus },
): StoredRun {
  return {
    run: { ...run },
    order: nextNumber(disk),
    appends,
    messages: [],
    status,
    updatedAt: appends.length === 0 ? run.createdAt : clock.now(),
    lease: { epoch: 1, holder: process, since: clock.now() },
  };
}

function open(parts: MemoryParts, runId: string): Promise<RunLog> {
  const { clock, process } = parts;
  return turn(parts, () => {
    const stored = find(parts, runId);
    const owner = ownerOf(stored);
    if (owner !== undefined) throw runOwnedError(runId, owner);
    const epoch = stored.lease.epoch + 1;
    if (process.state === "lapsed") process.state = "alive";
    stored.lease = { epoch, holder: process, since: clock.now() };
    const appends = [...stored.appends];
    return createRunLog(parts, { runId, epoch, events: () => eventsIn(appends) });
  });
}

function post(
  parts: MemoryParts,
  { runId, input }: { readonly runId: string; readonly input: Input },
): Promise<void> {
  const { disk, faults, counts } = parts;
  const body = JSON.stringify(input);
  return turn(parts, () => {
    const stored = find(parts, runId);
    counts.posts += 1;
    const fault = faults.onPost?.({ count: counts.posts, runId, input });
    const write = (): void => {
      const copies = fault === "duplicate" ? 2 : 1;
      const added = Array.from({ length: copies }, () => ({ id: nextNumber(disk), body }));
      stored.messages = [...stored.messages, ...added];
      for (const listener of disk.listeners) queueMicrotask(listener);
    };
    durably(parts, { fault, write });
  });
}

function find({ disk }: MemoryParts, runId: string): StoredRun {
  const stored = disk.runs.get(runId);
  if (!stored) throw runNotFoundError(runId);
  return stored;
}

function eventsIn(appends: readonly string[]): readonly Event[] {
  return appends.flatMap((body) => JSON.parse(body) as readonly Event[]);
}

function rowOf(stored: StoredRun): RunRow {
  const owner = ownerOf(stored);
  const { run, status, updatedAt } = stored;
  return { ...run, status, updatedAt, ...(owner === undefined ? {} : { owner }) };
}

function ownerOf({ lease }: StoredRun): string | undefined {
  if (lease.holder?.state !== "alive") return undefined;
  return `${lease.holder.name} since ${new Date(lease.since).toISOString()}`;
}
