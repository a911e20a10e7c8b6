import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { characterEdge, createLineSplitter, maxLineBytes } from "./lines.ts";

function split(bytes: Uint8Array, size: number): string[] {
  const lines: string[] = [];
  const splitter = createLineSplitter((line) => lines.push(line));
  for (let at = 0; at < bytes.length; at += size) splitter.write(bytes.subarray(at, at + size));
  splitter.end();
  return lines;
}

function decodedAlone(values: readonly number[]): string[] {
  const lines: number[][] = [[]];
  for (const value of values) {
    if (value === 0x0a) lines.push([]);
    else lines.at(-1)?.push(value);
  }
  if (lines.at(-1)?.length === 0) lines.pop();
  return lines.map((line) =>
    new TextDecoder().decode(Uint8Array.from(line.at(-1) === 0x0d ? line.slice(0, -1) : line)),
  );
}

describe("the line splitter", () => {
  it("gives the same lines in whatever pieces the bytes come", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 20 }), (bytes, size) => {
        expect(split(bytes, size)).toEqual(split(bytes, Math.max(1, bytes.length)));
      }),
    );
  });

  it("gives each line as it is decoded alone, whatever its bytes are and in whatever pieces they come", () => {
    const alphabet = [0x0a, 0x0d, 0x41, 0xef, 0xbb, 0xbf, 0xe2, 0x82, 0xac, 0xf0, 0xff];
    const bytes = fc.array(fc.constantFrom(...alphabet), { maxLength: 60 });
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 60 }), (values, size) => {
        expect(split(Uint8Array.from(values), size)).toEqual(decodedAlone(values));
      }),
      { numRuns: 1000 },
    );
  });

  it("gives short lines of a piece that is longer than the longest line", () => {
    const lines = Array.from({ length: maxLineBytes }, (_, index) => String(index));
    expect(split(Buffer.from(`${lines.join("\n")}\n`), maxLineBytes * 3)).toEqual(lines);
  });

  it("gives the lines of a text", () => {
    const line = fc
      .string({ unit: "grapheme", maxLength: 20 })
      .map((text) => text.replaceAll(/[\r\n\ufeff]/g, "."));
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 10 }),
        fc.integer({ min: 1, max: 9 }),
        (lines, size) => {
          expect(split(Buffer.from(lines.map((text) => `${text}\n`).join("")), size)).toEqual(lines);
        },
      ),
    );
  });

  it("cuts a long line at the edge of a character", () => {
    const [line = "", next] = split(Buffer.from(`${"€".repeat(maxLineBytes)}\nnext`), 1000);
    expect(line).toBe(`${"€".repeat(Math.floor(maxLineBytes / 3))}…`);
    expect(next).toBe("next");
  });

  it("does not cut a line of exactly the longest length", () => {
    expect(split(Buffer.from(`${"x".repeat(maxLineBytes)}\n`), 4096)).toEqual(["x".repeat(maxLineBytes)]);
  });
});

describe("the edge of a character", () => {
  it("is never inside one", () => {
    const bytes = Buffer.from("aé€💩");
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((end) => characterEdge(bytes, end))).toEqual([
      1, 1, 3, 3, 3, 6, 6, 6, 6, 10,
    ]);
  });

  it("leaves bytes alone that are no UTF-8", () => {
    expect(characterEdge(Uint8Array.of(0x80, 0x80, 0x80, 0x80), 4)).toBe(4);
  });
});
