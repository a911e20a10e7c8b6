import { readdirSync, readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { ProcessEntry, ProcessTable } from "./process-table.ts";

/**
 * The process table of Linux. Read synchronously: a file of `/proc` comes from memory (about 10 µs each), while a
 * trip through the thread pool costs ten times that and would see the processes at different moments. Everybody who
 * asks in one turn of the event loop gets the same look, so that many programs that end together cost one.
 */
export function createProcTable(root = "/proc"): ProcessTable {
  let next: Promise<readonly ProcessEntry[]> | undefined;
  const look = async (): Promise<readonly ProcessEntry[]> => {
    await setImmediate();
    next = undefined;
    return listAll(root);
  };
  return {
    list: () => (next ??= look()),
    startOf: (pid) => entryOf(root, pid)?.started,
    variable: async (name, pids) => variableOf(root, { name, pids }),
  };
}

function listAll(root: string): ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const name of readdirSync(root)) {
    const pid = Number(name);
    const entry = Number.isInteger(pid) ? entryOf(root, pid) : undefined;
    if (entry) entries.push(entry);
  }
  return entries;
}

function entryOf(root: string, pid: number): ProcessEntry | undefined {
  const text = readProc(`${root}/${pid}/stat`);
  if (text === undefined) return undefined;
  // The second field is the program's name in parentheses, which may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parent, group, session] = fields;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    started: Number(fields[19]),
    dead: state === "Z" || state === "X",
  };
}

function variableOf(
  root: string,
  { name, pids }: { readonly name: string; readonly pids: readonly number[] },
): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const pid of pids) {
    const line = readProc(`${root}/${pid}/environ`)
      ?.split("\0")
      .find((candidate) => candidate.startsWith(`${name}=`));
    if (line !== undefined) found.set(pid, line.slice(name.length + 1));
  }
  return found;
}

/** Undefined when the process is gone by now or belongs to somebody else. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
