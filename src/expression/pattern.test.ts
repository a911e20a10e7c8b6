import { describe, expect, it } from "vitest";
import { linearPattern } from "./pattern.ts";

describe("a pattern", () => {
  it("is found anywhere, and its dot stands for a line break too", () => {
    expect(linearPattern("b.c").test("ab\ncd")).toBe(true);
    expect(linearPattern("^b").test("ab")).toBe(false);
  });

  it("ends in reasonable time on what others try in every way", () => {
    expect(linearPattern("^(.|\n)*NOT HERE").test("line\n".repeat(2000))).toBe(false);
    expect(linearPattern("(a+)+$").test(`${"a".repeat(5000)}b`)).toBe(false);
  });

  it("cannot look ahead", () => {
    expect(() => linearPattern("a(?=b)")).toThrow("invalid");
  });
});
