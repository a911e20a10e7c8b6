import type { Event } from "../../core/events.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { MemoryDisk } from "../../runtimes/memory/disk.ts";

/** What the disk says about one run: which effects were started, and what came of them. */
export interface DurableLog {
  readonly events: readonly Event[];
  readonly started: ReadonlySet<string>;
  /** First outcome of each effect. */
  readonly settled: ReadonlyMap<string, Outcome | undefined>;
  /** Blocks of this life that have what they need, and those whose time is over. */
  readonly stopped: ReadonlySet<string>;
}

const stops: ReadonlySet<Event["type"]> = new Set(["join.reached", "join.missed", "time.up"]);

type GateEvent = Extract<Event, { type: "gate.started" | "gate.queued" | "gate.ended" }>;

/** Follows a run's log on a disk; every call of the returned function gives what is durable by then. */
export function followLog(disk: MemoryDisk, runId: string): () => DurableLog {
  const events: Event[] = [];
  const started = new Set<string>();
  const settled = new Map<string, Outcome | undefined>();
  const stopped = new Set<string>();
  const vain = new Map<string, number>();
  let read = 0;
  let life = 0;
  const gatePlace = ({ address, attempt, gate }: GateEvent): string =>
    `${address}@${life}.${attempt}!${gate.when}${gate.index}`;
  const gateId = (event: GateEvent): string => {
    const times = vain.get(gatePlace(event));
    return `${gatePlace(event)}${times === undefined ? "" : `.${times}`}`;
  };
  const settleGate = (event: GateEvent): void => {
    const again = event.type === "gate.queued" ? event.again : undefined;
    if (event.type === "gate.queued" && !again) return;
    // nothing came of a judge whose process ended
    if (again?.because !== "interrupted") settled.set(gateId(event), undefined);
    const place = gatePlace(event);
    if (again) vain.set(place, (vain.get(place) ?? 0) + 1);
  };
  /** Somebody has brought together what could not land: it is tried again. */
  const startGate = (event: GateEvent): void => {
    const place = gatePlace(event);
    if (settled.has(gateId(event))) vain.set(place, (vain.get(place) ?? 0) + 1);
    started.add(gateId(event));
  };
  const take = (event: Event): void => {
    events.push(event);
    if (event.type === "run.restarted") {
      life += 1;
      stopped.clear();
    } else if (stops.has(event.type) && "address" in event) stopped.add(event.address);
    else if (event.type === "attempt.started") started.add(`${event.address}@${life}.${event.attempt}`);
    else if (event.type === "attempt.ended")
      settled.set(`${event.address}@${life}.${event.attempt}`, event.outcome);
    else if (event.type === "gate.started") startGate(event);
    else if (event.type === "gate.ended" || event.type === "gate.queued") settleGate(event);
  };
  return () => {
    const { appends } = disk.runs.get(runId) ?? { appends: [] };
    for (const body of appends.slice(read)) for (const event of JSON.parse(body) as Event[]) take(event);
    read = appends.length;
    return { events, started, settled, stopped };
  };
}
