import { randomUUID } from "node:crypto";
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { beforeAll, expect, onTestFinished } from "vitest";
import type { Event } from "../core/events.ts";
import { findUnsound } from "../core/sound.ts";
import type { StoreSalvage } from "../ports/store-audit.ts";
import { createFakeClock } from "../runtimes/memory/fake-clock.ts";
import { openConnection, type Connection } from "../runtimes/sqlite/connection.ts";
import { openPageFile, type PageFile } from "../runtimes/sqlite/page-file.ts";
import { rowsOf } from "../runtimes/sqlite/page-rows.ts";
import { migrate } from "../runtimes/sqlite/schema.ts";
import { openSqliteStore, type SqliteStore } from "../runtimes/sqlite/store.ts";
import { asStored, CoreRun, workflowOf } from "./core-run.ts";
import { pause } from "./run-store-harness.ts";
import { temporaryFolder } from "./testbed.ts";

export const pageBytes = 4096;
export const clock = createFakeClock();
export const names = Array.from({ length: 40 }, (_, index) => `run-${index}`);

/** Numbers from 0 up to below `limit`, the same ones for the same seed. */
export function chanceOf(seed: number): (limit: number) => number {
  let state = (seed + 1) * 7919;
  return (limit) => {
    state = (state * 48_271) % 2_147_483_647;
    return Math.floor((state / 2_147_483_647) * limit);
  };
}

function textOf(length: number, chance: (limit: number) => number): string {
  return Array.from({ length }, () => String.fromCharCode(0x20 + chance(90))).join("");
}

/** The appends of a run whose steps gave texts of many lengths. */
function appendsOf(runId: string, { version, seed }: { readonly version: string; readonly seed: number }) {
  const steps = ["a", "b", "c", "d"].map((name) => ({
    name,
    function: "f",
    description: version.repeat(300),
  }));
  const run = new CoreRun(workflowOf({ name: "flow", chain: { steps } }));
  const groups: Event[][] = [
    run.events.map((event) => ({ ...event, ...("runId" in event ? { runId } : {}) })),
  ];
  const chance = chanceOf(seed);
  for (const name of ["a", "b", "c", "d"].slice(0, 2 + (seed % 3)))
    groups.push([
      ...run.ok(name, { stdout: textOf(chance(3) === 0 ? chance(20_000) : chance(900), chance) }),
    ]);
  return { groups, workflow: run.state.workflow };
}

interface Original {
  readonly dir: string;
  /** Of each run its appends. */
  readonly logs: ReadonlyMap<string, readonly (readonly Event[])[]>;
  /** Of each run the pages without which it is not whole. */
  readonly pagesOf: ReadonlyMap<string, ReadonlySet<number>>;
  readonly pages: number;
}

export let original: Original;

/** Makes the database that is damaged, once for the tests of a file. */
export function useOriginal(): void {
  beforeAll(async () => {
    original = await makeOriginal();
    return () => rmSync(original.dir, { recursive: true });
  });
}

async function makeOriginal(): Promise<Original> {
  const dir = join(tmpdir(), `tutti-salvage-${process.pid}-${randomUUID()}`);
  const store = await openSqliteStore({ dir, clock });
  const logs = new Map<string, readonly (readonly Event[])[]>();
  const writing = names.map(async (runId, seed) => {
    const { groups } = appendsOf(runId, { version: `v${seed % 7} `, seed });
    const [first = [], ...others] = groups;
    const log = await store.runs.create(
      { runId, name: "flow", createdAt: seed, origin: "f.yaml", source: `s${seed % 7}` },
      first,
    );
    for (const events of others) {
      const status = events.findLast((event) => event.type === "run.status")?.to;
      await log.append(events, status === undefined ? {} : { status });
    }
    await log.release();
    await store.runs.post(runId, pause(1));
    const outcome = { ok: true, stdout: textOf(300, chanceOf(seed)) };
    await store.cache.put({ key: runId, storedAt: 1, runId, address: "a", outcome });
    const known = { costUsd: null, tokens: seed };
    await store.history.record([{ key: runId, ok: true, at: 1, durationMs: seed + 0.5, ...known }]);
    logs.set(runId, groups);
  });
  await Promise.all(writing);
  await store.close();
  return { dir, logs, ...ownersOf(join(dir, "tutti.db")) };
}

/** Which run needs which pages: those that are read for its rows. */
function ownersOf(file: string): Pick<Original, "pagesOf" | "pages"> {
  const pages = openPageFile(file);
  const read = new Set<number>();
  const traced: PageFile = { ...pages, read: (no) => pages.read((read.add(no), no)) };
  const found: {
    readonly values: readonly unknown[];
    readonly rowid: number;
    readonly read: readonly number[];
  }[] = [];
  for (let no = 1; no <= pages.count; no += 1) {
    read.clear();
    for (const row of rowsOf(traced, no)) {
      found.push({ ...row, read: [no, ...read] });
      read.clear();
    }
  }
  pages.close();
  const pagesOf = new Map<string, ReadonlySet<number>>();
  for (const run of found.filter(({ values }) => values.length === 10)) {
    const mine = found.filter(
      ({ values, rowid }) =>
        (values.length === 6 && values[1] === run.rowid && typeof values[3] === "number") ||
        (values.length === 4 && rowid === run.values[5] && typeof values[1] === "string"),
    );
    pagesOf.set(String(run.values[1]), new Set([run, ...mine].flatMap((one) => one.read)));
  }
  return { pagesOf, pages: pages.count };
}

