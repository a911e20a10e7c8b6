import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CommandDoc } from "../ports/command-catalog.ts";
import { parseCommand } from "./parse.ts";

const identity = {
  name: "x",
  kind: "command",
  class: "core",
  file: "/p/.claude/commands/x.md",
  origin: "project",
} as const;

function parse(...lines: readonly string[]): CommandDoc {
  return parseCommand(lines.join("\n"), identity);
}

function repairs(doc: CommandDoc): string[] {
  expect(new Set(doc.problems.map((problem) => problem.code))).toEqual(
    new Set(doc.problems.length > 0 ? ["COMMAND_REPAIRED"] : []),
  );
  return doc.problems.map((problem) => problem.message.replace(/^.*as written: /, ""));
}

describe("a front matter that strict YAML rejects", () => {
  it("may hold an unquoted colon", () => {
    const doc = parse("---", "description: Use it: always", "model: opus", "---", "body");
    expect(doc).toMatchObject({ description: "Use it: always", model: "opus", body: "body" });
    expect(repairs(doc)).toEqual([
      'line 2: "description" has an unquoted colon; the value was taken as plain text',
    ]);
    expect(doc.problems[0]).toMatchObject({
      severity: "warning",
      source: { file: identity.file, line: 2, text: "description: Use it: always" },
    });
    expect(doc.problems[0]?.message).toContain(identity.file);
  });

  it.each([
    ["[a] [b]", "[a] [b]", "text after the closing bracket"],
    ["[a] | <b>", "[a] | <b>", "text after the closing bracket"],
    ["[#channel or id]", "[#channel or id]", "a bracket that is never closed"],
    ["[open", "[open", "a bracket that is never closed"],
    ['"[--x "<v>"] [-y]"', '[--x "<v>"] [-y]', "quotes inside quotes"],
    ["'it's'", "it's", "quotes inside quotes"],
    ['"never closed', "never closed", "no closing quote"],
    ["@file", "@file", "starts with @"],
    ["`x`", "`x`", "starts with `"],
    ["*all", "*all", "starts with *"],
    ["%x", "%x", "starts with %"],
  ])("may hold the hint %s", (written, hint, why) => {
    const doc = parse("---", `argument-hint: ${written}`, "description: ok", "---", "body");
    expect(doc).toMatchObject({ argumentHint: hint, description: "ok", body: "body" });
    expect(repairs(doc)).toHaveLength(1);
    expect(repairs(doc)[0]).toContain(why);
    expect(repairs(doc)[0]).toContain("line 2");
  });

  it("may hold a key twice: the last one counts", () => {
    const doc = parse("---", "model: opus", "description: a", "model: haiku", "meta: {a: 1, a: 2}", "---");
    expect(doc.model).toBe("haiku");
    expect(doc.extra.meta).toEqual({ a: 2 });
    expect(repairs(doc)).toEqual([
      'line 4: "model" stands here and at line 2; the last one counts',
      'line 5: "meta" has a key twice; the last one counts',
    ]);
  });

  it("may be indented with tabs", () => {
    const doc = parse("---", "allowed-tools:", "\t- Read", "\t- Write", "---");
    expect(doc.allowedTools).toEqual(["Read", "Write"]);
    expect(repairs(doc)).toEqual([
      'line 2: "allowed-tools" is indented with tabs; they were read as two spaces each',
    ]);
  });

  it("may hold items, lines and blocks that are no YAML", () => {
    const doc = parse(
      "---",
      "tools:",
      "  - Read: now: x",
      "  - Write",
      "description: one: two",
      "  three: four",
      "note: |",
      "bad block: here",
      "empty: ",
      "---",
    );
    expect(doc.allowedTools).toEqual(["Read:", "now:", "x", "Write"]);
    expect(doc.description).toBe("one: two three: four");
    expect(repairs(doc).length).toBeGreaterThanOrEqual(2);
  });

  it("may go on with examples in XML at the left margin", () => {
    const doc = parse(
      "---",
      "name: a",
      "description: Use it when asked.",
      "",
      "Examples:",
      "",
      "<example>",
      "Context: A user asks.",
      'user: "do it"',
      "name: not a key here",
      "</example>",
      "",
      "model: sonnet",
      "---",
      "body",
    );
    expect(doc.description).toContain("Use it when asked.\n\nExamples:");
    expect(doc.description).toContain('user: "do it"');
    expect(doc.description).toContain("</example>");
    expect(doc).toMatchObject({ model: "sonnet", extra: { name: "a" }, body: "body" });
    expect(Object.keys(doc.extra)).toEqual(["name"]);
    expect(repairs(doc)).toHaveLength(1);
  });

  it("may hold text before its first key, comments, and an alias without an anchor", () => {
    const doc = parse("---", "# note", "stray", "description: a: b", "x: *y", "---");
    expect(doc.description).toBe("a: b");
    expect(doc.extra.x).toBe("*y");
    expect(repairs(doc)[0]).toBe("line 3: text stands before the first key; it was left out");
  });

  it("may be a knot of aliases", () => {
    const bomb = Array.from(
      { length: 12 },
      (_, at) => `k${at}: &a${at} [${"*a".concat(String(at - 1), ",").repeat(at ? 9 : 0)} x]`,
    );
    const doc = parse("---", ...bomb, "description: still here", "---");
    expect(doc.description).toBe("still here");
    expect(doc.problems.length).toBeGreaterThan(0);
  });

  it("is read key by key when only the whole is wrong", () => {
    const doc = parse("---", "a: &x 1", "b: *x", "c: 3", "c : 4", "---");
    expect(doc.extra.c).toBe(4);
    expect(doc.problems.length).toBeGreaterThan(0);
  });

  it("may be a mapping that a broken line in between ends", () => {
    const doc = parse("---", "a: 1", "...", "b: 2", "---", "body");
    expect(doc.extra).toMatchObject({ b: 2 });
    expect(doc.problems.length).toBeGreaterThan(0);
  });
});

