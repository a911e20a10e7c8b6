import { describe, expect, it } from "vitest";
import { parseBytes, parseCount, parseDuration, parseUsd } from "./units.ts";

describe("parseDuration", () => {
  it.each([
    [300, 300_000],
    ["300", 300_000],
    ["1.5", 1500],
    ["500ms", 500],
    ["30s", 30_000],
    ["30 sec", 30_000],
    ["5m", 300_000],
    ["5 min", 300_000],
    ["1h30m", 5_400_000],
    ["1h 30m", 5_400_000],
    ["1.5h", 5_400_000],
    ["2d", 172_800_000],
    [" 5m ", 300_000],
    [0, 0],
  ])("reads %j as %d ms", (value, ms) => expect(parseDuration(value)).toBe(ms));

  it.each([
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e12,
    "",
    "m",
    "5x",
    "5m x",
    "-5m",
    "5m-",
    "PT5M",
    "soon",
  ])("does not read %j", (value) => expect(parseDuration(value)).toBeUndefined());
});

describe("parseUsd", () => {
  it.each([
    [10, 10],
    [0, 0],
    ["10", 10],
    ["10 USD", 10],
    ["$10", 10],
    ["10$", 10],
    ["USD 2.50", 2.5],
    ["1,000 usd", 1000],
  ])("reads %j as %d dollars", (value, usd) => expect(parseUsd(value)).toBe(usd));

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, "10 EUR", "ten", "", "-5"])(
    "does not read %j",
    (value) => expect(parseUsd(value)).toBeUndefined(),
  );
});

describe("parseCount and parseBytes", () => {
  it.each([
    [2_000_000, 2_000_000],
    ["2M", 2_000_000],
    ["1.5m", 1_500_000],
    ["500k", 500_000],
    ["2_000", 2000],
    ["1 B", 1_000_000_000],
  ])("reads the count %j as %d", (value, count) => expect(parseCount(value)).toBe(count));

  it.each([
    [1024, 1024],
    ["1MB", 1_000_000],
    ["1MiB", 1_048_576],
    ["2 kB", 2000],
    ["1GiB", 1_073_741_824],
    ["10b", 10],
  ])("reads the size %j as %d bytes", (value, bytes) => expect(parseBytes(value)).toBe(bytes));

  it.each([-1, 1.5, "1.0001", "2X", "", "M", "99999999999999G"])("does not read %j", (value) => {
    expect(parseCount(value)).toBeUndefined();
    expect(parseBytes(value)).toBeUndefined();
  });
});
