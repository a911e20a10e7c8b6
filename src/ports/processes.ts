/**
 * Starts programs so that they can be stopped for certain.
 *
 * - every program runs in a process group of its own, with `marks` in its environment;
 * - on abort, timeout or idle time: TERM to the group and to every descendant found, then KILL after `graceMs`;
 *   `survivors` names what still lives after that;
 * - `stdout` and `stderr` are handed over line by line (bytes that are no UTF-8 become U+FFFD) and are capped:
 *   at most `keepBytes` of each are kept (the beginning and the end), the whole goes to `spill` when given;
 * - a program that cannot be started resolves with `error`, it does not reject;
 * - it never rejects; `ended` says why the program ended.
 */
export interface Processes {
  run(command: ProcessCommand): Promise<ProcessResult>;
  /** Kills every living process that carries this mark, whoever started it (TERM, then KILL); gives how many were found and who lives on. */
  killMarked(
    mark: string,
    value: string,
    options?: { readonly graceMs?: number },
  ): Promise<{ readonly found: number; readonly survivors: readonly number[] }>;
}

export interface ProcessCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Its standard input: a text, or texts as they come, with their end as its end. */
  readonly input?: string | AsyncIterable<string>;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
  readonly idleMs?: number;
  /** Time between TERM and KILL; default 2000 ms. */
  readonly graceMs?: number;
  readonly keepBytes: number;
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => void;
  /** Every byte of stdout as it comes; for protocols, whose messages may be longer than a line that is handed over. */
  readonly onBytes?: (bytes: Uint8Array) => void;
  /** Takes every byte of stdout once more than `keepBytes` came, the kept beginning first; back-pressure is honoured. */
  readonly spill?: (bytes: AsyncIterable<Uint8Array>) => Promise<string>;
}

export interface ProcessResult {
  readonly ended: "exit" | "signal" | "timeout" | "idle" | "aborted" | "error";
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes that were printed in all. */
  readonly stdoutBytes: number;
  /** What `spill` resolved with. */
  readonly spilled?: string;
  readonly error?: string;
  readonly survivors: readonly number[];
  readonly durationMs: number;
}
