import { assert, date, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTime } from "./time.ts";

describe("a time as text", () => {
  it.each([
    ["2026-11-20T18:00:00Z", "2026-11-20T18:00:00Z"],
    ["  2026-11-20t18:00:00z ", "2026-11-20T18:00:00Z"],
    ["2026-11-20 18:00Z", "2026-11-20T18:00:00Z"],
    ["2026-11-20T18:00:00.987Z", "2026-11-20T18:00:00Z"],
    ["2026-11-20T18:00:00+05:30", "2026-11-20T12:30:00Z"],
    ["2026-11-20T18:00:00-0800", "2026-11-21T02:00:00Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"],
    ["2026-12-31T23:59:60Z", "2027-01-01T00:00:00Z"],
    ["0000-03-01T00:00:00Z", "0000-03-01T00:00:00Z"],
  ])("%s is %s", (text, same) => {
    expect(parseTime(text)).toBe(Date.parse(same));
  });

  it.each([
    "",
    "tomorrow",
    "2026-11-20",
    "2026-11-20T18:00:00",
    "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "2026-01-00T00:00:00Z",
    "2026-02-29T00:00:00Z",
    "2026-12-32T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T00:60:00Z",
    "2026-01-01T00:00:61Z",
    "2026-01-01T00:00:00+24:00",
    "2026-01-01T00:00:00+00:60",
  ])('"%s" is none', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });

  it("is the same as the platform's, for every time and offset", () => {
    const min = new Date("0001-01-02T00:00:00Z");
    const max = new Date("9998-12-30T00:00:00Z");
    assert(
      property(
        date({ min, max, noInvalidDate: true }),
        integer({ min: -1439, max: 1439 }),
        (time, offset) => {
          const local = new Date(time.getTime() + offset * 60_000).toISOString().slice(0, 19);
          const size = Math.abs(offset);
          const digits = [Math.floor(size / 60), size % 60].map((part) => String(part).padStart(2, "0"));
          const text = `${local}${offset < 0 ? "-" : "+"}${digits.join(":")}`;
          expect(parseTime(text)).toBe(Math.floor(time.getTime() / 1000) * 1000);
        },
      ),
    );
  });
});
