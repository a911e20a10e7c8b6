import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { messageOf, TuttiError } from "../errors.ts";
import type { PrintedLine } from "../runtimes/loop.ts";

/** Longest log of one attempt; what is printed beyond is in the step's artifact only. */
const mostBytes = 16 * 1024 * 1024;

/** An attempt of all that a run has had. */
export interface OutputPlace {
  readonly runId: string;
  readonly address: string;
  /** From 1: each restart of the run begins another, in which attempts count from 1 again. */
  readonly life: number;
  readonly attempt: number;
}

/** Where the printed lines of an attempt are kept: one file an attempt, a name that any address can have. */
export function outputFile(stateDir: string, place: OutputPlace): string {
  const plain = place.address.replaceAll(/[^A-Za-z0-9._-]/g, "_").slice(0, 80);
  const digest = createHash("sha256").update(place.address).digest("hex").slice(0, 8);
  const life = place.life === 1 ? "" : `.life${place.life}`;
  return join(outputDir(stateDir, place.runId), `${plain}-${digest}${life}.${place.attempt}.log`);
}

export function outputDir(stateDir: string, runId: string): string {
  return join(stateDir, "output", runId);
}

interface Place {
  readonly address: string;
  readonly attempt: number;
}

interface LogFile {
  readonly place: Place;
  /** Undefined while nothing is printed to it. */
  stream: WriteStream | undefined;
  bytes: number;
  /** Lines that are not handed to the stream yet: many short ones are written as one text. */
  pending: string;
}

const pendingCharacters = 64 * 1024;

/** Writes what steps print to files, for `tutti logs`. Not durable and never in the way: trouble is told once. */
export class OutputLog {
  /** By place, not by path: it is asked for every line, and a path costs a hash. */
  readonly #files = new Map<string, LogFile>();
  readonly #closing = new Set<Promise<void>>();
  readonly #unwritten = new Set<LogFile>();
  /** The one that was printed to last. */
  #latest: LogFile | undefined;
  readonly #stateDir: string;
  readonly #runId: string;
  readonly #life: number;
  readonly #onTrouble: (error: TuttiError) => void;
  #broken = false;

  constructor(
    stateDir: string,
    options: {
      readonly runId: string;
      readonly life: number;
      /** False: nothing is written. */
      readonly keep: boolean;
      readonly onTrouble: (error: TuttiError) => void;
    },
  ) {
    this.#broken = !options.keep;
    this.#stateDir = stateDir;
    this.#runId = options.runId;
    this.#life = options.life;
    this.#onTrouble = options.onTrouble;
  }

  write({ address, attempt, line, stream }: PrintedLine): void {
    if (this.#broken) return;
    const file = this.#fileOf(address, attempt);
    if (file.bytes > mostBytes) return;
    const text = stream === "stderr" ? `! ${line}\n` : `  ${line}\n`;
    file.bytes += text.length;
    file.pending += text;
    if (file.pending.length >= pendingCharacters) this.#flush(file);
    else this.#flushSoon(file);
  }

  #flushSoon(file: LogFile): void {
    if (this.#unwritten.size === 0) setImmediate(() => this.#flushAll());
    this.#unwritten.add(file);
  }

  #flushAll(): void {
    for (const file of this.#unwritten) this.#flush(file);
    this.#unwritten.clear();
  }

  #flush(file: LogFile): void {
    if (file.pending === "" || this.#broken) return;
    file.stream ??= this.#open(file.place);
    file.stream?.write(file.pending);
    file.pending = "";
  }

  /** A step has ended with this attempt: its files are closed, so that a long run holds no more open than it needs. */
  end({ address, attempt: last }: Place): void {
    for (let attempt = 1; attempt <= last; attempt += 1) {
      const file = this.#files.get(keyOf(address, attempt));
      if (file) this.#flush(file);
      if (!file?.stream) continue;
      const closed = closedStream(file.stream);
      file.stream = undefined;
      this.#closing.add(closed);
      void closed.then(() => this.#closing.delete(closed));
    }
  }

  async close(): Promise<void> {
    this.#flushAll();
    const open = [...this.#files.values()].flatMap(({ stream }) => stream ?? []);
    this.#files.clear();
    await Promise.all([...this.#closing, ...open.map(closedStream)]);
  }

  #fileOf(address: string, attempt: number): LogFile {
    const latest = this.#latest;
    if (latest?.place.address === address && latest.place.attempt === attempt) return latest;
    const key = keyOf(address, attempt);
    const file = this.#files.get(key) ?? {
      place: { address, attempt },
      stream: undefined,
      bytes: 0,
      pending: "",
    };
    this.#files.set(key, file);
    this.#latest = file;
    return file;
  }

  #open({ address, attempt }: Place): WriteStream | undefined {
    try {
      makeOutputDir(this.#stateDir, this.#runId);
    } catch (error) {
      this.#giveUp(error);
      return undefined;
    }
    const path = outputFile(this.#stateDir, { runId: this.#runId, life: this.#life, address, attempt });
    const stream = createWriteStream(path, { flags: "a", mode: 0o600 });
    stream.on("error", (error) => this.#giveUp(error));
    return stream;
  }

  #giveUp(error: unknown): void {
    if (this.#broken) return;
    this.#broken = true;
    const what = `Cannot keep the printed output of run "${this.#runId}"`;
    this.#onTrouble(
      hasCode(error, "ENOENT")
        ? new TuttiError("STORE_DAMAGED", `${what}: the folder "${this.#stateDir}" was removed`, {
            fix: "put the folder back from a copy; leave it while runs are going",
            cause: error,
          })
        : new TuttiError("STORE_FULL", `${what}: ${messageOf(error)}`, {
            fix: "free some disk space; no more lines of this process are kept, which changes no result",
            cause: error,
          }),
    );
  }
}

/** One by one: a state folder that was removed while runs are going must not come back as an empty one. */
function makeOutputDir(stateDir: string, runId: string): void {
  for (const folder of [join(stateDir, "output"), outputDir(stateDir, runId)]) {
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      if (!hasCode(error, "EEXIST")) throw error;
    }
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function keyOf(address: string, attempt: number): string {
  return `${address} ${attempt}`;
}

function closedStream(stream: WriteStream): Promise<void> {
  return new Promise((resolve) => stream.end(() => resolve()));
}
