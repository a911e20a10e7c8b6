import { spawn } from "node:child_process";

/** How long a program may clean up after TERM before it is killed. */
const graceMs = 3000;

export type ProgramInput = string | Uint8Array | Promise<string | Uint8Array>;

export interface ProgramCall {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** One that is promised is given when it is there; the program runs meanwhile. */
  readonly input?: ProgramInput | undefined;
  readonly signal: AbortSignal;
}

export interface ProgramEnd {
  /** -1: it was killed. */
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs a program, without a shell. Rejects when it does not start, and, when it is gone with all it started, on abort. */
export function runProgram(file: string, args: readonly string[], call: ProgramCall): Promise<ProgramEnd> {
  const { cwd, env, input, signal } = call;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    // A group of its own: ^C at the terminal is for tutti, which then stops it in order.
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    const stopping = stopOnAbort(child.pid, signal);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    // A program that ends before it has read everything closes the pipe: its exit code says what is the case.
    child.stdin.on("error", () => undefined);
    Promise.resolve(input).then(
      (given) => child.stdin.end(given),
      () => child.stdin.end(),
    );
    child.on("error", (error) => {
      stopping.off();
      reject(error);
    });
    child.on("close", (code) => {
      stopping.off();
      if (signal.aborted) return reject(signal.reason as Error);
      resolve({
        exitCode: code ?? -1,
        stdout: Buffer.concat(out),
        stderr: Buffer.concat(err).toString("utf8"),
      });
    });
  });
}

function stopOnAbort(pid: number | undefined, signal: AbortSignal): { off(): void } {
  let killer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    killGroup(pid, "SIGTERM");
    killer = setTimeout(() => killGroup(pid, "SIGKILL"), graceMs);
  };
  signal.addEventListener("abort", stop, { once: true });
  return {
    off() {
      signal.removeEventListener("abort", stop);
      clearTimeout(killer);
    },
  };
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended by itself meanwhile.
  }
}
