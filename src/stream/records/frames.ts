/** The bytes of one record as they lie in a stream of bytes. */
export interface Frame {
  /** Without the line break behind it; only the beginning of one that is too long. Valid until the next call. */
  readonly bytes: Uint8Array;
  /** Longer than the bound. */
  readonly tooLong: boolean;
  /** Where it begins. */
  readonly offset: number;
  /** The line it begins in, from 1. */
  readonly line: number;
}

/** Finds the ends of records; it remembers what it has seen. */
export interface FrameScanner {
  /** The index behind the line break that ends the record, from `at` on; 0 when it is not among these bytes. */
  endIn(bytes: Uint8Array, at: number): number;
  /** A record begins. */
  begin(): void;
}

/**
 * Cuts bytes into frames, in memory that is bounded by `maxBytes` and one chunk.
 *
 * - `feed` is called when `next` has nothing more to give; the chunk may be used again after that;
 * - `next` gives the frames that are complete, `rest` the one that has no line break behind it, when nothing more comes;
 * - `offset` and `line` are where the frame after the last one given begins.
 */
export interface Framer {
  readonly offset: number;
  readonly line: number;
  feed(chunk: Uint8Array): void;
  next(): Frame | undefined;
  rest(): Frame | undefined;
}

export interface FramerOptions {
  readonly scanner: FrameScanner;
  readonly maxBytes: number;
  readonly offset: number;
  readonly line: number;
}

const newline = 0x0a;
const carriageReturn = 0x0d;
const breakBytes = 2;

export function createFramer({ scanner, maxBytes, ...from }: FramerOptions): Framer {
  const start = createStart(maxBytes + breakBytes);
  let { offset, line } = from;
  let chunk: Uint8Array = new Uint8Array(0);
  let at = 0;

  function frameOf({ bytes, length, breaks }: Part): Frame {
    const size = length - breakOf(bytes, length);
    const kept = bytes.subarray(0, Math.min(size, maxBytes));
    const frame = { bytes: kept, tooLong: size > maxBytes, offset, line };
    offset += length;
    line += breaks;
    scanner.begin();
    return frame;
  }

  return {
    get offset() {
      return offset;
    },
    get line() {
      return line;
    },
    feed(bytes) {
      chunk = bytes;
      at = 0;
    },
    next() {
      if (at === chunk.length) return undefined;
      const end = scanner.endIn(chunk, at);
      const part = chunk.subarray(at, end === 0 ? chunk.length : end);
      at += part.length;
      if (end !== 0 && start.isEmpty()) return frameOf(partOf(part));
      start.add(part);
      return end === 0 ? undefined : frameOf(start.take());
    },
    rest: () => (start.isEmpty() ? undefined : frameOf(start.take())),
  };
}

/** The bytes of a frame, of which not more than the bound were kept. */
interface Part {
  readonly bytes: Uint8Array;
  /** All that there were. */
  readonly length: number;
  readonly breaks: number;
}

function partOf(bytes: Uint8Array): Part {
  return { bytes, length: bytes.length, breaks: countBreaks(bytes) };
}

/** The beginning of a frame whose end has not come. */
interface Start {
  isEmpty(): boolean;
  add(part: Uint8Array): void;
  /** It is empty then; the bytes are valid until something is added. */
  take(): Part;
}

function createStart(mostBytes: number): Start {
  let bytes: Uint8Array = new Uint8Array(0);
  let kept = 0;
  let length = 0;
  let breaks = 0;
  return {
    isEmpty: () => length === 0,
    add(part) {
      const wanted = part.subarray(0, mostBytes - kept);
      if (kept + wanted.length > bytes.length)
        bytes = grown(bytes, { size: kept + wanted.length, mostBytes });
      bytes.set(wanted, kept);
      kept += wanted.length;
      length += part.length;
      breaks += countBreaks(part);
    },
    take() {
      const part = { bytes: bytes.subarray(0, kept), length, breaks };
      kept = length = breaks = 0;
      return part;
    },
  };
}

/** Bytes of the line break at the end; a frame of which not all was kept is too long with or without it. */
function breakOf(bytes: Uint8Array, size: number): number {
  if (bytes.length < size || bytes.at(-1) !== newline) return 0;
  return bytes.at(-2) === carriageReturn ? 2 : 1;
}

function countBreaks(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) count += 1;
  return count;
}

function grown(
  bytes: Uint8Array,
  { size, mostBytes }: { readonly size: number; readonly mostBytes: number },
): Uint8Array {
  const larger = new Uint8Array(Math.min(mostBytes, Math.max(size, bytes.length * 2, 256)));
  larger.set(bytes);
  return larger;
}

/** Each line is a record. */
export const lineScanner: FrameScanner = {
  endIn: (bytes, at) => bytes.indexOf(newline, at) + 1,
  begin: () => {},
};
