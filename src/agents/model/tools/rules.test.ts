import { describe, expect, it } from "vitest";
import { rulesOf } from "./rules.ts";

describe("what tools: of a step allows", () => {
  it("is reading, and the servers that the step names, where there is no list", () => {
    const rules = rulesOf(undefined);
    expect(["Read", "Glob", "Grep", "Edit", "Write", "Bash"].filter(rules.offers)).toEqual([
      "Read",
      "Glob",
      "Grep",
    ]);
    expect(rules.allows({ word: "Bash", subject: "ls" })).toBe(false);
    expect(rules.allows({ word: "mcp__files__get", subject: "" })).toBe(true);
  });

  it("is nothing for an empty list", () => {
    expect(["Read", "Bash", "Write"].some(rulesOf([]).offers)).toBe(false);
  });

  it("is in Claude Code's words, small or large", () => {
    const rules = rulesOf(["read", "LS", "MultiEdit", " Write "]);
    expect(["Read", "Glob", "Grep", "Edit", "Write", "Bash"].filter(rules.offers)).toEqual([
      "Read",
      "Glob",
      "Edit",
      "Write",
    ]);
  });

  it("is about lines of a shell where a rule has a pattern", () => {
    const { allows, offers } = rulesOf(["Bash(npm test:*)", "Bash(git status)"]);
    const may = (subject: string) => allows({ word: "Bash", subject });
    expect(offers("Bash")).toBe(true);
    expect(["npm test", "npm test -- a", "git status"].every(may)).toBe(true);
    expect(["npm publish", "npm test; rm -rf .", "git status -s", "npm testing"].some(may)).toBe(false);
    expect(rulesOf(["Bash"]).allows({ word: "Bash", subject: "a; b" })).toBe(true);
  });

  it("is about paths where a rule has a pattern", () => {
    const { allows } = rulesOf(["Read", "Write(docs/**)", "Edit(./src/*.ts)"]);
    expect(allows({ word: "Read", subject: "anything" })).toBe(true);
    expect(allows({ word: "Write", subject: "docs/a/b.md" })).toBe(true);
    expect(allows({ word: "Write", subject: "src/a.ts" })).toBe(false);
    expect(allows({ word: "Write", subject: "../docs/a" })).toBe(false);
    expect(allows({ word: "Edit", subject: "src/a.ts" })).toBe(true);
  });

  it("is about servers and their tools where a rule names one", () => {
    const may = (tools: string[], word: string) => rulesOf(tools).allows({ word, subject: "" });
    expect(may(["mcp__a"], "mcp__a__get")).toBe(true);
    expect(may(["mcp__a__*"], "mcp__a__get")).toBe(true);
    expect(may(["mcp__a__get"], "mcp__a__get")).toBe(true);
    expect(may(["mcp__a__get"], "mcp__a__set")).toBe(false);
    expect(may(["mcp__a__get"], "mcp__ab__get")).toBe(true);
    expect(may(["mcp__a", "mcp__ab__set"], "mcp__ab__get")).toBe(false);
    expect(may(["Read"], "mcp__a__get")).toBe(true);
  });
});
