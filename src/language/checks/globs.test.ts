import { matchesGlob } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fixedSegments, globFault, globsOverlap, parseGlob } from "./globs.ts";

function overlap(a: string, b: string): boolean {
  const there = globsOverlap(parseGlob(a), parseGlob(b));
  expect(globsOverlap(parseGlob(b), parseGlob(a))).toBe(there);
  return there;
}

describe("globsOverlap", () => {
  it.each([
    ["src/**", "src/a/b.ts"],
    ["src/**", "src"],
    ["src", "src/a/b.ts"],
    ["src/", "src/a.ts"],
    ["./src/a.ts", "src/a.ts"],
    ["**/*.ts", "src/a.ts"],
    ["**/*.ts", "*.ts"],
    ["src/*.ts", "src/a*"],
    ["a*c", "*b*"],
    ["file?.txt", "file1.*"],
    ["file[0-9].txt", "file1.txt"],
    ["{src,lib}/**", "lib/x"],
    ["**", "anything"],
    [".", "anything"],
    ["a/**/z", "a/b/**"],
    ["src/{a,{b,c}}.ts", "src/c.ts"],
  ])("finds that %s and %s can mean one path", (a, b) => expect(overlap(a, b)).toBe(true));

  it.each([
    ["src/**", "lib/**"],
    ["src/*.ts", "src/a.js"],
    ["src/*.ts", "src/a/b.ts"],
    ["a*c", "b*"],
    ["{src,lib}/**", "docs/x"],
    ["a?", "abc"],
    ["*.ts", "src/*.ts"],
    ["a/**/z", "b/**"],
  ])("finds that %s and %s cannot", (a, b) => expect(overlap(a, b)).toBe(false));

  it("takes more alternatives than it counts as anything", () => {
    const many = Array.from({ length: 100 }, (_, at) => `n${at}`).join(",");
    expect(overlap(`src/{${many}}.ts`, "src/other.ts")).toBe(true);
  });

  it("never misses a path that both fit", () => {
    const segment = fc.constantFrom("a", "b", "ab", "*", "a*", "?b", "**");
    const glob = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const path = fc
      .array(fc.constantFrom("a", "b", "ab"), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join("/"));
    fc.assert(
      fc.property(glob, glob, path, (a, b, file) => {
        const both = matchesGlob(file, a) && matchesGlob(file, b);
        expect(both && !overlap(a, b)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("globFault", () => {
  it("refuses what leaves the working directory or excludes", () => {
    expect(globFault("src/**")).toBeUndefined();
    for (const glob of ["/etc/passwd", "C:\\x", "../x", "a/../../x", "!src"])
      expect(globFault(glob)).toBeDefined();
  });
});

describe("fixedSegments", () => {
  it("gives the segments before the first wildcard", () => {
    expect(fixedSegments(["src", "a", "*.ts"])).toEqual(["src", "a"]);
    expect(fixedSegments(["src"])).toEqual(["src"]);
  });
});
