import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLines } from "./lines.ts";

function read(chunks: readonly Uint8Array[], maxBytes = 1000): readonly string[] {
  const lines: string[] = [];
  const write = createLines(maxBytes, (line) => lines.push(line));
  for (const chunk of chunks) write(chunk);
  return lines;
}

describe("lines of a server", () => {
  it("are the same however their bytes come, and the last one waits for its end", () => {
    const text = fc.array(fc.string({ unit: "grapheme" }).map((line) => line.replaceAll("\n", "")));
    fc.assert(
      fc.property(text, fc.array(fc.nat(7)), (lines, cuts) => {
        const bytes = Buffer.from([...lines, "unended"].join("\n"));
        const chunks: Uint8Array[] = [];
        let from = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(from, from + cut));
          from += cut;
        }
        expect(read([...chunks, bytes.subarray(from)])).toEqual(lines);
      }),
    );
  });

  it("may not be too long, in one piece or in many", () => {
    expect(read([Buffer.from("12345\n")], 5)).toEqual(["12345"]);
    expect(() => read([Buffer.from("123456\n")], 5)).toThrow("longer than 5 bytes");
    expect(() => read([Buffer.from("123"), Buffer.from("456")], 5)).toThrow("longer than 5 bytes");
  });
});