describe("the marks around a front matter", () => {
  it("may come after a byte order mark or blank lines", () => {
    const bom = parseCommand("\uFEFF---\ndescription: a\n---\nb", identity);
    expect(bom).toMatchObject({ description: "a", body: "b" });
    expect(repairs(bom)).toEqual(["line 1: the file starts with a byte order mark; the mark was left out"]);
    const blank = parse("", " ", "---", "description: a: b", "---", "c");
    expect(blank).toMatchObject({ description: "a: b", body: "c" });
    expect(repairs(blank).map((text) => text.slice(0, 6))).toEqual(["line 1", "line 4"]);
  });

  it("may end their lines as Windows or an old Mac does", () => {
    for (const end of ["\r\n", "\r"]) {
      const doc = parseCommand(["---", "description: a", "tools: Read", "---", "b", "c"].join(end), identity);
      expect(doc).toMatchObject({ description: "a", allowedTools: ["Read"], body: "b\nc", problems: [] });
    }
  });

  it.each([
    [["---", "description: a", "", "Body here"], "\nBody here", 2],
    [["---", "description: a", "# Title"], "# Title", 2],
    [["---", "description: a", "...", "Body"], "Body", 2],
    [["---", "description: a", "-----", "Body"], "Body", 2],
    [["---", "description: a"], "", 2],
  ])("may lack the closing one: %j", (lines, body, end) => {
    const doc = parse(...lines);
    expect(doc).toMatchObject({ description: "a", body });
    expect(repairs(doc)).toEqual([
      `line 1: the front matter has no closing ---; it was taken to end at line ${end}`,
    ]);
  });

  it("are lines drawn in the text where no key follows", () => {
    expect(parse("---", "Just text", "---", "more")).toMatchObject({
      description: "---",
      body: "---\nJust text\n---\nmore",
      problems: [],
    });
    expect(parse("---", "", "text").problems).toEqual([]);
    expect(parse("text", "---", "a: b", "---").extra).toEqual({});
  });

  it("may hold nothing, or only comments", () => {
    expect(parse("---", "---", "body")).toMatchObject({ body: "body", extra: {}, problems: [] });
  });
});

