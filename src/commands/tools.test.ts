import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { permitsShell, splitTools } from "./tools.ts";

describe("permission for a shell line", () => {
  it.each([
    [["Bash"], "rm -rf x && y", true],
    [["Bash(*)"], "a | b", true],
    [["Bash(:*)"], "a", true],
    [["bash(git status:*)"], "git status --short", true],
    [["Bash(git status:*)"], "git status", true],
    [["Bash(git status:*)"], "git statusx", false],
    [["Bash(git *)"], "git log", true],
    [["Bash(git *)"], "git", true],
    [["Bash( git * )"], " git log ", true],
    [["Bash(git *)"], "gitk", false],
    [["Bash(git log | head)"], "git log | head", true],
    [["Bash(git log | head)"], "git log | head | sh", false],
    [["Bash(git * --oneline)"], "git log -5 --oneline", true],
    [["Bash(git * --oneline)"], "git log -5", false],
    [["Bash(a*b*c)"], "a1b2c", true],
    [["Bash(a*b*c)"], "a1c2b", false],
    [["Bash(ab*b)"], "ab", false],
    [["Bash(npm test)"], "npm test", true],
    [["Bash(npm test)"], "npm test x", false],
    [["Bash(git *)"], "git log; rm x", false],
    [["Bash(git *)"], "git log $(rm x)", false],
    [["Bash(git *)"], "git log > x", false],
    [["Bash(git *)"], "git log\nrm x", false],
    [["Bash(git *)"], "git log `rm x`", false],
    [["Read", "BashOutput"], "ls", false],
    [[], "ls", false],
    [undefined, "ls", false],
  ])("by %j for %j is %s", (tools, line, allowed) => {
    expect(permitsShell(tools, line)).toBe(allowed);
  });

  it("is decided in no time for a pattern made to be slow", () => {
    const pattern = `Bash(${"*a".repeat(200)}b)`;
    expect(permitsShell([pattern], "a".repeat(20_000))).toBe(false);
  });
});

describe("a list of tools", () => {
  it("is the same with commas, spaces and both", () => {
    const tool = fc.constantFrom("Read", "Bash(git add:*)", "Bash(a, b (c d))", "mcp__x__y", "Edit(src/**)");
    fc.assert(
      fc.property(fc.array(tool), fc.constantFrom(",", " ", ", ", " , ", "\n"), (tools, gap) => {
        expect(splitTools(tools.join(gap))).toEqual(tools);
      }),
    );
  });
});
