import type { Readable } from "node:stream";
import { createKept } from "./kept.ts";
import { createLineSplitter } from "./lines.ts";
import { createSpill } from "./spill.ts";
import type { Spill } from "./spill.ts";

export interface OutputOptions {
  readonly keepBytes: number;
  readonly onLine?: ((line: string) => void) | undefined;
  readonly spill?: ((bytes: AsyncIterable<Uint8Array>) => Promise<string>) | undefined;
  /** Gets what comes, as it comes. */
  readonly take?: ((bytes: Uint8Array) => void) | undefined;
  /** Something came. */
  readonly onBytes: () => void;
}

/** One output of a program, read to its end in bounded memory. */
export interface Output {
  readonly bytes: number;
  text(): string;
  /** True while the sink has not taken what was read last: then silence is not the program's. */
  readonly blocked: boolean;
  /** Resolves when the stream ended or was given up. */
  readonly done: Promise<void>;
  /** The sink's answer, once more than `keepBytes` came; read it after `done`. */
  stored(): Promise<string> | undefined;
  /** Reads no further. */
  giveUp(): void;
}

export function readOutput(stream: Readable, options: OutputOptions): Output {
  const kept = createKept(options.keepBytes);
  const lines = options.onLine ? createLineSplitter(quietly(options.onLine)) : undefined;
  const take = options.take && quietly(options.take);
  let spill: Spill | undefined;
  let blocked = false;

  async function toSink(chunk: Uint8Array): Promise<void> {
    if (!options.spill || kept.bytes + chunk.length <= options.keepBytes) return;
    blocked = true;
    if (!spill) {
      spill = createSpill(options.spill);
      if (kept.bytes > 0) await spill.write(kept.whole().slice());
    }
    await spill.write(chunk);
    blocked = false;
  }

  async function read(): Promise<void> {
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        options.onBytes();
        take?.(chunk);
        lines?.write(chunk);
        await toSink(chunk);
        kept.add(chunk);
      }
    } catch {
      // The stream was given up, or the other end broke it: what came is what there is.
    }
    lines?.end();
    spill?.end();
  }

  return {
    get bytes() {
      return kept.bytes;
    },
    text: () => kept.text(),
    get blocked() {
      return blocked;
    },
    done: read(),
    stored: () => spill?.stored,
    giveUp: () => void stream.destroy(),
  };
}

/** Whoever watches must not end what is watched: after the first throw nothing is handed over any more. */
function quietly<T>(take: (part: T) => void): (part: T) => void {
  let broken = false;
  return (part) => {
    if (broken) return;
    try {
      take(part);
    } catch {
      broken = true;
    }
  };
}
