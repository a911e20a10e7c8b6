import { describe, expect, it } from "vitest";
import type { ContextPart } from "../../core/context-record.ts";
import type { Attempt } from "../attempts.ts";
import { contextLines, contextOf, contextText } from "./context.ts";
import type { Shown } from "./out.ts";
import { thinkingText } from "./thinking.ts";

const attempt: Attempt = {
  attempt: 1,
  request: "",
  startedAt: 0,
  interruptions: 0,
  earlier: false,
  gates: [],
};

function shownOf(parts: readonly ContextPart[], rest: Partial<Attempt> & { readonly budget?: number } = {}) {
  const { budget, ...more } = rest;
  const sum = (of: (part: ContextPart) => number): number =>
    parts.reduce((total, part) => total + of(part), 10);
  const context = {
    fixed: 10,
    tokens: sum(({ tokens }) => tokens),
    kept: sum(({ kept }) => kept),
    parts,
    ...(budget === undefined ? {} : { budget }),
  };
  const found = contextOf({ ...attempt, context, ...more });
  if (!found) throw new Error("no context");
  return found;
}

const text = (lines: readonly Shown[]): string[] =>
  lines.map((line) =>
    (typeof line === "string"
      ? line
      : line.map((part) => (typeof part === "string" ? part : part.text)).join("")
    ).trimEnd(),
  );

describe("what went into a prompt, as it is shown", () => {
  it("is nothing where nothing is said of it", () => {
    expect(contextOf(attempt)).toBeUndefined();
  });

  it("is a line for each value, with what became of it and why", () => {
    const shown = shownOf(
      [
        { source: "a.output", tokens: 5, kept: 5, became: "whole" },
        {
          source: "b.output",
          tokens: 9000,
          kept: 120,
          became: "reference",
          because: "size",
          path: ".tutti/context/1.txt",
        },
        { source: "c.output", tokens: 50, kept: 0, became: "dropped", because: "budget", relevance: 0.5 },
        { source: "d.output", tokens: 8, kept: 8, became: "whole", secrets: 2 },
      ],
      { budget: 200 },
    );
    expect(text(contextLines(shown))).toEqual([
      "  about 143 of 9,073 tokens went in: 2 of 4 values not whole",
      "  fixed text about 10 tokens, budget 200",
      "    whole      5             a.output",
      "    reference  120 of 9,000  b.output  longer than it may be; in .tutti/context/1.txt",
      "    dropped    0 of 50       c.output  the budget was for others; relevance 0.50",
      "    whole      8             d.output  2 secrets taken out",
    ]);
  });

  it("has the summaries that came of it, and says why one did not", () => {
    const parts: readonly ContextPart[] = ["a", "b", "c"].map((source) => ({
      source,
      tokens: 900,
      kept: 100,
      became: "summary",
      because: "size",
    }));
    const shown = shownOf(parts, {
      summaries: [
        { of: "a", kept: 20, cached: true },
        { of: "b", kept: 90, failure: "it broke" },
      ],
    });
    expect(shown.kept).toBe(220);
    expect(text(contextLines(shown)).slice(2)).toEqual([
      "    summary  20 of 900   a  longer than it may be; summarized before",
      "    window   90 of 900   b  longer than it may be; no summary: it broke",
      "    summary  100 of 900  c  longer than it may be",
    ]);
  });

  it("says when it is above its budget", () => {
    const lines = text(
      contextLines(shownOf([{ source: "a", tokens: 900, kept: 900, became: "whole" }], { budget: 100 })),
    );
    expect(lines[2]).toBe("  above the budget: fixed text and what is to be kept are never cut");
  });

  it("is one line where there is no room for more", () => {
    expect(contextText(shownOf([{ source: "a", tokens: 3, kept: 3, became: "whole" }]))).toBe(
      "about 13 of 13 tokens went in: 1 value, all whole",
    );
  });
});

describe("how long an agent thinks, as it is shown", () => {
  it("is with its reasons, where it has any", () => {
    expect(thinkingText({ level: "extended" })).toBe("extended, as declared");
    expect(thinkingText({ level: "instant", score: 0, signs: [] })).toBe("instant, complexity 0 of 10");
    const signs = [
      { points: 2, because: "two goals" },
      { points: -1, because: "small" },
    ];
    expect(thinkingText({ level: "instant", score: 1, signs })).toBe(
      "instant, complexity 1 of 10: two goals (+2); small (-1)",
    );
  });
});
