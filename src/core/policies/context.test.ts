import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileTemplate, textOf } from "../../expression/template.ts";
import { type Json, sameJson } from "../../expression/json.ts";
import type { ContextWindow } from "../../language/workflow.ts";
import { tokensOf } from "../context-record.ts";
import { fitContext, type Fitted, type Part } from "./context.ts";

function partsOf(values: Readonly<Record<string, Json>>): readonly Part[] {
  return Object.entries(values).map(([source, value]) => {
    const { references = [] } = compileTemplate(`\${ ${source} }`).expressions[0] ?? {};
    return { source: ` ${source} `, references, value };
  });
}

function fit(values: Readonly<Record<string, Json>>, window: ContextWindow, fixed = "Do it."): Fitted {
  return fitContext(partsOf(values), { window, fixed });
}

const long = (words: string, tokens: number): string => `${words} `.padEnd(tokens * 4, `${words} `);
const becameOf = ({ record }: Fitted): readonly string[] => record.parts.map(({ became }) => became);

describe("what goes into a prompt", () => {
  it("is all of it where nothing is said but that", () => {
    const { values, record } = fit({ "a.output": { n: [1, 2] }, "b.output": "text" }, {});
    expect(values).toEqual([{ n: [1, 2] }, "text"]);
    expect(record).toEqual({
      fixed: 2,
      tokens: 6,
      kept: 6,
      parts: [
        { source: "a.output", tokens: 3, kept: 3, became: "whole" },
        { source: "b.output", tokens: 1, kept: 1, became: "whole" },
      ],
    });
  });

  it("is without what is to be dropped: by its name, its path, or the expression itself", () => {
    for (const name of ["a", "a.output", "a.output.x"]) {
      const { values, record } = fit({ "a.output.x": "gone", "b.output": "here" }, { drop: [name] });
      expect(values).toEqual(["", "here"]);
      expect(record.parts[0]).toMatchObject({ became: "dropped", because: "declared", kept: 0 });
    }
    expect(becameOf(fit({ "size(a.output)": 3 }, { drop: ["size(a.output)"] }))).toEqual(["dropped"]);
    expect(becameOf(fit({ 'steps["sign-off"].output': "x" }, { drop: ["sign-off"] }))).toEqual(["dropped"]);
  });

  it("has a value that reads more than what is dropped", () => {
    expect(becameOf(fit({ "a.output + b.output": "xy" }, { drop: ["a"] }))).toEqual(["whole"]);
    expect(becameOf(fit({ "1 + 2": 3 }, { drop: ["a"] }))).toEqual(["whole"]);
  });

  it("takes no room for what is empty", () => {
    const only = { "a.output": long("x", 100) };
    const empty = Object.fromEntries(["b", "c", "d", "e"].map((name) => [name, ""]));
    const { values, record } = fit({ ...only, ...empty }, { budgetTokens: 60 });
    expect(values.slice(1)).toEqual(["", "", "", ""]);
    expect(values.slice(0, 1)).toEqual(fit(only, { budgetTokens: 60 }).values);
    expect(record.parts.slice(1).map(({ became }) => became)).toEqual(Array(4).fill("whole"));
  });

  it("has of lists the last items only, and says how many went", () => {
    const { values, record } = fit(
      { "a.output": [1, 2, 3, 4], "b.output": { log: ["x", "y", "z"], n: 1 }, "c.output": [1] },
      { window: 2 },
    );
    expect(values).toEqual([
      ["[… 2 earlier items left out …]", 3, 4],
      { log: ["[… 1 earlier item left out …]", "y", "z"], n: 1 },
      [1],
    ]);
    expect(record.parts.map(({ because }) => because)).toEqual(["window", "window", undefined]);
    expect(fit({ "b.output": { log: ["x"], n: 1 } }, { window: 2 }).values).toEqual([{ log: ["x"], n: 1 }]);
  });

  it("has a long value as a file that the prompt names", () => {
    const text = long("line", 400);
    const { values, files, record } = fit(
      { "a.output": text, "b.output": { rows: [text] } },
      {
        references: { overTokens: 300 },
      },
    );
    const [first, second] = files;
    expect(files.map((file) => file.text)).toEqual([text, JSON.stringify({ rows: [text] })]);
    expect(first?.path).toMatch(/^\.tutti\/context\/[0-9a-f]{16}\.txt$/);
    expect(second?.path).toMatch(/\.json$/);
    expect(values[0]).toContain(
      `[in the file ${first?.path}, about 400 tokens, 1600 characters; it begins:]`,
    );
    expect(record.parts[0]).toMatchObject({ became: "reference", because: "size", path: first?.path });
  });

  it("says of a file that is no text what is where in it", () => {
    const value = {
      status: "done",
      list: [{ id: 1 }, { id: 2 }],
      empty: [],
      one: [true],
      text: long("word", 500),
    };
    const { values } = fit({ "a.output": value }, { references: { overTokens: 300 } });
    expect(textOf(values[0] ?? null)).toMatch(
      /in short:\]\n\{"status": "done", "list": \[\{"id": 1\}, … 2 items\], "empty": \[\], "one": \[true\], "text": "word word [a-z ]+…\}…$/,
    );
  });

  it("has a value whole where its place would be no shorter", () => {
    expect(becameOf(fit({ "a.output": long("x", 60) }, { references: { overTokens: 10 } }))).toEqual([
      "whole",
    ]);
  });

  it("has a slot for a summary of a quarter of what is the most, and what stands in when there is none", () => {
    const text = long("word", 500);
    const { values, summaries, record } = fit({ "a.output": text }, { summarize: { overTokens: 400 } });
    const [summary] = summaries;
    expect(values).toEqual([summary?.slot]);
    expect(summary).toMatchObject({ of: "a.output", text, mostTokens: 100 });
    expect(tokensOf(summary?.instead ?? "")).toBeLessThanOrEqual(100);
    expect(record.parts).toMatchObject([{ became: "summary", kept: 100, tokens: 500 }]);
  });

  it("has a slot that no text says", () => {
    const text = long("word", 500);
    const first = fit({ "a.output": text }, { summarize: { overTokens: 400 } }).values[0];
    const { summaries } = fit(
      { "a.output": text },
      { summarize: { overTokens: 400 } },
      `Say ${textOf(first ?? null)}`,
    );
    expect(summaries[0]?.slot).not.toBe(first);
    expect(
      fit({ "c.output": textOf(first ?? null) + text }, { summarize: { overTokens: 400 } }).summaries[0]
        ?.slot,
    ).toMatch(/^⟨summary \d+ of c\.output⟩$/);
  });

  it("takes of summary and file that which is for longer values", () => {
    const values = { "a.output": long("a", 300), "b.output": long("b", 900) };
    const both = (summary: number, file: number) =>
      becameOf(fit(values, { summarize: { overTokens: summary }, references: { overTokens: file } }));
    expect(both(200, 600)).toEqual(["summary", "reference"]);
    expect(both(600, 200)).toEqual(["reference", "summary"]);
    expect(both(200, 200)).toEqual(["reference", "reference"]);
  });

  it("keeps what is to be kept whole, whatever else is said", () => {
    const text = long("x", 900);
    const window = { window: 1, references: { overTokens: 10 }, summarize: { overTokens: 10 }, drop: ["a"] };
    const { values } = fit(
      { "a.output": text, "b.output": [1, 2, 3] },
      { ...window, budgetTokens: 5, keep: ["a", "b.output"] },
    );
    expect(values).toEqual([text, [1, 2, 3]]);
  });

  it("leaves out what tells least of its subject first", () => {
    const parser = long("the parser leaks memory", 300);
    const weather = long("sunny and warm weather", 300);
    const window = { budgetTokens: 400 };
    for (const order of [
      { "w.output": weather, "p.output": parser },
      { "p.output": parser, "w.output": weather },
    ]) {
      const { record } = fit(order, window, "Mend the leak of memory in the parser.");
      const of = Object.fromEntries(record.parts.map((part) => [part.source, part]));
      expect(of["p.output"]).toMatchObject({ became: "whole" });
      expect(of["w.output"]).toMatchObject({ became: "window", because: "budget", relevance: 0 });
      expect(record.kept).toBeLessThanOrEqual(400);
    }
  });

  it("takes of values that tell as much the first that stands there", () => {
    const { record } = fit({ "a.output": long("x", 100), "b.output": long("y", 100) }, { budgetTokens: 112 });
    expect(record.parts.map(({ became }) => became)).toEqual(["whole", "dropped"]);
  });

  it("says in the prompt what was left out, where there is room for that", () => {
    const { values } = fit({ "a.output": long("x", 100), "b.output": long("y", 100) }, { budgetTokens: 120 });
    expect(values[1]).toBe("[left out: b.output, about 100 tokens]");
    const tight = fit({ "a.output": long("x", 100), "b.output": long("y", 100) }, { budgetTokens: 3 });
    expect(tight.values).toEqual(["", ""]);
    const name = `a.output.${"x".repeat(80)}`;
    expect(fit({ [name]: long("x", 100) }, { budgetTokens: 30 }).values[0]).toMatch(
      /^\[left out: a\.output\.x{50}…, about 100 tokens\]$/,
    );
  });

  it("has what the budget has no room for as a file, where there may be files", () => {
    const { record, files } = fit(
      { "a.output": long("x", 600) },
      { budgetTokens: 300, references: { overTokens: 10_000 } },
    );
    expect(record.parts).toMatchObject([{ became: "reference", because: "budget" }]);
    expect(files).toHaveLength(1);
    const less = fit({ "a.output": long("x", 600) }, { budgetTokens: 80, references: { overTokens: 500 } });
    expect(less.record.parts).toMatchObject([{ became: "window", because: "budget" }]);
    expect(less.files).toEqual([]);
  });

  it("asks for no summary that the budget has no room for", () => {
    const { summaries, record } = fit(
      { "a.output": long("x", 600) },
      { budgetTokens: 60, summarize: { overTokens: 500 } },
    );
    expect(summaries).toEqual([]);
    expect(record.parts).toMatchObject([{ became: "window", because: "budget" }]);
  });

  it("is without what looks like a secret, unless that is switched off", () => {
    const token = "ghp_0123456789abcdefABCDEF0123456789abcd";
    const value = { log: `token ${token} is set`, api_key: "f3A9c81B7d2E46590aBc" };
    const { values, record } = fit({ "a.output": value }, {});
    expect(values).toEqual([{ log: "token *** is set", api_key: "***" }]);
    expect(record.parts).toMatchObject([{ became: "whole", secrets: 2 }]);
    expect(fit({ "a.output": value }, { secrets: false }).values).toEqual([value]);
    expect(fit({ "a.output": value }, { keep: ["a"] }).record.parts[0]?.secrets).toBe(2);
  });
});

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc
    .tuple(fc.constantFrom("parser ", "leak ", "🙂 ", "weather\n"), fc.integer({ min: 1, max: 900 }))
    .map(([word, times]) => word.repeat(times)),
);
const value = fc.oneof(
  text,
  fc.array(text, { maxLength: 8 }),
  fc.dictionary(fc.string(), text, { maxKeys: 4, noNullPrototype: true }),
) as fc.Arbitrary<Json>;
const tokens = fc.integer({ min: 1, max: 1500 });
const names = ["a", "b", "c", "d", "e"];
const some = fc.subarray(names);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const windows = fc
  .record({
    budgetTokens: optional(tokens),
    keep: optional(some),
    drop: optional(some),
    window: optional(fc.integer({ min: 1, max: 4 })),
    summarize: optional(fc.record({ overTokens: tokens })),
    references: optional(fc.record({ overTokens: tokens })),
  })
  .map(
    (window) =>
      Object.fromEntries(Object.entries(window).filter(([, one]) => one !== undefined)) as ContextWindow,
  );
