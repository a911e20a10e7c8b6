import { describe, expect, it } from "vitest";
import { type Problem, problemsError, TuttiError } from "../../errors.ts";
import { problemsLines, showError } from "./error.ts";
import type { Out, Shown } from "./out.ts";

function printed(error: unknown, flags: { readonly json?: boolean; readonly debug?: boolean } = {}) {
  const lines: string[] = [];
  const values: unknown[] = [];
  const take = (...shown: readonly Shown[]) => {
    for (const line of shown) {
      const pieces = typeof line === "string" ? [line] : line;
      lines.push(pieces.map((piece) => (typeof piece === "string" ? piece : piece.text)).join(""));
    }
  };
  const out: Out = {
    json: (value) => values.push(value),
    say: take,
    note: take,
    trouble: take,
    alert: take,
    document: take,
    screen: undefined,
    columns: undefined,
    gone: new AbortController().signal,
  };
  showError(out, error, { json: false, debug: false, ...flags });
  return { lines, values };
}

const known = new TuttiError("RUN_NOT_FOUND", 'Cannot find the run "x": there is none', {
  fix: "see: tutti runs",
});
const problem = (code: Problem["code"], severity: Problem["severity"] = "error"): Problem => ({
  severity,
  code,
  message: `Cannot do it: ${code}`,
  fix: "do something else",
});

describe("an error for people", () => {
  it("is its code and message, then what to do", () => {
    expect(printed(known)).toEqual({
      lines: ['RUN_NOT_FOUND: Cannot find the run "x": there is none', "fix: see: tutti runs"],
      values: [],
    });
  });

  it("that is a bug asks to be reported, without a stack trace", () => {
    const { lines } = printed(new TypeError("x is not a function"));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toBe("INTERNAL: Cannot go on: a fault in tutti: x is not a function");
    expect(lines[1]).toContain("please report it");
  });

  it("has the stack traces of its causes with --debug", () => {
    const error = new TuttiError("INTERNAL", "outer", { fix: "none", cause: new Error("inner") });
    const { lines } = printed(error, { debug: true });
    expect(lines.join("\n")).toMatch(/Error: outer\n.*at .*Error: inner\n.*at /s);
  });

  it("shows the first two hundred of very many problems, and how many more there are", () => {
    const many = Array.from({ length: 150_000 }, () => problem("UNKNOWN_KEY"));
    const { lines } = printed(problemsError(many));
    expect(lines.filter((line) => line.startsWith("UNKNOWN_KEY"))).toHaveLength(200);
    expect(lines.slice(-2)).toEqual(["… and 149,800 more; --json has all", "150,000 mistakes"]);
  });

  it("lists all its problems, and how many they are", () => {
    const error = problemsError([problem("UNKNOWN_KEY"), problem("CYCLE"), problem("BAD_VALUE", "warning")]);
    const { lines } = printed(error);
    expect(lines.filter((line) => line.startsWith("fix:"))).toHaveLength(3);
    expect(lines.at(-1)).toBe("2 mistakes, 1 warning");
  });
});

describe("many warnings of one code", () => {
  const many = (count: number) => Array.from({ length: count }, () => problem("JUDGED", "warning"));
  const textOf = (problems: readonly Problem[], where?: string) =>
    problemsLines(problems, where).map((line) =>
      typeof line === "string"
        ? line
        : line.map((piece) => (typeof piece === "string" ? piece : piece.text)).join(""),
    );

  it("are shown up to five, else the first three and how many there are more", () => {
    expect(textOf(many(5)).filter((line) => line.startsWith("fix:"))).toHaveLength(5);
    const lines = textOf([problem("CYCLE"), ...many(1200), problem("COMMAND_REPAIRED", "warning")]);
    expect(lines.filter((line) => line.startsWith("fix:"))).toHaveLength(5);
    expect(lines).toContain("JUDGED: and 1,197 more warnings of this code; --json has all");
    expect(lines.at(-1)).toBe("1 mistake, 1,201 warnings");
    expect(textOf(many(6), "there are all").at(-2)).toContain("; there are all");
  });

  it("does not hide mistakes", () => {
    const mistakes = Array.from({ length: 9 }, () => problem("CYCLE"));
    expect(textOf(mistakes).filter((line) => line.startsWith("fix:"))).toHaveLength(9);
  });
});

describe("an error for programs", () => {
  it("has code, message, fix, and source and problems where there are some", () => {
    expect(printed(known, { json: true }).values).toEqual([
      { error: { code: "RUN_NOT_FOUND", message: known.message, fix: known.fix } },
    ]);
    const source = { file: "a.yaml", line: 1, column: 2 };
    const error = problemsError([{ ...problem("CYCLE"), source }]);
    expect(printed(error, { json: true }).values).toMatchObject([
      { error: { code: "CYCLE", source, problems: [{ code: "CYCLE", source }] } },
    ]);
  });

  it("is code INTERNAL for a bug", () => {
    expect(printed("thrown text", { json: true }).values).toMatchObject([
      { error: { code: "INTERNAL", message: "Cannot go on: a fault in tutti: thrown text" } },
    ]);
  });
});
