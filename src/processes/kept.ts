import { characterEdge } from "./lines.ts";

/** The beginning and the end of a stream of bytes, in bounded memory. */
export interface Kept {
  /** Bytes that came in all. */
  readonly bytes: number;
  add(chunk: Uint8Array): void;
  /** Everything that came so far; only while `bytes` is at most the bound. */
  whole(): Uint8Array;
  /** What was kept, as text; a line between beginning and end says how much is missing. */
  text(): string;
}

/** Keeps at most `maxBytes`: all of it, or when more comes one half of the beginning and one half of the end. */
export function createKept(maxBytes: number): Kept {
  const headBytes = Math.ceil(maxBytes / 2);
  const ring = new Ring(maxBytes - headBytes);
  let start = new Uint8Array(0);
  let bytes = 0;

  function add(chunk: Uint8Array): void {
    const from = Math.min(bytes, maxBytes);
    const room = chunk.subarray(0, maxBytes - from);
    if (from + room.length > start.length) start = grown(start, { size: from + room.length, maxBytes });
    start.set(room, from);
    bytes += chunk.length;
    ring.add(chunk);
  }

  function text(): string {
    const decoder = new TextDecoder();
    if (bytes <= maxBytes) return decoder.decode(start.subarray(0, bytes));
    const head = start.subarray(0, characterEdge(start, headBytes));
    const tail = withoutContinuation(ring.bytes());
    const missing = bytes - head.length - tail.length;
    return `${decoder.decode(head)}\n${leftOut(missing)}\n${new TextDecoder("utf-8", { ignoreBOM: true }).decode(tail)}`;
  }

  return {
    get bytes() {
      return bytes;
    },
    add,
    whole: () => start.subarray(0, bytes),
    text,
  };
}

/** The line that stands for what was not kept. */
export function leftOut(bytes: number): string {
  return `… ${bytes} bytes left out …`;
}

function grown(
  bytes: Uint8Array,
  { size, maxBytes }: { readonly size: number; readonly maxBytes: number },
): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.min(maxBytes, Math.max(size, bytes.length * 2, 1024)));
  larger.set(bytes);
  return larger;
}

/** Without the end of a character that began before. */
function withoutContinuation(bytes: Uint8Array): Uint8Array {
  let skip = 0;
  while (skip < 3 && ((bytes[skip] ?? 0) & 0xc0) === 0x80) skip += 1;
  return bytes.subarray(skip);
}

/** The last `size` bytes of what was added. */
class Ring {
  readonly #size: number;
  #store = new Uint8Array(0);
  #total = 0;

  constructor(size: number) {
    this.#size = size;
  }

  add(chunk: Uint8Array): void {
    const part = chunk.subarray(Math.max(0, chunk.length - this.#size));
    this.#total += chunk.length - part.length;
    if (this.#store.length < this.#size) this.#grow(this.#total + part.length);
    if (this.#size === 0) return;
    const at = this.#total % this.#size;
    const first = part.subarray(0, this.#size - at);
    this.#store.set(first, at);
    this.#store.set(part.subarray(first.length), 0);
    this.#total += part.length;
  }

  bytes(): Uint8Array {
    if (this.#total <= this.#size) return this.#store.slice(0, this.#total);
    const at = this.#total % this.#size;
    const ordered = new Uint8Array(this.#size);
    ordered.set(this.#store.subarray(at));
    ordered.set(this.#store.subarray(0, at), this.#size - at);
    return ordered;
  }

  // Before the ring is full nothing has wrapped, so what is there keeps its place.
  #grow(needed: number): void {
    if (needed <= this.#store.length) return;
    const larger = new Uint8Array(Math.min(this.#size, Math.max(needed, this.#store.length * 2, 1024)));
    larger.set(this.#store);
    this.#store = larger;
  }
}
