import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileExpression } from "../../expression/expression.ts";
import { factsOf, factsSchema, withFacts } from "./facts.ts";

function rewritten(condition: string, options: { taken?: string[]; declares?: boolean } = {}) {
  const facts = factsOf("inputs", options);
  return { text: withFacts(facts, condition), schema: factsSchema(facts)["properties"] };
}

describe("names in a condition that nobody gives", () => {
  it.each([
    ["n > 3", "inputs.n > 3", { n: { type: "number" } }],
    ["3 <= n", "3 <= inputs.n", { n: { type: "number" } }],
    ["kind == 'a'", "inputs.kind == 'a'", { kind: { type: "string" } }],
    ['"a" != kind', '"a" != inputs.kind', { kind: { type: "string" } }],
    ["kind in ['a']", "inputs.kind in ['a']", { kind: { type: "string" } }],
    ["done == true", "inputs.done == true", { done: { type: "boolean" } }],
    [
      "a OR NOT (b AND c)",
      "inputs.a OR NOT (inputs.b AND inputs.c)",
      { a: { type: "boolean" }, b: { type: "boolean" }, c: { type: "boolean" } },
    ],
    ["${ a }", " inputs.a ", { a: { type: "boolean" } }],
    ["${{ a }}", " inputs.a ", { a: { type: "boolean" } }],
    ["size(all) > 2 OR all.size() < 1", "size(inputs.all) > 2 OR inputs.all.size() < 1", { all: {} }],
    ["a + b", "inputs.a + inputs.b", { a: {}, b: {} }],
    ["all.exists(x, x > limit)", "inputs.all.exists(x, x > inputs.limit)", { all: {}, limit: {} }],
    ["n > 3 AND n", "inputs.n > 3 AND inputs.n", { n: { type: "number" } }],
    ["n == m AND n > 3", "inputs.n == inputs.m AND inputs.n > 3", { n: { type: "number" }, m: {} }],
  ])("%s become members of the giver, as what they are compared with", (condition, text, schema) => {
    expect(rewritten(condition)).toEqual({ text, schema });
  });

  it("are asked for in depth", () => {
    expect(rewritten("code.size > 3 AND code.done AND code.by.name == 'x'").schema).toEqual({
      code: {
        type: "object",
        properties: {
          size: { type: "number" },
          done: { type: "boolean" },
          by: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
        },
        required: ["size", "done", "by"],
      },
    });
  });

  it("are not those of steps and roots; members of the giver count when it says so", () => {
    expect(rewritten("run.id == a.output", { taken: ["a"] })).toEqual({
      text: "run.id == a.output",
      schema: {},
    });
    expect(rewritten("inputs.n > 3 AND inputs.o.p > 3")).toMatchObject({ schema: {} });
    expect(rewritten("inputs.n > 3", { declares: true })).toEqual({
      text: "inputs.n > 3",
      schema: { n: { type: "number" } },
    });
    expect(rewritten("inputs == 3", { declares: true }).schema).toEqual({});
  });

  it("are left alone in what is no expression", () => {
    expect(rewritten("n >> 3")).toEqual({ text: "n >> 3", schema: {} });
    expect(rewritten("")).toEqual({ text: "", schema: {} });
  });

  it("leave an expression as it was but for their new place", () => {
    const name = fc.constantFrom("a", "b.c", "d.e.f");
    const term = fc.oneof(
      name.map((one) => `${one} > 3`),
      name.map((one) => `${one} == "x"`),
      fc.constant("inputs.z"),
      fc.constant("steps.q.output == 'a'"),
    );
    const condition = fc
      .array(fc.tuple(term, fc.constantFrom(" AND ", " OR ", " && ")), { minLength: 1, maxLength: 5 })
      .map((terms) => terms.map(([one, by], at) => (at === 0 ? one : by + one)).join(""));
    fc.assert(
      fc.property(condition, (text) => {
        const once = rewritten(text).text;
        const roots = compileExpression(once).references.map(({ root }) => root);
        expect(roots.filter((root) => root !== "inputs" && root !== "steps")).toEqual([]);
        expect(once.replaceAll("inputs.", "")).toBe(text.replaceAll("inputs.", ""));
        expect(rewritten(once).text).toBe(once);
      }),
    );
  });
});
