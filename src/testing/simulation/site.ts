import { setImmediate as tick } from "node:timers/promises";
import type { Outcome } from "../../core/outcome.ts";
import { undoSuffix } from "../../core/undo.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Performer, WorkEffect } from "../../ports/performer.ts";
import { createMemoryDisk, type MemoryDisk } from "../../runtimes/memory/disk.ts";
import { createFakeClock, type FakeClock } from "../../runtimes/memory/fake-clock.ts";
import type { AppendFault, MemoryFaults } from "../../runtimes/memory/faults.ts";
import { createMemoryStore, type MemoryStore } from "../../runtimes/memory/store.ts";
import type { Dice } from "./dice.ts";
import { followLog, type DurableLog } from "./durable-log.ts";
import { NotesModel } from "./notes.ts";
import { must } from "./same.ts";
import type { TreesModel } from "./trees.ts";
import type { World } from "./world.ts";

export const simulatedRun = "r1";

/** What all processes of a simulation share: a disk, the time, the world, and what was done in it. */
export interface Site {
  readonly disk: MemoryDisk;
  readonly clock: FakeClock;
  readonly world: World;
  readonly dice: Dice;
  /** How often each effect was performed. */
  readonly performed: Map<string, number>;
  /** Outcomes that came back, also to processes that were dead by then. */
  readonly results: { readonly effect: string; readonly outcome: Outcome }[];
  durable(): DurableLog;
  /** How many more faults there may be; then all goes well, so that the run can end. */
  faults: number;
  /** What steps learned. */
  readonly notes: NotesModel;
  /** Where steps work whose run keeps trees. */
  readonly trees: TreesModel | undefined;
  /** What is at work in them for the process that owns the run now: one that was replaced changes nothing there any more. */
  atWork: Set<string>;
}

type SiteOptions = Pick<Site, "world" | "dice" | "faults"> & { readonly trees?: TreesModel | undefined };

export function createSite({ world, dice, faults, trees }: SiteOptions): Site {
  const disk = createMemoryDisk();
  const clock = createFakeClock();
  const durable = followLog(disk, simulatedRun);
  const atWork = new Set<string>();
  const notes = new NotesModel(clock, dice);
  return {
    disk,
    clock,
    world,
    dice,
    performed: new Map(),
    results: [],
    durable,
    faults,
    notes,
    trees,
    atWork,
  };
}

/** True in this share of the cases, as long as faults are left. */
export function strikes(site: Site, share: number): boolean {
  if (site.faults <= 0 || !site.dice.chance(share)) return false;
  site.faults -= 1;
  return true;
}

/** A new process with its store. */
export function newProcess(site: Site): MemoryStore {
  return createMemoryStore({ clock: site.clock, disk: site.disk, faults: faultsOf(site) });
}

function faultsOf(site: Site): MemoryFaults {
  const kinds: readonly [AppendFault, ...AppendFault[]] = [
    "crash-before",
    "crash-after",
    "lose-lease",
    "disk-full",
  ];
  return {
    onCreate: () =>
      strikes(site, 0.02) ? site.dice.pick(["crash-before", "crash-after", "disk-full"]) : undefined,
    onAppend: () => (strikes(site, 0.06) ? site.dice.pick(kinds) : undefined),
    onPost: () => (strikes(site, 0.3) ? "duplicate" : undefined),
  };
}

/** A clock whose timers are late at times. */
export function lateClock({ clock, dice }: Site): Clock {
  return {
    now: () => clock.now(),
    at: (dueAt, fire) => clock.at(dueAt + (dice.chance(0.2) ? dice.below(30_000) : 0), fire),
  };
}

const startRecord = { stage: "files", ok: true, durationMs: 0, filesAtStart: "sha256:0" };

function isIn(address: string, holder: string): boolean {
  return address === holder || ["/", "#", "["].some((next) => address.startsWith(holder + next));
}

/** Does the work of one process as the world says, and sees that nothing is done that must not be. */
export function performerOf(site: Site): Performer {
  const here = new Set<string>();
  site.atWork = here;
  return (effect, context) => {
    const { signal, stage, print } = context;
    const { started, settled, stopped } = site.durable();
    const givenUp = [...stopped].find((address) => isIn(effect.address, address));
    // what won such a race may still be undone
    const isUndo = effect.address.endsWith(undoSuffix);
    must(
      givenUp === undefined || isUndo || signal.aborted,
      `${effect.id} is not begun after ${givenUp} was stopped`,
    );
    must(started.has(effect.id), `${effect.id} is performed after its start is durable`);
    must(!settled.has(effect.id), `${effect.id} is not performed again after its end is durable`);
    site.performed.set(effect.id, (site.performed.get(effect.id) ?? 0) + 1);
    if (site.dice.chance(0.1)) stage({ stage: "execution", ok: true, durationMs: 1 });
    if (effect.policy.filesBefore && site.dice.chance(0.7)) stage(startRecord);
    if (site.dice.chance(0.1)) print("working", "stdout");
    if (site.atWork === here) site.trees?.begin(effect, here, context);
    return work(site, effect, { signal, here });
  };
}

interface Working {
  readonly signal: AbortSignal;
  readonly here: Set<string>;
}

function work(site: Site, effect: WorkEffect, { signal, here }: Working): Promise<Outcome> {
  const { clock, world, dice, results } = site;
  const trees = (): TreesModel | undefined => (site.atWork === here ? site.trees : undefined);
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const end = (): void => {
    const came = world.outcomeOf(effect, clock.now());
    const outcome = trees()?.end(effect, here, came) ?? came;
    results.push({ effect: effect.id, outcome });
    resolve(outcome);
  };
  const forget = clock.at(clock.now() + world.durationMsOf(effect), end);
  const onAbort = (): void => {
    forget();
    // some work is over by the time it is told to stop
    if (dice.chance(0.2)) end();
    else {
      trees()?.cutOff(effect, here);
      reject(signal.reason);
    }
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return promise;
}

/** Lets everything happen that can happen at this time. */
export async function calm(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await tick();
}
