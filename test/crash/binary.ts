import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { bin } from "../program.ts";
import type { Project } from "./project.ts";

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly lengthMs: number;
}

/** One start of the real binary. */
export interface Life {
  readonly pid: number;
  /** Settles with its first line on standard error; also when it ends without any. */
  readonly spoke: Promise<void>;
  readonly ended: Promise<Ended>;
  /** Sends a signal to tutti alone: its shell children are left. */
  kill(signal: NodeJS.Signals): void;
}

export function startTutti(
  project: Project,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Life {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: project.folder,
    env: { ...ownEnvironment(), TUTTI_HOME: project.home, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const spoke = Promise.withResolvers<void>();
  child.stderr.once("data", () => spoke.resolve());
  const ended = endOf(child, startedAt);
  void ended.then(() => spoke.resolve());
  return {
    pid: child.pid ?? 0,
    spoke: spoke.promise,
    ended,
    kill: (signal) => void child.kill(signal),
  };
}

/** Without what the test runner puts there. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, VITEST: __, ...env } = process.env;
  return { ...env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null", NO_COLOR: "1" };
}

function endOf(child: ChildProcess, startedAt: number): Promise<Ended> {
  const said = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (said.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said.stderr += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    // not "close": what a killed tutti leaves behind may hold the pipes for a while
    child.once("exit", (exitCode, signal) => {
      const lengthMs = performance.now() - startedAt;
      setImmediate(() => resolve({ exitCode, signal, ...said, lengthMs }));
    });
  });
}

export async function runTutti(
  project: Project,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return startTutti(project, args, env).ended;
}

/** Ids of the living processes that work for a run; empty where the system does not show environments. */
export function processesOf(runId: string): readonly number[] {
  const pids = listed("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => carriesMark(pid, `TUTTI_RUN=${runId}`)).map(Number);
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function carriesMark(pid: string, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(mark);
  } catch {
    // gone by now, or another user's
    return false;
  }
}
