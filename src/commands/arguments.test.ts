import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readArguments, replacePlaceholders, splitWords, valueOf } from "./arguments.ts";
import { parseCommand } from "./parse.ts";

function command(front: string, body: string) {
  const identity = {
    name: "fix",
    kind: "command",
    class: "core",
    file: "/x/fix.md",
    origin: "path",
  } as const;
  return parseCommand(`---\n${front}\n---\n${body}`, identity);
}

describe("words", () => {
  it.each([
    ["", []],
    ["a b\tc\nd", ["a", "b", "c", "d"]],
    [`a "b c" 'd e'`, ["a", "b c", "d e"]],
    [`"a \\"b\\" \\x" 'c\\d'`, [`a "b" \\x`, "c\\d"]],
    [`a\\ b "" ''x`, ["a b", "", "x"]],
    [`pre"mid dle"post`, ["premid dlepost"]],
    [`don't do it`, ["don't", "do", "it"]],
    [`say "hi`, ["say", `"hi`]],
    [`end\\`, ["end\\"]],
  ])("of %j are %j", (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  it("come back as they were quoted", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
        expect(splitWords(quoted)).toEqual(words);
      }),
    );
  });
});

describe("placeholders", () => {
  const call = { all: "one $0", words: ["one", "$0"], named: { issue: "7", "issue-id": "8" } };
  function fill(template: string): string {
    return replacePlaceholders(template, ["issue", "issue-id"], ({ text, escaped, take }) =>
      escaped ? `<${text}>` : valueOf(take, call),
    );
  }

  it("are filled in from zero, by name, and as a whole, in one pass", () => {
    expect(fill("$0|$1|$ARGUMENTS[0]|$ARGUMENTS[1]|$ARGUMENTS|$issue|$issue-id")).toBe(
      "one|$0|one|$0|one $0|7|8",
    );
  });

  it("stay as they are without a value, and in longer words", () => {
    expect(fill("$2 $ARGUMENTS[9] $ARGUMENTSX $issues $other $$ $")).toBe(
      "$2 $ARGUMENTS[9] $ARGUMENTSX $issues $other $$ $",
    );
  });

  it("can be escaped", () => {
    expect(fill("\\$1 \\$ARGUMENTS")).toBe("<\\$1> <\\$ARGUMENTS>");
  });

  it("have no value under a name that objects are born with", () => {
    expect(valueOf({ name: "constructor" }, call)).toBeUndefined();
  });
});

describe("declared arguments", () => {
  const typed = command(
    "arguments: [{name: issue, type: integer}, {name: level, enum: [low, high]}, {name: share, type: number, default: 0.5}, {name: dry, type: boolean, required: false}]",
    "Fix $issue at $level",
  );

  it("get their values and defaults", () => {
    expect(readArguments(typed, "12 high").named).toEqual({ issue: "12", level: "high", share: "0.5" });
    expect(readArguments(typed, "12 high .25 true").named.dry).toBe("true");
  });

  it.each([
    ["", '"issue" is missing; "level" is missing'],
    ["x high", '"issue" is "x", not an integer'],
    ["1 mid", '"level" is "mid", not one of low, high'],
    ["1 low much", '"share" is "much", not a number'],
    ["1 low 1 maybe", '"dry" is "maybe", not true or false'],
    ["1 low 1 true more", "5 are given and 4 are declared"],
  ])("do not fit %j", (text, why) => {
    const call = () => readArguments(typed, text);
    expect(call).toThrow(why);
    expect(call).toThrow(
      expect.objectContaining({
        code: "ARGUMENTS_INVALID",
        fix: expect.stringContaining("/fix <issue> <level> [share] [dry]"),
      }),
    );
  });

  it("may be followed by more when the text takes them as a whole, or takes none", () => {
    expect(readArguments(command("arguments: [a]", "$a of $ARGUMENTS"), "x y z").words).toHaveLength(3);
    expect(readArguments(command("arguments: [a]", "no placeholder"), "x y z").words).toHaveLength(3);
    expect(() => readArguments(command("arguments: [a]", "$a"), "x y")).toThrow(
      "2 are given and 1 are declared",
    );
  });

  it("are not looked for where none is declared", () => {
    expect(readArguments(command("description: x", "do"), "a b").words).toEqual(["a", "b"]);
  });
});
