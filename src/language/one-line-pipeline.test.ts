import { describe, expect, it } from "vitest";
import { loadOneLine, type OneLineFlags } from "./one-line.ts";
import type { PipelineAction } from "./pipeline.ts";

function pipelineIn(text: string, options: OneLineFlags = {}): PipelineAction {
  const { workflow, problems } = loadOneLine("pipeline", text, options);
  expect(problems).toEqual([]);
  const action = workflow?.chain.steps[0]?.action;
  if (action?.kind !== "pipeline") throw new Error("it is no pipeline");
  return action;
}

/** Each problem as `CODE marked words`. */
function found(text: string, options: OneLineFlags = {}): readonly string[] {
  return loadOneLine("pipeline", text, options).problems.map(({ code, source }) => {
    const { column = 1, length = 0, text: shown = "" } = source ?? {};
    return `${code} ${shown.slice(column - 1, column - 1 + length)}`;
  });
}

describe("a pipeline in one line", () => {
  it.each([
    "in.jsonl → [when record.level == 'a -> b', /query why, !jq -c .] → out.jsonl",
    "in.jsonl -> [when record.level == 'a -> b',/query why,!jq -c .] -> out.jsonl",
    "in.jsonl => when record.level == 'a -> b' => query why => !jq -c . => out.jsonl",
    'in.jsonl → "when record.level == \'a -> b\'" → /query why → "!jq -c ." → "out.jsonl"',
  ])("%s", (text) => {
    const { source, stages, sinks } = pipelineIn(text);
    expect(source).toEqual({ kind: "records", paths: ["in.jsonl"], format: { kind: "jsonl" } });
    expect(stages).toMatchObject([
      { name: "filter", when: "record.level == 'a -> b'" },
      { name: "query", work: { kind: "workflow" }, batchSize: 1 },
      { name: "jq", work: { kind: "run", line: "jq -c ." }, batchSize: 100 },
    ]);
    expect(sinks).toMatchObject([{ kind: "records", path: "out.jsonl", from: ["jq"] }]);
  });

  it("tells a command the record, where its arguments do not say where", () => {
    const params = (text: string) => {
      const work = pipelineIn(`in.jsonl → ${text} → out.jsonl`).stages[0]?.work;
      const action = work?.kind === "workflow" ? work.workflow.chain.steps[0]?.action : undefined;
      return action?.kind === "command" ? action.params : undefined;
    };
    expect(params("/query")).toBe("${ record }");
    expect(params("/query why is it so?")).toBe("why is it so?\n\n${ record }");
    expect(params("/query why is ${ record.text } so?")).toBe("why is ${ record.text } so?");
  });

  it.each([
    ["-", { kind: "stdin" }],
    ["https://x.test/a", { kind: "http", url: "https://x.test/a" }],
    ["logs/*.log", { kind: "records", paths: ["logs/*.log"], format: { kind: "lines" } }],
    ["src/*.ts", { kind: "records", paths: ["src/*.ts"], format: { kind: "lines" } }],
    ["'a b.csv'", { kind: "records", paths: ["a b.csv"], format: { kind: "csv" } }],
  ])("reads from %s", (text, source) => {
    expect(pipelineIn(`${text} → [when size(record) > 2] → out.jsonl`).source).toMatchObject(source);
  });

  it.each(["in.jsonl → [when true]", "in.jsonl → [when true] → -", "in.jsonl → when true → result"])(
    "gives its records in %s",
    (text) => {
      expect(pipelineIn(text)).toMatchObject({ stages: [{ when: "true" }], sinks: [{ kind: "result" }] });
    },
  );

  it("takes records from an input, and gives them, where there are words in the place of files", () => {
    const text = "input_stream → [/query, /query twice] → output_stream";
    const { workflow, problems } = loadOneLine("pipeline", text);
    expect(problems).toEqual([]);
    expect(workflow?.inputs).toMatchObject({ input_stream: { schema: { type: "array" }, required: true } });
    expect(workflow?.chain.steps[0]?.action).toMatchObject({
      source: { kind: "list", items: "${ inputs.input_stream }" },
      stages: [{ name: "query" }, { name: "query_2" }],
      sinks: [{ kind: "result", name: "output_stream" }],
    });
    expect(pipelineIn("'README' → [when true]").source).toMatchObject({ kind: "records", paths: ["README"] });
  });

  it("goes on until it is stopped, with --continuous", () => {
    const { continuous, stages } = pipelineIn("a.log → [!grep X || true] → b.log", { continuous: true });
    expect(continuous).toBe(true);
    expect(stages).toMatchObject([{ name: "grep", work: { line: "grep X || true" } }]);
    const { workflow } = loadOneLine("pipeline", "a.log → b.log", { name: "copy", saveState: false });
    expect(workflow).toMatchObject({ name: "copy", saveState: false });
  });

  it.each([
    ["in.jsonl", ["USAGE in.jsonl"]],
    ["→ [when true] → out.jsonl", [expect.stringMatching(/^USAGE/)]],
    ["[when true] → out.jsonl", ["USAGE [when true]"]],
    ["in.jsonl → [when true → out.jsonl", ["USAGE [when true → out.jsonl"]],
    ["in.jsonl → [when true, ] → out.jsonl", [expect.stringMatching(/^USAGE/)]],
    ["in.jsonl → [when] → out.jsonl", ["USAGE when"]],
    ["in.jsonl → [when recrod.x == 1] → out.jsonl", ["UNKNOWN_NAME recrod.x"]],
    ["in.jsonl → [when true] → out.json", ["BAD_VALUE out.json"]],
  ])("points at what is wrong in %s", (text, problems) => expect(found(text)).toEqual(problems));

  it("has no flags of chains", () => {
    expect(found("a.jsonl → b.jsonl", { start: "/auto" })).toEqual(["USAGE a"]);
  });

  it("says how a program is written where a command is unknown", () => {
    const { problems } = loadOneLine("pipeline", "in.jsonl → [cat] → out.jsonl", { commands: ["/query"] });
    expect(problems).toMatchObject([
      {
        code: "UNKNOWN_COMMAND",
        fix: expect.stringContaining("a program is written with a `!`, as in [!cat]"),
      },
    ]);
  });
});
