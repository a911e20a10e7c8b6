import { Writable } from "node:stream";

/** A terminal that keeps what is written to it. */
export class FakeTerminal extends Writable {
  readonly isTTY = true;
  columns = 60;
  rows = 12;
  written = "";

  readonly #waiting = new Set<() => void>();

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written += chunk.toString("utf8");
    for (const look of this.#waiting) look();
    done();
  }

  /** As what the code under test asks for; it uses only what is here. */
  asStream(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream;
  }

  resize(columns: number, rows: number): void {
    Object.assign(this, { columns, rows });
    this.emit("resize");
  }

  /** Resolves once this was written. */
  shows(text: string): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!this.written.includes(text)) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}
