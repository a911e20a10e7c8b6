import { assert, integer, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { cutText, displayWidth, padText } from "./width.ts";

describe("display width", () => {
  it("counts wide characters twice and combining ones not at all", () => {
    expect(["abc", "日本", "e\u0301", "👩‍👩‍👧", "✓…"].map(displayWidth)).toEqual([3, 4, 1, 2, 2]);
  });

  it("cuts between characters, never through one", () => {
    expect(cutText("abcdef", 4)).toBe("abc…");
    expect(cutText("abcd", 4)).toBe("abcd");
    expect(cutText("日本語", 4)).toBe("日…");
    expect(cutText("👩‍👩‍👧👩‍👩‍👧", 3)).toBe("👩‍👩‍👧…");
    expect(cutText("abc", 0)).toBe("");
    expect(cutText("日本", 1, { mark: "……" })).toBe("");
    expect(cutText("abcdef", 4, { mark: "~" })).toBe("abc~");
  });

  it("fills up to a column on either side", () => {
    expect(padText("日", 4)).toBe("日  ");
    expect(padText("3s", 4, { align: "right" })).toBe("  3s");
    expect(padText("日本語", 4)).toBe("日… ");
  });

  it("is exactly what was asked for, whatever the text", () => {
    const texts = string({ unit: "grapheme", maxLength: 30 });
    assert(
      property(texts, integer({ min: 0, max: 20 }), (text, width) => {
        expect(displayWidth(cutText(text, width))).toBeLessThanOrEqual(width);
        expect(displayWidth(padText(text, width))).toBe(width);
      }),
    );
  });
});
