import { describe, expect, it } from "vitest";
import { anyGlob, globTest } from "./glob.ts";

describe("a glob over paths", () => {
  it.each([
    ["src/**", ["src/a.ts", "src/b/c.ts", "src/.env", "src"], ["lib/src/a.ts", "srcs/a"]],
    ["**/*.ts", ["a.ts", "b/a.ts", ".x/a.ts"], ["a.tsx", "b/a.js"]],
    ["**", ["a", ".env", "a/.b/c", "../x"], []],
    ["*", ["a", ".env"], ["a/b"]],
    [".env*", [".env", ".env.local"], ["a/.env"]],
    ["src", ["src", "src/a/b"], ["src2", "a/src"]],
    ["src/", ["src/a"], ["lib/a"]],
    ["./src/*.{ts,js}", ["src/a.ts", "src/a.js"], ["src/a.css", "src/b/a.ts"]],
    ["a?c/[a-c]x", ["abc/ax", "a.c/cx"], ["abc/dx", "ac/ax"]],
    ["[!a]", ["b"], ["a"]],
    ["a[", ["a["], ["a"]],
    ["[z-a]", ["[z-a]"], ["b"]],
    ["a/**/b", ["a/b", "a/x/y/b"], ["a/x", "b"]],
    ["(a+)|b.c", ["(a+)|b.c"], ["a", "bxc"]],
    ["{a,b}{c,d}", ["ac", "bd"], ["a", "{a,b}{c,d}"]],
    ["ünï*", ["ünïx"], ["unix"]],
    ["a-b_*.c-d", ["a-b_1.c-d"], ["a-b_1xc-d"]],
  ])("%s", (glob, fit, unfit) => {
    const test = globTest(glob);
    expect(fit.filter((path) => !test(path))).toEqual([]);
    expect(unfit.filter((path) => test(path))).toEqual([]);
  });

  it("takes no more time for many stars", () => {
    const glob = `${"**/".repeat(30)}x`;
    expect(globTest(glob)(`${"a/".repeat(500)}y`)).toBe(false);
    expect(globTest("{a,b}".repeat(12))("aaaaaaaaaaaa")).toBe(false);
  });

  it("is one of several", () => {
    expect([anyGlob(["a", "b"])("b"), anyGlob([])("b")]).toEqual([true, false]);
  });
});
