import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Who holds a lease. A process id alone is used again by the system; with its start time it names one process. */
export interface ProcessIdentity {
  readonly host: string;
  /** The machine's boot and the process namespace: only inside the same one does a pid mean anything. */
  readonly boot: string;
  readonly pid: number;
  /** When the process started, in whatever unit the system tells. */
  readonly started: string;
}

/** The identity of this process, or of another of this machine. */
export function identify(pid = process.pid): ProcessIdentity {
  return { host: hostname(), boot: bootId(), pid, started: processStart(pid) ?? "unknown" };
}

/**
 * True only when it is certain that the process is gone. Of a process on another machine, in another container or
 * before a reboot nothing is known: its lease has to run out.
 */
export function isGone(other: ProcessIdentity, self: ProcessIdentity): boolean {
  if (other.host !== self.host || other.boot !== self.boot) return false;
  const started = processStart(other.pid);
  if (started === undefined) return !answersSignals(other.pid);
  return started === "ended" || started !== other.started;
}

/** True when a process of this machine has this id now. */
export function isRunning(pid: number): boolean {
  const started = processStart(pid);
  return started === undefined ? answersSignals(pid) : started !== "ended";
}

export function describeProcess(who: ProcessIdentity): string {
  return `pid ${who.pid} on ${who.host}`;
}

/** When the process started, "ended" for one that only waits to be collected, undefined for one that is not seen. */
function processStart(pid: number): string | undefined {
  try {
    return process.platform === "linux" ? linuxStart(pid) : psStart(pid);
  } catch {
    return undefined;
  }
}

/** Fields 3 (state) and 22 (start time) of proc_pid_stat(5); field 2 may hold spaces and parentheses. */
function linuxStart(pid: number): string | undefined {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return isEndedState(fields[0]) ? "ended" : fields[19];
}

function psStart(pid: number): string | undefined {
  const line = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
  const space = line.indexOf(" ");
  return isEndedState(line[0]) ? "ended" : line.slice(space + 1).trim();
}

function isEndedState(state: string | undefined): boolean {
  return state === "Z" || state === "X";
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function bootId(): string {
  try {
    if (process.platform !== "linux") {
      return execFileSync("sysctl", ["-n", "kern.boottime"], { encoding: "utf8" }).trim();
    }
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot}/${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return "unknown";
  }
}