describe("text that YAML would cut or cannot hold", () => {
  it("keeps a description with #1234 whole, and lets a comment be one", () => {
    const doc = parse("---", 'description: Use for "issue #12", or so', "---");
    expect(doc.description).toBe('Use for "issue #12", or so');
    expect(repairs(doc)[0]).toContain("a # that YAML takes for a comment");
    expect(parse("---", "description: short # really", "---")).toMatchObject({
      description: "short",
      problems: [],
    });
  });

  it("marks bytes that are not text", () => {
    const doc = parseCommand("---\ndescription: a\0b\n---\n\uFFFD", identity);
    expect(doc.description).toBe("a\uFFFDb");
    expect(repairs(doc)[0]).toMatch(/^line 2: the file holds bytes that are not UTF-8/);
  });

  it("gives JSON for values that JSON has no word for", () => {
    const doc = parse(
      "---",
      "a: .nan",
      "b: !!binary aGk=",
      "c: {? [x] : 1}",
      "__proto__: {polluted: true}",
      "d: 1e400",
      "---",
    );
    expect(JSON.parse(JSON.stringify(doc.extra))).toMatchObject({ a: "NaN", d: "Infinity" });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it("strips control characters from what a message shows", () => {
    const doc = parse("---", "description: \u001b[31mred: x", "---");
    expect(JSON.stringify(doc.problems)).not.toContain("\\u001b");
  });
});

describe("a text made to be slow or to flood", () => {
  const many = 60_000;
  it.each([
    ["keys", Array.from({ length: many }, (_, at) => `k${at}: a: b`).join("\n")],
    ["good keys", Array.from({ length: many }, (_, at) => `k${at}: v`).join("\n")],
    ["one key again and again", "a: [x] y\n".repeat(many)],
    ["items", `a: b: c\n${"- x: y: z\n".repeat(many)}`],
    ["depth", `a: ${"[".repeat(many)}\nb: ${"{".repeat(many)}`],
    ["quotes", `d: "${'\\"'.repeat(many)}`],
    ["a long line", `${"a ".repeat(500_000)}: x\nk: v`],
  ])("of %s is read in bounded time with few warnings", (_, matter) => {
    const doc = parse("---", matter, "---", "body");
    expect(doc.body).toBe("body");
    expect(doc.problems.length).toBeLessThanOrEqual(50);
    expect(doc.problems.length).toBeGreaterThan(0);
    expect(repairs(doc)[0]).toContain("the front matter is longer than 65536 characters");
  });
});

describe("any text", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "---",
      "description: a",
      "description: [a] [b]",
      "\t- x",
      "  - y",
      "<example>",
      "</example>",
      "a: *b",
      "k: |",
      "tools:",
      "",
      "# h",
      "...",
      '"',
      "? x",
      "&a b",
      "!!x y",
      "{",
      "]",
      "name: |\n  text",
    ),
    fc.string({ maxLength: 30, unit: "binary" }),
  );

  it("loads without throwing, as text that JSON can hold", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), fc.constantFrom("\n", "\r\n"), (lines, end) => {
        const doc = parseCommand(lines.join(end), identity);
        expect(typeof doc.description).toBe("string");
        expect(() => JSON.stringify(doc)).not.toThrow();
      }),
      { numRuns: 600 },
    );
  });

  it("loses no front matter key that stands alone on a good line", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (lines) => {
        const doc = parseCommand(
          [
            "---",
            ...lines.filter((line) => !/^-{3,}\s*$/.test(line) && !/[\r\n]/.test(line)),
            "</example>",
            "model: opus",
            "---",
            "b",
          ].join("\n"),
          identity,
        );
        expect(doc.model).toBe("opus");
      }),
      { numRuns: 300 },
    );
  });
});
