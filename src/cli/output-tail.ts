import { open } from "node:fs/promises";

const tailBytes = 8192;

/** The last lines of a step's printed output; none when nothing was kept. */
export async function lastLines(file: string, most: number): Promise<readonly string[]> {
  try {
    await using handle = await open(file);
    const { size } = await handle.stat();
    const length = Math.min(size, tailBytes);
    const { buffer } = await handle.read({ buffer: Buffer.alloc(length), position: size - length });
    const lines = buffer.toString("utf8").split("\n");
    // The first one is cut when the file is longer; the last one is empty.
    const whole = size > length ? lines.slice(1, -1) : lines.slice(0, -1);
    return whole.slice(-most).map((line) => line.slice(2));
  } catch {
    return [];
  }
}
