import { describe, expect, it } from "vitest";
import { createFamily } from "./family.ts";
import type { ProcessEntry, ProcessTable } from "./process-table.ts";

const rootPid = 5_000_001;

/** A table that shows what the test says. */
function fakeTable(marks: Readonly<Record<number, string>> = {}): ProcessTable & { entries: ProcessEntry[] } {
  const table = {
    entries: [] as ProcessEntry[],
    list: async () => table.entries,
    startOf: (pid: number) => table.entries.find((entry) => entry.pid === pid)?.started,
    variable: async (_name: string, pids: readonly number[]) =>
      new Map(pids.flatMap((pid) => (marks[pid] === undefined ? [] : [[pid, marks[pid]]]))),
  };
  return table;
}

function entry(pid: number, change: Partial<ProcessEntry> = {}): ProcessEntry {
  return { pid, parent: 1, group: pid, session: pid, started: 100, dead: false, ...change };
}

async function pidsOf(family: ReturnType<typeof createFamily>): Promise<number[]> {
  return (await family.living()).map(({ pid }) => pid);
}

const mark = { name: "M", holds: (value: string) => value === "mine" };

describe("a family", () => {
  it("follows parents, groups, sessions and marks until nobody new is found", async () => {
    const table = fakeTable({ 5_000_020: "mine", 5_000_030: "other" });
    table.entries = [
      entry(5_000_021, { parent: 5_000_020 }),
      entry(5_000_022, { group: 5_000_021, session: 7 }),
      entry(rootPid),
      entry(5_000_010, { parent: rootPid }),
      entry(5_000_011, { session: 5_000_010 }),
      entry(5_000_020),
      entry(5_000_030),
    ];
    const family = createFamily({ table, root: { pid: rootPid, running: () => true }, mark });
    expect(await pidsOf(family)).toEqual([5_000_021, 5_000_022, rootPid, 5_000_010, 5_000_011, 5_000_020]);
  });

  it("remembers who belonged to it when its parents are gone", async () => {
    const table = fakeTable();
    table.entries = [entry(rootPid), entry(5_000_010, { parent: rootPid })];
    let running = true;
    const family = createFamily({ table, root: { pid: rootPid, running: () => running }, mark });
    expect(await pidsOf(family)).toEqual([rootPid, 5_000_010]);
    table.entries = [entry(5_000_010)];
    running = false;
    expect(await pidsOf(family)).toEqual([5_000_010]);
  });

  it("leaves a process alone that got the pid of a member", async () => {
    const table = fakeTable();
    table.entries = [entry(rootPid), entry(5_000_010, { parent: rootPid })];
    let running = true;
    const family = createFamily({ table, root: { pid: rootPid, running: () => running }, mark });
    await family.living();
    running = false;
    table.entries = [
      entry(5_000_010, { started: 900 }),
      entry(rootPid, { started: 901 }),
      entry(5_000_050, { group: rootPid, started: 902 }),
      entry(5_000_051, { session: 5_000_010, started: 902 }),
    ];
    expect(await pidsOf(family)).toEqual([]);
  });

  it("leaves the session alone that a marked process was started from", async () => {
    const table = fakeTable({ 5_000_020: "mine" });
    table.entries = [
      entry(5_000_001),
      entry(5_000_020, { parent: 5_000_001, group: 5_000_001, session: 5_000_001 }),
      entry(5_000_002, { session: 5_000_001 }),
    ];
    expect(await pidsOf(createFamily({ table, mark }))).toEqual([5_000_020]);
  });

  it("does not count the dead, but finds their children", async () => {
    const table = fakeTable();
    table.entries = [entry(rootPid, { dead: true }), entry(5_000_010, { parent: rootPid })];
    const family = createFamily({ table, root: { pid: rootPid, running: () => true }, mark });
    expect(await pidsOf(family)).toEqual([5_000_010]);
  });

  it("never holds tutti itself or what tutti was started from", async () => {
    const table = fakeTable({ [process.pid]: "mine", [process.ppid]: "mine" });
    table.entries = [entry(process.pid), entry(process.ppid)];
    expect(await pidsOf(createFamily({ table, mark }))).toEqual([]);
  });

  it("falls back to the process group when no table can be had", async () => {
    const table: ProcessTable = {
      list: () => Promise.reject(new Error("no ps")),
      startOf: () => undefined,
      variable: () => Promise.reject(new Error("no ps")),
    };
    const family = createFamily({ table, root: { pid: rootPid, running: () => true }, mark });
    expect(await pidsOf(family)).toEqual([]);
  });
});
