import type { Event, Input } from "../../core/events.ts";
import type { AppendOptions, RunLog } from "../../ports/run-store.ts";
import { leaseLostError, storeFullError } from "../store-errors.ts";
import { endSpending } from "./day-ledger.ts";
import type { StoredRun } from "./disk.ts";
import type { AppendFault } from "./faults.ts";
import { durably, turn, type MemoryParts } from "./process.ts";

interface Held {
  readonly runId: string;
  readonly epoch: number;
  /** Those that were there when the lease was taken; read when somebody asks: who creates a run has them. */
  readonly events: () => readonly Event[];
}

export function createRunLog(parts: MemoryParts, held: Held): RunLog {
  const { runId } = held;
  const { disk } = parts;
  /** Counts failures: an append that was made before one was known fails for the same reason. */
  let generation = 0;
  let brokenBy: unknown;
  let newestSeen = 0;
  let events: readonly Event[] | undefined;

  async function append(added: readonly Event[], also: AppendOptions = {}): Promise<void> {
    const mine = generation;
    const body = JSON.stringify(added);
    await turn(parts, () => {
      if (mine !== generation) throw brokenBy;
      try {
        store(parts, { held, events: added, body, also });
      } catch (error) {
        generation += 1;
        brokenBy = error;
        throw error;
      }
    });
  }

  return {
    runId,
    get events() {
      return (events ??= held.events());
    },
    append,
    inbox: () =>
      turn(parts, () => {
        const { messages } = heldRun(parts, held) ?? { messages: [] };
        newestSeen = Math.max(newestSeen, messages.at(-1)?.id ?? 0);
        return messages.map(({ id, body }) => ({ id, input: JSON.parse(body) as Input }));
      }),
    changed: (callback) => {
      let calledFor = 0;
      const listener = (): void => {
        const newest = disk.runs.get(runId)?.messages.at(-1)?.id ?? 0;
        const isHeard = disk.listeners.has(listener) && parts.process.state !== "dead";
        if (!isHeard || newest <= Math.max(calledFor, newestSeen)) return;
        calledFor = newest;
        callback();
      };
      disk.listeners.add(listener);
      queueMicrotask(listener);
      return () => void disk.listeners.delete(listener);
    },
    release: () => turn(parts, () => giveBack(parts, held)),
  };
}

interface Storing {
  readonly held: Held;
  readonly events: readonly Event[];
  readonly body: string;
  readonly also: AppendOptions;
}

function store(parts: MemoryParts, { held, events, body, also }: Storing): void {
  const { runId } = held;
  const fault = askFault(parts, { runId, events });
  if (fault === "lose-lease") passOn(parts, held);
  const stored = heldRun(parts, held);
  if (!stored) throw leaseLostError(runId);
  if (fault === "disk-full") throw storeFullError(runId);
  const write = (): void => {
    if (events.length > 0) {
      stored.appends.push(body);
      stored.updatedAt = parts.clock.now();
    }
    if (also.taken) stored.messages = stored.messages.filter(({ id }) => !also.taken?.includes(id));
    if (also.status) stored.status = also.status;
    for (const ended of also.booked ?? []) endSpending(parts.disk, ended);
    if (also.release) stored.lease = { epoch: held.epoch, since: stored.lease.since };
  };
  durably(parts, { fault, write });
}

function askFault(
  { faults, counts }: MemoryParts,
  append: { readonly runId: string; readonly events: readonly Event[] },
): AppendFault | undefined {
  counts.appends += 1;
  return faults.onAppend?.({ count: counts.appends, ...append });
}

function giveBack(parts: MemoryParts, held: Held): void {
  const stored = heldRun(parts, held);
  if (stored) stored.lease = { epoch: held.epoch, since: stored.lease.since };
}

/** Another process takes the run over and dies, so that anybody can open it again. */
function passOn({ disk, clock }: MemoryParts, { runId }: Held): void {
  const stored = disk.runs.get(runId);
  if (stored) stored.lease = { epoch: stored.lease.epoch + 1, since: clock.now() };
}

/** The run as stored, while its lease is the one this log was opened with. */
function heldRun({ disk }: MemoryParts, { runId, epoch }: Held): StoredRun | undefined {
  const stored = disk.runs.get(runId);
  return stored?.lease.epoch === epoch && stored.lease.holder ? stored : undefined;
}
