import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

/** A folder of its own, gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tutti-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A disk of so many megabytes, gone after the test; undefined where none can be mounted (only root on Linux can). */
export function tinyDisk(megabytes: number): { readonly folder: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), "tutti-disk-"));
  try {
    const options = ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder];
    execFileSync("mount", options, { stdio: "ignore" });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  onTestFinished(() => {
    // lazily, because a store that the test opened may be closed after this
    execFileSync("umount", ["-l", folder], { stdio: "ignore" });
    rmSync(folder, { recursive: true });
  });
  return { folder };
}

/** A program of this project in a process of its own, that says what it did in lines. */
export interface Program {
  readonly pid: number;
  readonly lines: readonly string[];
  send(line: string): void;
  /** Resolves with the first line that begins so, also one that came earlier. */
  line(prefix: string): Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** Kills it as `kill -9` does and waits until it is gone. */
  kill(): Promise<void>;
}

/** Programs load what others have compiled before them: half of their time is that. */
export const compileCache = { NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache") };

/** What is killed keeps nothing at its end, so a program's text begins with keeping the modules that it has loaded. */
export const keepModules = `process.getBuiltinModule("node:module").flushCompileCache();\n`;

/** Runs a module's text; ended after the test at the latest. */
export function startProgram(source: string): Program {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", keepModules + source], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...compileCache },
  });
  onTestFinished(() => endProgram(child));
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  return {
    pid: child.pid ?? 0,
    lines,
    send: (line) => void child.stdin.write(`${line}\n`),
    line: (prefix) => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const look = (): void => {
        const found = lines.find((line) => line.startsWith(prefix));
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      child.once("close", () =>
        reject(new Error(`the program ended without "${prefix}": ${lines.join(" | ")}`)),
      );
      look();
      return promise;
    },
    signal: (name) => void child.kill(name),
    kill: () => endProgram(child),
  };
}

async function endProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
