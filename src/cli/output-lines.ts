import { type FileHandle, open } from "node:fs/promises";

const chunkBytes = 64 * 1024;

/** A line that a step printed. */
export interface OutputLine {
  readonly text: string;
  readonly stream: "stdout" | "stderr";
}

/** Reads the printed lines of one attempt, from the first on, as they come; none is left out. */
export class OutputLines {
  readonly #path: string;
  #offset = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
  }

  /** The whole lines that were not given before. A file that does not exist has none. */
  async *fresh(): AsyncGenerator<OutputLine> {
    const file = await opened(this.#path);
    if (!file) return;
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, this.#offset);
        if (bytesRead === 0) return;
        this.#offset += bytesRead;
        yield* this.#split(buffer.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  }

  *#split(bytes: Buffer): Generator<OutputLine> {
    const all = Buffer.concat([this.#rest, bytes]);
    const end = all.lastIndexOf("\n") + 1;
    this.#rest = all.subarray(end);
    if (end === 0) return;
    // The file marks lines of standard error with `! `, all others with two spaces.
    for (const line of all.toString("utf8", 0, end - 1).split("\n")) {
      yield { text: line.slice(2), stream: line.startsWith("!") ? "stderr" : "stdout" };
    }
  }
}

async function opened(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
