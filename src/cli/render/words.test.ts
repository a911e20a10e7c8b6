import { assert, integer, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import {
  agoText,
  asciiGlyphs,
  clockText,
  costText,
  countText,
  dateTimeText,
  durationText,
  glyphsFor,
  capMoneyText,
  moneyText,
  numberText,
  oneLine,
  type ShownStatus,
  statusTone,
  statusWord,
  unicodeGlyphs,
  wantsColour,
  withLocalTimes,
} from "./words.ts";

describe("durations", () => {
  it.each([
    [0, "0s"],
    [-5, "0s"],
    [Number.NaN, "0s"],
    [40, "0s"],
    [300, "0.3s"],
    [3200, "3.2s"],
    [9960, "10s"],
    [42_400, "42s"],
    [59_600, "1m 00s"],
    [80_000, "1m 20s"],
    [3_599_700, "1h 00m"],
    [7_500_000, "2h 05m"],
    [86_400_000 * 3 + 3_600_000 * 4, "3d 4h"],
  ])("%d ms is %s", (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it("never show more than 59 seconds or minutes", () => {
    assert(
      property(integer({ min: 0, max: 10 ** 10 }), (ms) => {
        const text = durationText(ms);
        expect(text).not.toMatch(/\b(6\d|7\d|8\d|9\d)[ms]/);
        expect(text.length).toBeLessThanOrEqual(8);
      }),
    );
  });
});

describe("money", () => {
  it("shows cents, less than a cent, thousands, and what nobody knows", () => {
    expect([0, 0.12, 0.004, 0.000_001, 1234.5, null].map(moneyText)).toEqual([
      "$0.00",
      "$0.12",
      "$0.0040",
      "$0.0001",
      "$1,234.50",
      "unknown",
    ]);
  });

  it("shows a cap between two cents as it is", () => {
    expect([0.255, 0.25, 0.1 + 0.2, 0.004, 10.005].map(capMoneyText)).toEqual([
      "$0.255",
      "$0.25",
      "$0.30",
      "$0.0040",
      "$10.01",
    ]);
  });

  it("says of a run's cost which part is unknown", () => {
    expect(costText({ costUsd: 0.12, unknownCosts: 0 })).toBe("$0.12");
    expect(costText({ costUsd: 0.12, unknownCosts: 2 })).toBe("≥ $0.12, 2 prices unknown");
    expect(costText({ costUsd: 0.12, unknownCosts: 1 }, asciiGlyphs)).toBe(">= $0.12, 1 price unknown");
    expect(costText({ costUsd: 0, unknownCosts: 2 })).toBe("unknown (2 prices)");
  });
});

describe("counts and times", () => {
  it("group thousands and take the right number", () => {
    expect([numberText(7), numberText(1000), numberText(1_234_567)]).toEqual(["7", "1,000", "1,234,567"]);
    expect([countText(1, "step"), countText(0, "step"), countText(2, "entry", "entries")]).toEqual([
      "1 step",
      "0 steps",
      "2 entries",
    ]);
  });

  it("say how long ago something was", () => {
    const now = new Date(2026, 10, 20, 12).getTime();
    const ago = (ms: number) => agoText(now - ms, now);
    expect([ago(-500), ago(42_000), ago(300_000), ago(3 * 3_600_000), ago(50 * 3_600_000)]).toEqual([
      "now",
      "42s ago",
      "5m ago",
      "3h ago",
      "2d ago",
    ]);
    expect(ago(40 * 86_400_000)).toBe("2026-10-11");
  });

  it("are local", () => {
    const at = new Date(2026, 0, 2, 3, 4, 5).getTime();
    expect([dateTimeText(at), clockText(at)]).toEqual(["2026-01-02 03:04:05", "03:04:05"]);
    expect(withLocalTimes(`until {time:${at}}, then`)).toBe("until 2026-01-02 03:04:05, then");
    expect(dateTimeText(Number.NaN)).toContain("unknown");
  });
});

describe("text from outside", () => {
  it("moves no terminal", () => {
    expect(oneLine("\u001b[31mred\u001b[0m\ttab\r\nnext\u0007\u009b2J\u202eevil")).toBe("red tab nextevil");
    expect(oneLine("\u001b]0;title\u0007after")).toBe("after");
  });

  it("loses every kind of escape sequence and nothing else", () => {
    const link = "\u001b]8;;http://x\u001b\\text\u001b]8;;\u001b\\";
    expect(oneLine(`${link} \u001b(Ba\u001bcb \u009b1;31mc \u001bP1$r\u009cd`)).toBe("text ab c d");
    expect(oneLine("\u001b]0;never closed")).toBe("0;never closed");
  });

  it("takes time in proportion to its length, however hostile", () => {
    const texts = ["\u001b]".repeat(200_000), "\u001b[".repeat(200_000), `\u001b[${"1;".repeat(200_000)}`];
    const startedAt = performance.now();
    for (const text of texts) oneLine(text);
    // The square would take minutes.
    expect(performance.now() - startedAt).toBeLessThan(25_000);
  });

  it("holds no control character, whatever comes in", () => {
    assert(
      property(string({ unit: "binary" }), (text) => {
        expect(oneLine(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
      }),
    );
  });
});

describe("glyphs and colours", () => {
  it("are ASCII when the locale is not UTF-8", () => {
    expect(glyphsFor({ LANG: "de_DE.UTF-8" }, "linux")).toBe(unicodeGlyphs);
    expect(glyphsFor({ LC_ALL: "C", LANG: "de_DE.UTF-8" }, "linux")).toBe(asciiGlyphs);
    expect(glyphsFor({ LC_ALL: "", LC_CTYPE: "C.utf8" }, "linux")).toBe(unicodeGlyphs);
    expect(glyphsFor({}, "linux")).toBe(asciiGlyphs);
    expect(glyphsFor({}, "darwin")).toBe(unicodeGlyphs);
    expect(glyphsFor({}, "win32")).toBe(asciiGlyphs);
    expect(glyphsFor({ WT_SESSION: "1" }, "win32")).toBe(unicodeGlyphs);
    expect(glyphsFor({ TERM: "linux", LANG: "C.UTF-8" }, "linux")).toBe(asciiGlyphs);
  });

  it("are really ASCII then", () => {
    expect(JSON.stringify(asciiGlyphs)).toMatch(/^[\u0020-\u007e]*$/);
  });

  it("need a terminal, and no NO_COLOR", () => {
    expect(wantsColour({ isTTY: true }, {})).toBe(true);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: "1" })).toBe(false);
    expect(wantsColour({ isTTY: true }, { TERM: "dumb" })).toBe(false);
    expect(wantsColour({}, {})).toBe(false);
    expect(wantsColour({}, { FORCE_COLOR: "1" })).toBe(true);
    expect(wantsColour({}, { FORCE_COLOR: "0" })).toBe(false);
  });

  it("say every state in a word and a tone", () => {
    const all = Object.keys(unicodeGlyphs.status) as ShownStatus[];
    expect(all.filter((status) => statusWord(status).length > 12)).toEqual([]);
    expect(all.filter((status) => statusTone(status) === "plain")).toEqual(["claimed", "ended"]);
    expect([statusWord("gates"), statusWord("failed"), statusTone("failed")]).toEqual([
      "checking",
      "failed",
      "bad",
    ]);
  });
});