const cases = fc.record({ values: fc.array(value, { maxLength: 5 }), window: windows, fixed: text });

function fitCase({
  values,
  window,
  fixed,
}: {
  values: readonly Json[];
  window: ContextWindow;
  fixed: string;
}): Fitted {
  const all = Object.fromEntries(values.map((one, index) => [`${names[index] ?? ""}.output`, one]));
  return fit(all, window, fixed);
}

describe("laws of what goes into a prompt", () => {
  it("is never above the budget, but for its fixed text and what is kept", () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { record, values, summaries } = fitCase(one);
        const { budgetTokens = Infinity, keep = [] } = one.window;
        const kept = record.parts.filter(({ source }) => keep.includes(source.slice(0, 1)));
        const free = record.fixed + kept.reduce((sum, part) => sum + part.kept, 0);
        expect(record.kept).toBeLessThanOrEqual(Math.max(budgetTokens, free));
        // what is recorded is what stands there
        const slots = new Map(summaries.map(({ slot, instead }) => [slot, instead]));
        const whole = values.map((filled) => slots.get(textOf(filled)) ?? textOf(filled)).join("");
        expect(tokensOf(one.fixed + whole)).toBeLessThanOrEqual(record.kept);
      }),
    );
  });

  it("is the same for the same values", () => {
    fc.assert(
      fc.property(cases, (one) => {
        expect(fitCase(one)).toEqual(fitCase(one));
      }),
    );
  });

  it("loses nothing without a word: what is not whole has a reason, and a file has all of it", () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { record, values, files } = fitCase(one);
        expect(record.parts.map(({ tokens: size }) => size)).toEqual(
          one.values.map((given) => tokensOf(textOf(given))),
        );
        const lost = record.parts.filter((part, index) => {
          const given = one.values[index] ?? null;
          if (part.became === "whole")
            return part.secrets === undefined && !sameJson(values[index] ?? null, given);
          const file = files.find(({ path }) => path === part.path);
          return part.because === undefined || (part.became === "reference" && file?.text !== textOf(given));
        });
        expect(lost).toEqual([]);
      }),
    );
  });

  it("never cuts what is kept", () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { record, values } = fitCase(one);
        const { keep = [] } = one.window;
        const cut = record.parts.filter(
          ({ source, secrets }, index) =>
            secrets === undefined &&
            keep.includes(source.slice(0, 1)) &&
            !sameJson(values[index] ?? null, one.values[index] ?? null),
        );
        expect(cut).toEqual([]);
      }),
    );
  });
});
