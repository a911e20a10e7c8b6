import type { Input } from "../../core/events.ts";
import type { Message } from "../../ports/run-store.ts";
import type { Connection } from "./connection.ts";
import type { RunKey } from "./leases.ts";
import { pack, unpack } from "./packing.ts";
import { damagedError } from "./sqlite-errors.ts";

/**
 * Messages for whoever drives a run.
 *
 * - `put` and `forget` run inside a job;
 * - a subscriber is called when a message is there that is newer than what `seen` says, posted by this process
 *   (`notice`) or by another one, which is looked for every `pollMs` while somebody listens.
 */
export interface Mailbox {
  put(run: RunKey, input: Input, at: number): void;
  forget(run: RunKey, ids: readonly number[]): void;
  list(run: RunKey): readonly Message[];
  subscribe(run: RunKey, listener: Listener): () => void;
  notice(): void;
  /** Calls every subscriber, whether there are messages or not. */
  wake(): void;
  close(): void;
}

export interface Listener {
  readonly call: () => void;
  /** The newest message the subscriber has seen; 0 for none. */
  readonly seen: () => number;
}

export function createMailbox(connection: Connection, { pollMs }: { readonly pollMs: number }): Mailbox {
  const insert = connection.statement("INSERT INTO messages (run, at, body) VALUES (?, ?, ?)");
  const remove = connection.statement("DELETE FROM messages WHERE run = ? AND id = ?");
  const select = connection.statement("SELECT id, body FROM messages WHERE run = ? ORDER BY id");
  const newest = connection.statement("SELECT run, MAX(id) AS id FROM messages GROUP BY run");
  const subscriptions = new Set<Subscription>();
  let poll: NodeJS.Timeout | undefined;
  let version: number | undefined;

  /** One query for all subscribers: the table holds only what nobody has taken yet. */
  function notice(): void {
    const ids = new Map(newest.all().map(({ run, id }) => [Number(run), Number(id)]));
    if (ids.size === 0) return;
    for (const one of subscriptions) tell(one, ids.get(one.run.no) ?? 0);
  }

  function tell(one: Subscription, id: number): void {
    if (id <= Math.max(one.calledFor, one.seen())) return;
    one.calledFor = id;
    queueMicrotask(() => subscriptions.has(one) && one.call());
  }

  function lookForOthers(): void {
    const now = connection.dataVersion();
    if (now === version) return;
    version = now;
    notice();
  }

  return {
    put: (run, input, at) => void insert.run(run.no, at, pack(JSON.stringify(input))),
    forget: (run, ids) => ids.forEach((id) => remove.run(run.no, id)),
    list: (run) => select.all(run.no).map(({ id, body }) => readMessage({ id, body }, { run, connection })),
    subscribe: (run, listener) => {
      const subscription: Subscription = { run, calledFor: 0, ...listener };
      subscriptions.add(subscription);
      poll ??= setInterval(lookForOthers, pollMs).unref();
      // what is there already is found by the next look, whoever wrote it
      version = undefined;
      return () => {
        subscriptions.delete(subscription);
        if (subscriptions.size > 0) return;
        clearInterval(poll);
        poll = undefined;
      };
    },
    notice,
    wake: () => subscriptions.forEach(({ call }) => queueMicrotask(call)),
    close: () => {
      subscriptions.clear();
      clearInterval(poll);
    },
  };
}

interface Subscription extends Listener {
  readonly run: RunKey;
  calledFor: number;
}

function readMessage(
  { id, body }: { readonly id: unknown; readonly body: Parameters<typeof unpack>[0] },
  { run, connection }: { readonly run: RunKey; readonly connection: Connection },
): Message {
  try {
    return { id: Number(id), input: JSON.parse(unpack(body)) as Input };
  } catch (cause) {
    const detail = `message ${Number(id)} of run "${run.runId}" cannot be decoded`;
    throw damagedError({ file: connection.file, detail, cause });
  }
}
