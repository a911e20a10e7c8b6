import { describe, expect, it } from "vitest";
import { loadWorkflow } from "../load.ts";

/** Each problem as `CODE | fix`. */
function found(text: string): string[] {
  const { problems } = loadWorkflow(`pipeline:\n${text}`);
  return problems.map(({ code, fix }) => `${code} | ${fix}`);
}

const paths = "WRONG_TYPE | write a path, a glob or a list of them, such as data/*.jsonl";
const file = "WRONG_TYPE | write the path of a file, such as out.jsonl";
const toRead = "write such as `source: {jsonl: data/*.jsonl}`: the key says how files are read";
const toWrite = "write such as `sink: {jsonl: out.jsonl}`: the key says how the file is written";
const separator = 'UNKNOWN_KEY | write "separator"';
const noHeader = "UNKNOWN_KEY | take it out: the first row names the columns unless `columns` does";

describe("a source that is not written as it must be", () => {
  it.each<[string, readonly string[]]>([
    [
      "{http}",
      ["WRONG_TYPE | write a URL such as https://example.com/items, or {url: …, items: body.items}"],
    ],
    ["{http: {}}", ['MISSING_KEY | add "url:"']],
    [
      "{http: {url: 'https://x', method: POST}}",
      ["UNKNOWN_KEY | take it out: a source is asked with GET, for anything else use `command: curl …`"],
    ],
    ["{jsonl}", [paths]],
    ["{csv: {path: x}}", [paths]],
    ["{lines: 5}", [paths]],
    ["{files: {glob: x}}", [paths]],
    ["{command}", ["WRONG_TYPE | write a shell line, such as git log --format=%s"]],
    ["{listen}", ["WRONG_TYPE | write a port such as 8080, or {port: 8080, path: /events}"]],
    ["{listen: 'http://x'}", ["WRONG_TYPE | write a port such as 8080, or {port: 8080, path: /events}"]],
    ["{step: {name: x}}", ['WRONG_TYPE | write a template that gives a list, such as "${ scan.output }"']],
    ["{run}", ["WRONG_TYPE | write the id of a run, or @last"]],
    ["5", ["WRONG_TYPE | write a path such as in.jsonl, a URL, or an object such as {command: LINE}"]],
    ["", ["WRONG_TYPE | write a path such as in.jsonl, a URL, or an object such as {command: LINE}"]],
    ["{path: in.jsonl}", [`UNKNOWN_KEY | ${toRead}`]],
    ["{file: in.jsonl}", [`UNKNOWN_KEY | ${toRead}`]],
    ["{url: 'https://x'}", ["UNKNOWN_KEY | write it in `http: {url: …}`"]],
    ["{csv: x, delimiter: ;}", [separator]],
    ["{csv: x, header: true}", [noHeader]],
  ])("%s", (text, problems) => expect(found(`  source: ${text}`)).toEqual(problems));
});

describe("a sink that is not written as it must be", () => {
  it.each<[string, readonly string[]]>([
    ["{http}", ["WRONG_TYPE | write a URL such as https://example.com/items, or {url: …, headers: {…}}"]],
    ["{jsonl}", [file]],
    ["{csv: [a, b]}", [file]],
    ["{lines: {path: x}}", [file]],
    ["{files}", ['WRONG_TYPE | write a path with the record in it, such as "out/${ record.id }.json"']],
    ["{command: {line: x}}", ["WRONG_TYPE | write a shell line, such as gzip > out.gz"]],
    ["5", ["WRONG_TYPE | write a path such as out.jsonl, a URL, or an object such as {command: LINE}"]],
    ["{path: out.jsonl}", [`UNKNOWN_KEY | ${toWrite}`]],
    ["{file: out.jsonl}", [`UNKNOWN_KEY | ${toWrite}`]],
    ["{url: 'https://x'}", ["UNKNOWN_KEY | write it in `http: {url: …}`"]],
    ["{stdout: true}", ["UNKNOWN_KEY | write `result: true`, which is the output of the step"]],
    ["{jsonl: x, mode: append}", ["UNKNOWN_KEY | write `append: true`"]],
    ["{csv: x, delimiter: ;}", [separator]],
  ])("%s", (text, problems) => expect(found(`  source: in.jsonl\n  sink: ${text}`)).toEqual(problems));
});

it("a pipeline comes to one result", () => {
  const twice = "let one result take from several: `from: [a, b]`, or write the records of one to a file";
  const sinks = (text: string) => found(`  source: in.jsonl\n  sinks: ${text}`);
  expect(sinks("[{name: a, result: 5}, out.jsonl, {name: b, result: true}]")).toEqual([
    `BAD_VALUE | ${twice}`,
  ]);
  expect(sinks("[result, '-']")).toEqual([`BAD_VALUE | ${twice}`]);
  expect(sinks("[result, out.jsonl]")).toEqual([]);
});
