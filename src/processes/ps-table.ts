import { execFile } from "node:child_process";
import type { ProcessEntry, ProcessTable } from "./process-table.ts";

/** The process table by `ps`, for macOS; starts are whole seconds there. */
export function createPsTable(platform: NodeJS.Platform = process.platform): ProcessTable {
  return {
    async list() {
      const text = await ps(["-axww", "-o", "pid=,ppid=,pgid=,sess=,stat=,lstart="]);
      // What macOS prints for the session is the address of a structure, or 0.
      const hasSessions = platform !== "darwin";
      return text
        .split("\n")
        .map((line) => entryOf(line, hasSessions))
        .filter((entry) => entry !== undefined);
    },
    startOf: () => undefined,
    async variable(name, pids) {
      if (pids.length === 0) return new Map();
      const show = platform === "darwin" ? ["-E", "-ww"] : ["eww"];
      const text = await ps([...show, "-o", "pid=,command=", "-p", pids.join(",")]);
      return variablesIn(text, name);
    },
  };
}

function entryOf(line: string, hasSessions: boolean): ProcessEntry | undefined {
  const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(.+?)\s*$/.exec(line);
  if (!match) return undefined;
  const [, pid, parent, group, session, state = "", started = ""] = match;
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    session: hasSessions ? Number(session) : undefined,
    started: Date.parse(started),
    dead: state.startsWith("Z"),
  };
}

function variablesIn(text: string, name: string): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const line of text.split("\n")) {
    const pid = /^\s*(\d+)\s/.exec(line)?.[1];
    // `ps` puts the environment behind the arguments, without quotes: the last hit is the environment's.
    const start = line.lastIndexOf(` ${name}=`);
    if (pid === undefined || start === -1) continue;
    const value = line.slice(start + name.length + 2).split(" ", 1)[0] ?? "";
    found.set(Number(pid), value);
  }
  return found;
}

function ps(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env["PATH"] ?? "/bin:/usr/bin", LC_ALL: "C" };
    const options = { env, maxBuffer: 64 * 1024 * 1024 };
    execFile("ps", args, options, (error, stdout) => {
      // Status 1 with no output: none of the named processes lives any more.
      if (error && error.code !== 1) reject(error);
      else resolve(stdout);
    });
  });
}
