/** Longest line that is handed over; the rest of it is dropped. */
export const maxLineBytes = 64 * 1024;

const newline = 0x0a;
const carriageReturn = 0x0d;

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

  return {
    write(chunk) {
      let start = 0;
      for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, start)) {
        keep(chunk.subarray(start, at));
        flush();
        start = at + 1;
      }
      keep(chunk.subarray(start));
    },
    end() {
      if (length > 0) flush();
    },
  };
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
