import { describe, expect, it } from "vitest";
import { TuttiError } from "../../errors.ts";
import { below, Places, rootSpot } from "../places.ts";
import { SourceText } from "../source-text.ts";
import { Report } from "./report.ts";

describe("Report", () => {
  const source = new SourceText('a: "text"\nb: |\n  one\n  two\n', "f");
  const holder = { a: "text", b: "one\ntwo\n" };
  const places = new Places();
  places.set(holder, "a", { key: { start: 0, end: 1 }, value: { start: 3, end: 9 } });
  places.set(holder, "b", { value: { start: 13, end: 26 } });
  const at = (key: "a" | "b") => below(rootSpot, holder, key);

  it("moves the place of an error about a text into the file, line for line", () => {
    const report = new Report({ source, places });
    const thrown = (line: number, column: number) =>
      new TuttiError("EXPRESSION_SYNTAX", "m", { fix: "f", source: { line, column } });
    report.addThrown(thrown(2, 2), { at: at("b"), value: holder.b, text: holder.b, offset: 0 });
    report.addThrown(thrown(1, 3), { at: at("a"), value: holder.a, text: holder.a, offset: 0 });
    expect(report.problems.map((problem) => problem.source)).toMatchObject([
      { line: 1, column: 7, length: 1 },
      { line: 4, column: 4, length: 1 },
    ]);
  });

  it("marks the whole text when the error has no place, and lets other errors through", () => {
    const report = new Report({ source, places });
    const use = { at: at("a"), value: holder.a, text: holder.a, offset: 0 };
    report.addThrown(new TuttiError("EXPRESSION_SYNTAX", "m", { fix: "f" }), use);
    expect(report.problems).toMatchObject([{ source: { column: 5, length: 4 } }]);
    expect(() => report.addThrown(new RangeError("bug"), use)).toThrow(RangeError);
  });

  it("says a thing once, and errors are counted apart from warnings", () => {
    const report = new Report({ source, places });
    const finding = { code: "BAD_VALUE", message: "m", fix: "f", at: at("a") } as const;
    report.add({ ...finding, severity: "warning" });
    expect(report.hasErrors).toBe(false);
    report.add({ ...finding, severity: "warning" });
    expect(report.problems).toHaveLength(1);
    report.add({ ...finding, code: "WRONG_TYPE" });
    expect(report.hasErrors).toBe(true);
  });

  it("shows the part around a value whose own place nobody knows", () => {
    const report = new Report({ source, places });
    const unknown = { x: 1 };
    report.add({ code: "BAD_VALUE", message: "a", fix: "f", at: below(at("a"), unknown, "x") });
    report.add({ code: "BAD_VALUE", message: "b", fix: "f", at: below(at("b"), unknown, "x") });
    report.add({ code: "BAD_VALUE", message: "c", fix: "f" });
    expect(
      report.problems.map(({ message, source: place }) => `${message} ${place?.line}:${place?.column}`),
    ).toEqual(["a 1:1", "c 1:1", "b 2:4"]);
  });

  it("cuts an excerpt to one short line and stops guessing when it guessed enough", () => {
    const report = new Report({ source: new SourceText("x".repeat(100)), places });
    expect(report.excerpt({ start: 0, end: 100 })).toHaveLength(60);
    expect(new Report({ places }).excerpt({ start: 0, end: 5 })).toBe("");
    const many = Array.from({ length: 100_001 }, () => "timeout");
    expect([1, 2, 3].map(() => report.nearest("timeot", many))).toEqual(["timeout", "timeout", undefined]);
  });
});
