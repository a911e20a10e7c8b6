import { createFamily, stopFamily } from "./family.ts";
import { systemTable } from "./process-table.ts";
import type { ProcessTable } from "./process-table.ts";
import { runProgram } from "./program.ts";
import type { Processes } from "../ports/processes.ts";

/** Time between TERM and KILL when the caller names none. */
const defaultGraceMs = 2000;
/** How long after a program's end its output and what it left in the background may end by themselves. */
const defaultDrainMs = 1000;

export interface ProcessesOptions {
  readonly table?: ProcessTable;
  readonly drainMs?: number;
}

/** Programs of this machine (Linux and macOS). */
export function createProcesses(options: ProcessesOptions = {}): Processes {
  const table = options.table ?? systemTable();
  const drainMs = options.drainMs ?? defaultDrainMs;
  return {
    run: (command) => runProgram(command, { table, drainMs, defaultGraceMs }),
    killMarked(mark, value, { graceMs = defaultGraceMs } = {}) {
      const family = createFamily({ table, mark: { name: mark, holds: (found) => found === value } });
      return stopFamily(family, { graceMs });
    },
  };
}
