import { describe, expect, it } from "vitest";
import type { Problem } from "../errors.ts";
import { plain, renderProblem } from "./problems.ts";

const problem: Problem = {
  severity: "error",
  code: "UNKNOWN_KEY",
  message: 'Cannot read "timout": a step has no such key',
  fix: 'write "timeout"',
  source: { file: "flow.yaml", line: 12, column: 7, length: 6, text: "      timout: 5m" },
};

describe("renderProblem", () => {
  it("shows code, message, place, line, caret and fix", () => {
    expect(renderProblem(problem)).toBe(
      [
        'UNKNOWN_KEY: Cannot read "timout": a step has no such key',
        "  at flow.yaml:12:7",
        "  |       timout: 5m",
        "  |       ^^^^^^",
        'fix: write "timeout"',
      ].join("\n"),
    );
  });

  it("says when it is only a warning", () => {
    expect(renderProblem({ ...problem, severity: "warning" })).toMatch(/^UNKNOWN_KEY \(warning\): /);
  });

  it("does without a file, a source line or a place", () => {
    expect(renderProblem({ ...problem, source: { line: 2, column: 3 } })).toContain("\n  at 2:3\nfix: ");
    const { source: _, ...placeless } = problem;
    expect(renderProblem(placeless).split("\n")).toHaveLength(2);
  });

  it("marks at least one column, also beyond the end of the line", () => {
    const text = renderProblem({ ...problem, source: { line: 1, column: 4, text: "abc" } });
    expect(text).toContain("  | abc\n  |    ^\n");
  });

  it("puts the caret below wide characters and behind tabs and marks that combine", () => {
    const at = (text: string, column: number) =>
      renderProblem({ ...problem, source: { line: 1, column, length: 1, text } }).split("\n")[3];
    expect(at("日本: x", 5)).toBe(`  | ${" ".repeat(6)}^`);
    expect(at("\tab", 3)).toBe("  |   ^");
    expect(at("e\u0301: x", 4)).toBe("  |   ^".replace("  ^", "  ^"));
    expect(at("🙂 x", 1)).toBe("  | ^^");
  });

  it("cuts a long line around the mistake", () => {
    const text = `${"a".repeat(300)}MISTAKE${"b".repeat(300)}`;
    const lines = renderProblem({ ...problem, source: { line: 1, column: 301, length: 7, text } }).split(
      "\n",
    );
    expect(lines[2]?.length).toBeLessThan(130);
    const caret = lines[3] ?? "";
    expect(lines[2]?.slice(caret.indexOf("^"), caret.lastIndexOf("^") + 1)).toBe("MISTAKE");
  });

  it("lets no terminal sequence through", () => {
    const text = renderProblem({ ...problem, message: "a\u001b[31mred\u001b]0;title\u0007\u0000\u202eb\nc" });
    expect(text.split("\n")[0]).toBe("UNKNOWN_KEY: aredb c");
    expect(plain("\u009b31m\u0085x")).toBe("31mx");
  });
});
