import type { ProcessEntry, ProcessTable } from "./process-table.ts";
import { sleep } from "./sleep.ts";

/** How long killed processes may take to disappear before they are called survivors. */
const killWaitMs = 1000;
const pollMs = 20;

export interface FamilyOptions {
  readonly table: ProcessTable;
  /** The program itself; `running` says whether its pid is still its own. */
  readonly root?: { readonly pid: number; readonly running: () => boolean };
  /** A variable that every member inherited, and what its value looks like. */
  readonly mark: { readonly name: string; readonly holds: (value: string) => boolean };
}

/** A program and everything that came of it, wherever it went. */
export interface Family {
  /** The members that live now. Who was found once stays a member, also when its parents are gone. */
  living(): Promise<readonly ProcessEntry[]>;
}

/**
 * Members are found by four ties, until a pass finds none: parent, process group, session, and the mark in the
 * environment. So one that left its group, its session and its parent (`setsid`, `nohup`, a double fork) is found by
 * its mark, one that overwrote its environment by its parent, group or session. A group or session counts only when
 * a member leads it: the terminal that a marked process was started from is not ours. Out of reach is only one that
 * cut all four: orphaned, in a session of its own, and with its environment emptied or overwritten.
 */
export function createFamily({ table, root, mark }: FamilyOptions): Family {
  const known = new Map<number, number>();
  const strangers = new Set([process.pid, process.ppid, 0, 1]);
  const firstStart = root ? table.startOf(root.pid) : undefined;

  async function living(): Promise<readonly ProcessEntry[]> {
    try {
      return await look();
    } catch {
      // No table can be had (no `ps`, no free process): the group is what can still be reached.
      return root && groupLives(root.pid) ? [wholeGroup(root.pid)] : [];
    }
  }

  async function look(): Promise<readonly ProcessEntry[]> {
    const entries = (await table.list()).filter((entry) => !strangers.has(entry.pid));
    const rootEntry = root?.running() ? entries.find((entry) => entry.pid === root.pid) : undefined;
    if (rootEntry) known.set(rootEntry.pid, rootEntry.started);
    const view = new View(entries, { known, rootPid: root?.pid });
    view.addTied();
    const candidates = entries.filter((entry) => isCandidate(entry, view));
    const values = await table.variable(
      mark.name,
      candidates.map((entry) => entry.pid),
    );
    for (const entry of candidates) {
      const value = values.get(entry.pid);
      if (value !== undefined && mark.holds(value)) known.set(entry.pid, entry.started);
    }
    view.addTied();
    return entries.filter((entry) => !entry.dead && view.isMember(entry));
  }

  function isCandidate(entry: ProcessEntry, view: View): boolean {
    const youngEnough = firstStart === undefined || entry.started >= firstStart;
    return youngEnough && !entry.dead && !view.isMember(entry);
  }

  return { living };
}

/** Stands for all of a process group: a negative pid is how a signal reaches one. */
function wholeGroup(pid: number): ProcessEntry {
  return { pid: -pid, parent: process.pid, group: pid, session: pid, started: 0, dead: false };
}

function groupLives(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false;
  }
}

/** One look at the process table. */
class View {
  readonly #entries: readonly ProcessEntry[];
  readonly #byPid: ReadonlyMap<number, ProcessEntry>;
  readonly #known: Map<number, number>;
  readonly #rootPid: number | undefined;

  constructor(
    entries: readonly ProcessEntry[],
    { known, rootPid }: { readonly known: Map<number, number>; readonly rootPid: number | undefined },
  ) {
    this.#entries = entries;
    this.#byPid = new Map(entries.map((entry) => [entry.pid, entry]));
    this.#known = known;
    this.#rootPid = rootPid;
  }

  /** A pid that was given to another process since is no member any more. */
  isMember(entry: ProcessEntry): boolean {
    return this.#known.get(entry.pid) === entry.started;
  }

  addTied(): void {
    let added = true;
    while (added) {
      added = false;
      for (const entry of this.#entries) {
        if (this.isMember(entry) || !this.#isTied(entry)) continue;
        this.#known.set(entry.pid, entry.started);
        added = true;
      }
    }
  }

  #isTied(entry: ProcessEntry): boolean {
    if (this.#isOther(entry)) return false;
    const parent = this.#byPid.get(entry.parent);
    return (
      (parent !== undefined && this.isMember(parent)) ||
      this.#isLedByMember(entry.group) ||
      (entry.session !== undefined && this.#isLedByMember(entry.session))
    );
  }

  /** A known pid with another start, or the root's pid after the root was collected: a new process took the number. */
  #isOther(entry: ProcessEntry): boolean {
    return this.#known.has(entry.pid) || entry.pid === this.#rootPid;
  }

  #isLedByMember(leaderPid: number): boolean {
    const leader = this.#byPid.get(leaderPid);
    // A dead leader's number is not given away while its group or session has members.
    return leader ? this.isMember(leader) : this.#known.has(leaderPid) || leaderPid === this.#rootPid;
  }
}

/** TERM to every member, KILL after `graceMs`; gives how many there were and the pids of those that live on. */
export async function stopFamily(
  family: Family,
  { graceMs }: { readonly graceMs: number },
): Promise<{ readonly found: number; readonly survivors: readonly number[] }> {
  const asked = new Set<number>();
  const graceEnd = performance.now() + graceMs;
  let living = await family.living();
  while (living.length > 0 && performance.now() < graceEnd) {
    for (const { pid } of living.filter((entry) => !asked.has(entry.pid))) {
      asked.add(pid);
      send(pid, "SIGTERM");
      send(pid, "SIGCONT"); // a stopped process takes TERM only when it goes on
    }
    await sleep(Math.max(1, Math.min(pollMs, graceEnd - performance.now())));
    living = await family.living();
  }
  const killEnd = performance.now() + killWaitMs;
  while (living.length > 0 && performance.now() < killEnd) {
    for (const { pid } of living) {
      asked.add(pid);
      send(pid, "SIGKILL");
    }
    await sleep(pollMs / 4);
    living = await family.living();
  }
  return { found: asked.size, survivors: living.map((entry) => Math.abs(entry.pid)) };
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone by now, or not ours to signal: the next look at the table tells which.
  }
}