/** A folder with the original, whose database was changed. */
export function damagedFolder(change: (bytes: Buffer) => Buffer): string {
  const dir = temporaryFolder();
  writeFileSync(join(dir, "tutti.db"), change(readFileSync(join(original.dir, "tutti.db"))));
  symlinkSync(join(original.dir, "artifacts"), join(dir, "artifacts"));
  return dir;
}

export async function findingsOf(store: Pick<SqliteStore, "audit">): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { message } of store.audit.inspect()) found.push(message);
  return found;
}

/** Holds that every run is a beginning of what it was; gives how many appends each has. */
export async function keptOf(store: Pick<SqliteStore, "runs">): Promise<ReadonlyMap<string, number>> {
  const kept = new Map<string, number>();
  for (const { runId, status, source } of await store.runs.list()) {
    const events = await store.runs.read(runId);
    const groups = original.logs.get(runId) ?? [];
    const counts = groups.map((_, index) => groups.slice(0, index + 1).flat().length);
    const appends = counts.indexOf(events.length) + 1;
    expect(appends).toBeGreaterThan(0);
    // not as values: what would be printed is long
    const isBeginning = isDeepStrictEqual(events, asStored(groups.slice(0, appends).flat()));
    expect(isBeginning).toBe(true);
    expect(findUnsound(events)).toEqual([]);
    expect(status).toBe(events.findLast((event) => event.type === "run.status")?.to ?? "initializing");
    expect(source).toBe(`s${names.indexOf(runId) % 7}`);
    kept.set(runId, appends);
  }
  return kept;
}

export function pageOf(bytes: Buffer, no: number): Buffer {
  return bytes.subarray((no - 1) * pageBytes, no * pageBytes);
}

type Damage = (page: Buffer, chance: (limit: number) => number) => void;
export const damages: Readonly<Record<string, Damage>> = {
  noise: (page, chance) => page.forEach((_, index) => void (page[index] = chance(256))),
  zeros: (page) => void page.fill(0),
  "a sector of noise": (page, chance) => {
    const at = 512 * chance(8);
    page.subarray(at, at + 512).forEach((_, index) => void (page[at + index] = chance(256)));
  },
  "a sector of zeros": (page, chance) => {
    const at = 512 * chance(8);
    page.fill(0, at, at + 512);
  },
};

/** A database with some pages damaged, in a folder of its own. */
export function harm(name: string, { seed, also }: { readonly seed: number; readonly also?: number }) {
  const chance = chanceOf(seed);
  const touched = new Set(Array.from({ length: 1 + chance(4) }, () => 1 + chance(original.pages)));
  if (also !== undefined) touched.add(also);
  const dir = damagedFolder((bytes) => {
    for (const no of touched) damages[name]?.(pageOf(bytes, no), chance);
    return bytes;
  });
  return { dir, touched, before: readFileSync(join(dir, "tutti.db")) };
}

type Touched = ReadonlySet<number>;

function isDisjoint(pages: ReadonlySet<number> = new Set(), touched: Touched): boolean {
  return [...touched].every((no) => !pages.has(no));
}

/** Holds that a run whose pages were not touched is whole, and that what is missing was told. */
export function expectTold(
  kept: ReadonlyMap<string, number>,
  {
    salvage,
    touched,
  }: { readonly salvage: Omit<StoreSalvage, "damage" | "backup">; readonly touched: Touched },
): void {
  const notWhole = [...original.pagesOf.keys()].filter(
    (id) => kept.get(id) !== original.logs.get(id)?.length,
  );
  const untouched = notWhole.filter((runId) => isDisjoint(original.pagesOf.get(runId), touched));
  expect(untouched).toEqual([]);
  const unnamed = notWhole.filter((runId) => !kept.has(runId) && !salvage.lost.includes(runId));
  expect(salvage.nameless).toBeLessThanOrEqual(unnamed.length);
  expect(salvage.runs).toBe(kept.size);
  for (const { runId, kept: count } of salvage.cut) expect(kept.get(runId)).toBe(count);
}

export const logOfHeld = appendsOf("held", { version: "v", seed: 2 }).groups;

/** A folder whose database is open, with a run that is held. */
export async function heldFolder() {
  const dir = temporaryFolder();
  const store = await openSqliteStore({ dir, clock });
  onTestFinished(() => store.close());
  const [first = [], ...others] = logOfHeld;
  const source = "s";
  const log = await store.runs.create({ runId: "held", name: "x", createdAt: 1, origin: "x", source }, first);
  for (const events of others) {
    const status = events.findLast((event) => event.type === "run.status")?.to;
    await log.append(events, status === undefined ? {} : { status });
  }
  return { dir, log };
}

/** Opens the store of a folder, and gives what was saved first. */
export async function salvageOf(
  dir: string,
): Promise<{ readonly salvage: StoreSalvage; readonly store: SqliteStore }> {
  const store = await openSqliteStore({ dir, clock, salvage: true, lockWaitMs: 50 });
  onTestFinished(() => store.close());
  return { salvage: store.audit.salvaged as StoreSalvage, store };
}

export function rootsOf(tables: readonly string[]): readonly number[] {
  const connection = openConnection({ file: join(original.dir, "tutti.db"), busyMs: 10 });
  const rows = connection.statement("SELECT name, rootpage FROM sqlite_schema").all();
  connection.close();
  return rows.filter(({ name }) => tables.includes(String(name))).map(({ rootpage }) => Number(rootpage));
}

/** A database in memory, as one that has just been made. */
export function newTarget(): Connection {
  const target = openConnection({ file: ":memory:", busyMs: 0 });
  onTestFinished(() => target.close());
  migrate(target);
  return target;
}
