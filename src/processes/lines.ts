/** Longest line that is handed over; the rest of it is dropped. */
export const maxLineBytes = 64 * 1024;

const newline = 0x0a;
const carriageReturn = 0x0d;
const byteOrderMark = 0xfeff;

export interface LineSplitter {
  write(chunk: Uint8Array): void;
  /** Hands over the last line when it has no newline. */
  end(): void;
}

/**
 * Splits bytes into lines and decodes each as a whole, so that a character that came in two chunks is right. Bytes
 * that are no UTF-8 become U+FFFD; a line beyond `maxLineBytes` is cut at a character's edge and ends in "…".
 */
export function createLineSplitter(take: (line: string) => void): LineSplitter {
  const decoder = new TextDecoder();
  const partDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let pending = new Uint8Array(0);
  let length = 0;
  let cut = false;

  function keep(part: Uint8Array): void {
    const room = maxLineBytes - length;
    if (part.length > room) cut = true;
    const kept = part.subarray(0, room);
    if (length + kept.length > pending.length) pending = grown(pending, length + kept.length);
    pending.set(kept, length);
    length += kept.length;
  }

  function flush(): void {
    const bytes = pending.subarray(0, cut ? characterEdge(pending, length) : length);
    const text = decoder.decode(bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes);
    length = 0;
    take(cut ? `${text}…` : text);
    cut = false;
  }

  /** Lines that are all there, none of them too long: decoded together, because a program may print millions. */
  function hand(lines: Uint8Array): void {
    const text = partDecoder.decode(lines);
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      take(bare(text, start, end));
      start = end + 1;
    }
  }

  function writePart(part: Uint8Array): void {
    const first = part.indexOf(newline);
    if (first === -1) return keep(part);
    keep(part.subarray(0, first));
    flush();
    const end = part.lastIndexOf(newline) + 1;
    if (end > first + 1) hand(part.subarray(first + 1, end));
    keep(part.subarray(end));
  }

  return {
    write(chunk) {
      for (let at = 0; at < chunk.length; at += maxLineBytes)
        writePart(chunk.subarray(at, at + maxLineBytes));
    },
    end() {
      if (length > 0) flush();
    },
  };
}

/** What a decoder of that line alone gives: without a byte order mark before and a carriage return behind it. */
function bare(text: string, start: number, end: number): string {
  const from = text.charCodeAt(start) === byteOrderMark ? start + 1 : start;
  return text.slice(from, end > from && text.charCodeAt(end - 1) === carriageReturn ? end - 1 : end);
}

function grown(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.min(maxLineBytes, Math.max(size, bytes.length * 2, 256)));
  larger.set(bytes);
  return larger;
}

/** The largest index up to `end` that does not lie inside a UTF-8 character. */
export function characterEdge(bytes: Uint8Array, end: number): number {
  for (let back = 1; back <= 3 && back <= end; back += 1) {
    const byte = bytes[end - back] ?? 0;
    if (byte < 0x80) return end;
    if (byte >= 0xc0) return back < sequenceLength(byte) ? end - back : end;
  }
  return end;
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4;
  return lead >= 0xe0 ? 3 : 2;
}
