import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { withLearned } from "./learned.ts";

describe("what an agent has learned", () => {
  const of = (output: Json, task: Parameters<typeof withLearned>[1] = {}) =>
    withLearned({ ok: true, output }, { learns: true, ...task });

  it("is taken out of its answer, which is what it would be without", () => {
    expect(of({ answer: "done", learned: ["One."] })).toEqual({
      ok: true,
      output: "done",
      learned: ["One."],
    });
    const schema = { type: "object", properties: { n: {} } };
    expect(of({ n: 1, learned: ["One."] }, { schema })).toMatchObject({
      output: { n: 1 },
      learned: ["One."],
    });
    expect(of({ answer: "x", quality_metrics: {}, learned: [] }, { claims: ["ok"] })).toEqual({
      ok: true,
      output: { answer: "x", quality_metrics: {} },
    });
  });

  it("stays there when the step asks for it itself", () => {
    const schema = { type: "object", properties: { learned: {} } };
    expect(of({ learned: ["One."] }, { schema })).toMatchObject({
      output: { learned: ["One."] },
      learned: ["One."],
    });
  });

  it("is nothing that was not asked for, that is no text, or that stands in a failure", () => {
    const output = { learned: ["One."] };
    expect(withLearned({ ok: true, output }, {})).toEqual({ ok: true, output });
    expect(of("plain")).toEqual({ ok: true, output: "plain" });
    expect(of({ answer: "x" })).toEqual({ ok: true, output: { answer: "x" } });
    expect(of({ answer: "x", learned: "One." })).toEqual({ ok: true, output: "x" });
    expect(of({ answer: "x", learned: [1, "Two."] })).toMatchObject({ learned: ["Two."] });
    expect(withLearned({ ok: false, output }, { learns: true })).not.toHaveProperty("learned");
  });

  it("is bounded", () => {
    const { learned = [] } = of({ answer: "x", learned: Array.from({ length: 99 }, () => "x".repeat(1e5)) });
    expect([learned.length, learned[0]?.length]).toEqual([20, 2000]);
  });
});
