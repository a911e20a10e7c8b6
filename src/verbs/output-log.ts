import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { messageOf, TuttiError } from "../errors.ts";
import type { PrintedLine } from "../runtimes/loop.ts";

/** Longest log of one attempt; what is printed beyond is in the step's artifact only. */
const mostBytes = 16 * 1024 * 1024;

/** Where the printed lines of an attempt are kept: one file an attempt, a name that any address can have. */
export function outputFile(
  stateDir: string,
  place: { readonly runId: string; readonly address: string; readonly attempt: number },
): string {
  const plain = place.address.replaceAll(/[^A-Za-z0-9._-]/g, "_").slice(0, 80);
  const digest = createHash("sha256").update(place.address).digest("hex").slice(0, 8);
  return join(outputDir(stateDir, place.runId), `${plain}-${digest}.${place.attempt}.log`);
}

export function outputDir(stateDir: string, runId: string): string {
  return join(stateDir, "output", runId);
}

/** Writes what steps print to files, for `tutti logs`. Not durable and never in the way: trouble is told once. */
export class OutputLog {
  readonly #files = new Map<string, { readonly stream: WriteStream; bytes: number }>();
  readonly #stateDir: string;
  readonly #runId: string;
  readonly #onTrouble: (error: TuttiError) => void;
  #broken = false;

  constructor(
    stateDir: string,
    options: { readonly runId: string; readonly onTrouble: (error: TuttiError) => void },
  ) {
    this.#stateDir = stateDir;
    this.#runId = options.runId;
    this.#onTrouble = options.onTrouble;
  }

  write({ address, attempt, line, stream }: PrintedLine): void {
    if (this.#broken) return;
    const file = this.#open(address, attempt);
    if (!file || file.bytes > mostBytes) return;
    const text = stream === "stderr" ? `! ${line}\n` : `  ${line}\n`;
    file.bytes += text.length;
    file.stream.write(text);
  }

  async close(): Promise<void> {
    const open = [...this.#files.values()];
    this.#files.clear();
    await Promise.all(open.map(({ stream }) => new Promise<void>((resolve) => stream.end(() => resolve()))));
  }

  #open(address: string, attempt: number): { readonly stream: WriteStream; bytes: number } | undefined {
    const path = outputFile(this.#stateDir, { runId: this.#runId, address, attempt });
    const known = this.#files.get(path);
    if (known) return known;
    try {
      mkdirSync(outputDir(this.#stateDir, this.#runId), { recursive: true, mode: 0o700 });
    } catch (error) {
      this.#giveUp(error);
      return undefined;
    }
    const stream = createWriteStream(path, { flags: "a", mode: 0o600 });
    stream.on("error", (error) => this.#giveUp(error));
    const file = { stream, bytes: 0 };
    this.#files.set(path, file);
    return file;
  }

  #giveUp(error: unknown): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#onTrouble(
      new TuttiError(
        "STORE_FULL",
        `Cannot keep the printed output of run "${this.#runId}": ${messageOf(error)}`,
        {
          fix: "free some disk space; the run itself goes on and its results are kept",
          cause: error,
        },
      ),
    );
  }
}
