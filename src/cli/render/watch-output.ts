import { open } from "node:fs/promises";

/** Bytes read from the end of a file that is met for the first time, and at most in one look. */
const firstBytes = 16 * 1024;
const mostBytes = 256 * 1024;

export interface FollowedLine {
  readonly text: string;
  readonly stream: "stdout" | "stderr";
}

/** The printed lines of an attempt, read from its output file as they come. */
export class FollowedFile {
  readonly path: string;
  #offset = -1;
  #rest: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.path = path;
  }

  /** The whole lines that have come since the last call; of much output only the end. No file: no lines. */
  async read(): Promise<readonly FollowedLine[]> {
    const bytes = await this.#readBytes();
    const all = Buffer.concat([this.#rest, bytes]);
    const end = all.lastIndexOf(10) + 1;
    this.#rest = all.subarray(end).subarray(-mostBytes);
    if (end === 0) return [];
    return all
      .subarray(0, end - 1)
      .toString("utf8")
      .split("\n")
      .map(lineOf);
  }

  async #readBytes(): Promise<Buffer> {
    const file = await open(this.path, "r").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (!file) return Buffer.alloc(0);
    try {
      const { size } = await file.stat();
      const most = this.#offset < 0 ? firstBytes : mostBytes;
      const from = Math.max(this.#offset, size - most, 0);
      const skipped = from > Math.max(this.#offset, 0);
      const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.max(0, size - from)), 0, null, from);
      this.#offset = from + bytesRead;
      const bytes = buffer.subarray(0, bytesRead);
      if (!skipped) return bytes;
      // What was left out ends somewhere inside a line.
      this.#rest = Buffer.alloc(0);
      return bytes.subarray(bytes.indexOf(10) + 1);
    } finally {
      await file.close();
    }
  }
}

/** The file marks lines of standard error with `! `, the others with two spaces. */
function lineOf(line: string): FollowedLine {
  return { text: line.slice(2), stream: line.startsWith("! ") ? "stderr" : "stdout" };
}
