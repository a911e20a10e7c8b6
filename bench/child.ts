import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface ChildOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each line of standard output and the ms since the start. */
  readonly onLine?: (line: string, atMs: number) => void;
}

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** From the start of the process to its end. */
  readonly durationMs: number;
}

/** Runs this Node with arguments until it ends; what it says on standard error becomes the error when it fails oddly. */
export async function runNode(
  args: readonly string[],
  { cwd, env, onLine }: ChildOptions,
): Promise<ChildEnd> {
  const startMs = performance.now();
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", onLine ? "pipe" : "ignore", "inherit"],
  });
  if (child.stdout && onLine) {
    createInterface({ input: child.stdout }).on("line", (line) => onLine(line, performance.now() - startMs));
  }
  let durationMs = Number.NaN;
  child.once("exit", () => (durationMs = performance.now() - startMs));
  await once(child, "close");
  return { code: child.exitCode, signal: child.signalCode, durationMs };
}

/** Runs a program of `children/` that prints one JSON object as its last line; undefined when it printed none. */
export async function runProgram(
  name: string,
  args: readonly string[],
  cwd: string,
): Promise<{ readonly end: ChildEnd; readonly said: unknown }> {
  const lines: string[] = [];
  const file = fileURLToPath(new URL(`children/${name}.ts`, import.meta.url));
  const end = await runNode([file, ...args], { cwd, onLine: (line) => lines.push(line) });
  const last = lines.at(-1);
  return { end, said: last === undefined ? undefined : JSON.parse(last) };
}

/** The same, for a program that must end by itself. */
export async function askProgram(name: string, args: readonly string[], cwd: string): Promise<unknown> {
  const { end, said } = await runProgram(name, args, cwd);
  if (end.code === 0 && said !== undefined) return said;
  throw new Error(`children/${name}.ts ${args.join(" ")} ended with ${end.code ?? end.signal}`);
}
