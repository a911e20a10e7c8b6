import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ProcessCommand, Processes, ProcessResult } from "../ports/processes.ts";

/** A place to run real programs in, for the contract of `Processes`. */
export interface ProgramBench {
  readonly open: () => void;
  readonly close: () => void;
  readonly processes: () => Processes;
  /** A file of this test run. */
  readonly path: (name: string) => string;
  readonly shell: (line: string, options?: Partial<ProcessCommand>) => Promise<ProcessResult>;
  /** Starts a line and gives the pids that it wrote to the named files, once all are there. */
  readonly spawned: (
    line: string,
    options: { readonly files: readonly string[]; readonly command?: Partial<ProcessCommand> },
  ) => Promise<{ readonly pids: readonly number[]; readonly abort: () => Promise<ProcessResult> }>;
}

export function createProgramBench(factory: () => Processes): ProgramBench {
  let processes: Processes | undefined;
  let folder = "";
  let runs = 0;
  const made = (): Processes => (processes ??= factory());
  const base = (line: string): ProcessCommand => ({
    file: "/bin/sh",
    args: ["-c", line],
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", HOME: folder },
    signal: new AbortController().signal,
    keepBytes: 65_536,
  });
  return {
    open: () => {
      folder = mkdtempSync(join(tmpdir(), "tutti-processes-"));
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
    processes: made,
    path: (name) => join(folder, name),
    shell: (line, options) => made().run({ ...base(line), ...options }),
    async spawned(line, { files, command }) {
      const cwd = join(folder, `run-${(runs += 1)}`);
      mkdirSync(cwd);
      const stopper = new AbortController();
      const result = made().run({ ...base(line), cwd, graceMs: 200, signal: stopper.signal, ...command });
      const pids = await Promise.all(files.map((file) => pidIn(join(cwd, file))));
      return {
        pids,
        abort: () => {
          stopper.abort(new Error("enough"));
          return result;
        },
      };
    },
  };
}

/** The pid in a file, once it is there. */
export async function pidIn(file: string): Promise<number> {
  const giveUpAt = performance.now() + 10_000;
  for (;;) {
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    if (text.endsWith("\n")) return Number(text);
    if (performance.now() > giveUpAt) throw new Error(`No pid came in ${file}`);
    await delay(10);
  }
}

/** A process that ended but was not collected by its parent does not live. */
export function lives(pid: number): boolean {
  try {
    const state = execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
    return !state.trim().startsWith("Z");
  } catch {
    return false;
  }
}

export function isInstalled(program: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
