import { existsSync } from "node:fs";
import { createProcTable } from "./proc-table.ts";
import { createPsTable } from "./ps-table.ts";

/** One process as the system shows it now. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Undefined where the system does not tell. */
  readonly session: number | undefined;
  /** When it started, in a unit of the system's own that grows; pid and start together name a process for ever. */
  readonly started: number;
  /** Ended, but not yet collected by its parent. */
  readonly dead: boolean;
}

/** What the system knows about its processes. */
export interface ProcessTable {
  list(): Promise<readonly ProcessEntry[]>;
  /** Start of one process, where that can be had at once. */
  startOf(pid: number): number | undefined;
  /** The value that a variable had in the environment each process was started with; unreadable ones are left out. */
  variable(name: string, pids: readonly number[]): Promise<ReadonlyMap<number, string>>;
}

/** `/proc` where there is one, else `ps`. */
export function systemTable(): ProcessTable {
  return existsSync("/proc/self/stat") ? createProcTable() : createPsTable();
}
