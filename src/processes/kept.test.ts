import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKept, leftOut } from "./kept.ts";

/** Keeps a text that comes in pieces of the given sizes, over and over. */
function keep(text: string, { maxBytes, sizes }: { maxBytes: number; sizes: readonly number[] }): string {
  const kept = createKept(maxBytes);
  const bytes = Buffer.from(text);
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    kept.add(bytes.subarray(at, at + size));
    at += size;
  }
  expect(kept.bytes).toBe(bytes.length);
  return kept.text();
}

const sizesArbitrary = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 });

describe("kept output", () => {
  it("is the whole text while it fits, in whatever pieces it came", () => {
    const text = fc
      .string({ unit: "grapheme", maxLength: 60 })
      .filter((value) => !value.startsWith("\ufeff"));
    fc.assert(
      fc.property(text, sizesArbitrary, (value, sizes) => {
        expect(keep(value, { maxBytes: Buffer.byteLength(value), sizes })).toBe(value);
      }),
    );
  });

  it("is a beginning and an end of the text, together at most the bound, when it does not fit", () => {
    const text = fc.string({ unit: "binary", minLength: 30, maxLength: 200 });
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 29 }), sizesArbitrary, (raw, maxBytes, sizes) => {
        const value = raw.toWellFormed().replaceAll("…", ".").replaceAll("\ufeff", ".");
        const [head = "", tail = ""] = keep(value, { maxBytes, sizes }).split(/\n… \d+ bytes left out …\n/);
        expect(value.startsWith(head)).toBe(true);
        expect(value.endsWith(tail)).toBe(true);
        expect(Buffer.byteLength(head) + Buffer.byteLength(tail)).toBeLessThanOrEqual(maxBytes);
        expect(Buffer.byteLength(head) + Buffer.byteLength(tail)).toBeGreaterThanOrEqual(maxBytes - 6);
      }),
    );
  });

  it("says how much is missing", () => {
    expect(keep("abcdefghij", { maxBytes: 4, sizes: [3] })).toBe(`ab\n${leftOut(6)}\nij`);
    expect(keep("aé€💩z", { maxBytes: 8, sizes: [1] })).toBe(`aé\n${leftOut(7)}\nz`);
  });
});
