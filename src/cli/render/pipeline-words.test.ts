import { describe, expect, it } from "vitest";
import { placeFigures, streamFigures, workedFigures } from "../../../test/cli/figures.ts";
import {
  bytesText,
  fatesText,
  lagText,
  latencyText,
  progressText,
  rateText,
  shareText,
} from "./pipeline-words.ts";

describe("the words of a pipeline", () => {
  it("tell what became of its records", () => {
    expect(fatesText(workedFigures)).toBe(
      "12,000 read, 11,290 written, 200 filtered out, 12 dead (2 unreadable)",
    );
    expect(fatesText(workedFigures, 12)).toBe(fatesText(workedFigures));
    expect(fatesText(workedFigures, 9)).toContain("12 dead (2 unreadable, 3 replayed)");
    const sinks = [
      placeFigures("out", { kind: "sink", done: 7 }),
      placeFigures("bad\u001b[31m", { kind: "sink", done: 2, dropped: 1 }),
    ];
    expect(fatesText(streamFigures(sinks))).toBe("0 read, 9 written (out 7, bad 2), 1 dropped");
  });

  it("tell how it goes on", () => {
    expect(progressText(workedFigures)).toBe(
      "12,000 read (1,203/s), 11,290 written, 12 dead; 500 on their way, 1.5 MB to read",
    );
    expect(progressText(streamFigures([], { status: "idle" }))).toBe("0 read (0/s), 0 written; idle");
    expect(progressText(streamFigures([], { status: "over" }))).toBe("0 read (0/s), 0 written");
  });

  it("have units", () => {
    expect([0, 1, 512, 999, 1000, 1234, 12_345, 999_500, 3e13].map(bytesText)).toEqual([
      "0 bytes",
      "1 byte",
      "512 bytes",
      "999 bytes",
      "1.0 KB",
      "1.2 KB",
      "12 KB",
      "1.0 MB",
      "30 TB",
    ]);
    expect([0, 0.01, 0.44, 9.9, 12.4, 12_345.6, Number.NaN].map(rateText)).toEqual([
      "0",
      "<0.1",
      "0.4",
      "9.9",
      "12",
      "12,346",
      "0",
    ]);
    expect([0, 0.01, 0.44, 12.4, 999.6, 61_000].map(latencyText)).toEqual([
      "0ms",
      "<0.1ms",
      "0.4ms",
      "12ms",
      "1s",
      "1m 01s",
    ]);
    expect([0, 0.001, 0.024, 0.999, 1].map(shareText)).toEqual(["0%", "<1%", "2%", "99%", "100%"]);
    expect([lagText({ bytes: 3, records: 2 }), lagText({ bytes: 0 }), lagText()]).toEqual([
      "2 records",
      "",
      "",
    ]);
  });
});
