const newline = 0x0a;

/**
 * Joins bytes to lines of at most `maxBytes`, whatever pieces they come in; throws when one is longer. Unlike the
 * buffer of the SDK it copies every byte once, so that a long line takes no longer than many short ones.
 */
export function createLines(maxBytes: number, take: (line: string) => void): (bytes: Uint8Array) => void {
  let parts: Uint8Array[] = [];
  let size = 0;
  const keep = (part: Uint8Array): void => {
    size += part.length;
    if (size > maxBytes) throw new RangeError(`a line is longer than ${maxBytes} bytes`);
    parts.push(part);
  };
  return (bytes) => {
    let from = 0;
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, from)) {
      keep(bytes.subarray(from, end));
      from = end + 1;
      const line = Buffer.concat(parts).toString("utf8");
      parts = [];
      size = 0;
      take(line);
    }
    if (from < bytes.length) keep(bytes.subarray(from));
  };
}
