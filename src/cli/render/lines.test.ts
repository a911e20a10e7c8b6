import { array, assert, integer, property, record, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { fitLine, lineText, painter } from "./lines.ts";
import { displayWidth } from "./width.ts";

describe("lines", () => {
  it("are cut where they do not fit, with a mark", () => {
    const line = [{ text: "abc", bold: true }, { text: "def" }];
    expect(lineText(fitLine(line, 6))).toBe("abcdef");
    expect(lineText(fitLine(line, 5))).toBe("abcd…");
    expect(lineText(fitLine(line, 3))).toBe("ab…");
    expect(lineText(fitLine(line, 2, { mark: "~" }))).toBe("a~");
  });

  it("never take more columns than there are", () => {
    const spans = array(record({ text: string({ unit: "grapheme", maxLength: 8 }) }), { maxLength: 6 });
    assert(
      property(spans, integer({ min: 0, max: 20 }), (line, width) => {
        expect(displayWidth(lineText(fitLine(line, width)))).toBeLessThanOrEqual(width);
      }),
    );
  });

  it("have colours only when they are wanted", () => {
    const line = (["good", "bad", "warn", "busy", "quiet", "plain"] as const).map((tone) => ({
      text: tone[0] ?? "",
      tone,
    }));
    expect(painter(false)([...line, { text: "" }, { text: "B", bold: true }])).toBe("gbwbqpB");
    const esc = "\u001b";
    expect(painter(true)(line)).toBe(
      `${esc}[32mg${esc}[39m${esc}[31mb${esc}[39m${esc}[33mw${esc}[39m${esc}[36mb${esc}[39m${esc}[2mq${esc}[22mp`,
    );
    expect(
      painter(true)([
        { text: "b", bold: true },
        { text: "d", dim: true },
      ]),
    ).toBe(`${esc}[1mb${esc}[22m${esc}[2md${esc}[22m`);
  });
});
