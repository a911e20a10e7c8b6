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
  const folder = "write to a folder that the source does not read";
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
    [
      "'d/*.jsonl'",
      "sink: {files: 'd/${ record.id }.jsonl'}",
      [`BAD_VALUE 3:17 'd/\${ record.id }.jsonl' | ${folder}`],
    ],
    ["'plans/*.jsonl'", "sink: {files: '${ record.path }'}", []],
    ["{files: 'd/*.md'}", "sink: {files: '${ record.path }', text: x}", []],
  ])("%s, %s", (source, sink, problems) =>
    expect(found(`pipeline:\n  source: ${source}\n  ${sink}`)).toEqual(problems),
  );

  it.each<[string, string, boolean]>([
    ["'in/*.json'", "in/${ record.id }.json", true],
    ["'./in/*.json'", "./x/../in/${ record.id }.json", true],
    ["'{in,more}/*.json'", "more/x-${ record.id }", true],
    ["'**/*.json'", "out/${ record.id }.json", true],
    ["'docs/*.md'", "${ record.path }", true],
    ["'in/a/*.json'", "in/${ record.id }.json", true],
    ["/d/in/*.json", "/d/${ record.a }/${ record.b }.json", true],
    ["'in/*.json'", "out/${ record.id }.json", false],
    ["'docs/*.md'", "docs/${ record.path }.html", false],
    ["'in/*.json'", "in/${ record.id }/x.json", false],
    ["/d/in/*.json", "in/${ record.id }.json", false],
    ["'${ inputs.d }/*.json'", "in/${ record.id }.json", false],
    ["in/x.json", "in/${ record.id }.json", false],
  ])("without an end, the files of %s and those written to %s", (source, path, isRefused) => {
    const head = "inputs: {d: string}\npipeline:\n  continuous: true\n";
    expect(found(`${head}  source: {files: ${source}}\n  sink: {files: '${path}'}`)).toEqual(
      isRefused ? [`BAD_VALUE 5:17 '${path}' | ${folder}`] : [],
    );
  });
});
