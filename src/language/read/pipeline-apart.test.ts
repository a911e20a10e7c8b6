import { describe, expect, it } from "vitest";
import { loadWorkflow } from "../load.ts";

/** Each problem as `CODE line:column marked words | fix`. */
function found(text: string): string[] {
  return loadWorkflow(text).problems.map(({ code, source, fix }) => {
    const { line = 0, column = 1, length = 0, text: shown = "" } = source ?? {};
    return `${code} ${line}:${column} ${shown.slice(column - 1, column - 1 + length)} | ${fix}`;
  });
}

describe("files that a pipeline reads and writes", () => {
  const other = "write to a path that the source does not name";
  const apart = "give each sink a file of its own, or let one sink take from several stages: `from: [a, b]`";
  it.each<[string, string, readonly string[]]>([
    ["in.jsonl", "sink: in.jsonl", [`BAD_VALUE 3:9 in.jsonl | ${other}`]],
    ["./a/../in.jsonl", "sink: {jsonl: in.jsonl, append: true}", [`BAD_VALUE 3:17 in.jsonl | ${other}`]],
    ["[a.jsonl, 'd/**/*.jsonl']", "sink: ./d/out.jsonl", [`BAD_VALUE 3:9 ./d/out.jsonl | ${other}`]],
    ["{files: '{a,b}/*'}", "sink: {csv: b/x.csv}", [`BAD_VALUE 3:15 b/x.csv | ${other}`]],
    ["'*.jsonl'", "sink: d/out.jsonl", []],
    ["'**/*.jsonl'", "sink: out.csv", []],
    ["'/d/*.jsonl'", "sink: d/out.jsonl", []],
    ["'part-[0-9].jsonl'", "sink: part-x.jsonl", []],
    ["in.jsonl", "sinks: [out.jsonl, ./out.jsonl]", [`BAD_VALUE 3:22 ./out.jsonl | ${apart}`]],
    ["in.jsonl", "sinks: [out.jsonl, out.csv]", []],
  ])("%s, %s", (source, sink, problems) =>
    expect(found(`pipeline:\n  source: ${source}\n  ${sink}`)).toEqual(problems),
  );
});
