import { describe, expect, it } from "vitest";
import type { Request } from "../../core/effects.ts";
import { compileShellTemplate } from "../../expression/shell-template.ts";
import type { Sink, Source } from "../../language/pipeline.ts";
import { requestText } from "./request.ts";

const run = (source: string, value: string): Request => ({
  kind: "run",
  shell: compileShellTemplate(source).render((root) => (root === "x" ? value : undefined)),
});

describe("what a step runs, for reading", () => {
  it.each([
    ["wc ${{ x }}", "src/a.ts", "wc src/a.ts"],
    ["wc ${{ x }}", "two words", 'wc "two words"'],
    ['echo "it is ${{ x }}"', "two words", 'echo "it is two words"'],
    ["echo 'it is ${{ x }}'", "two words", "echo 'it is two words'"],
    ["echo $(( ${{ x }} + 1 )) ${HOME}", "3", "echo $(( 3 + 1 )) ${HOME}"],
    ["echo ${{ x }}", "", 'echo ""'],
    ["echo ${{ x }}", "$& $1 \u001b[2Jgone\nnext", 'echo "$& $1 gone next"'],
    ["if true; then\n  echo ${{ x }}\nfi\n", "a", "if true; then echo a fi"],
  ])("%s with %j", (source, value, shown) => {
    expect(requestText(run(source, value))).toBe(shown);
  });

  it("is where the records of a pipeline come from and go to", () => {
    const queue = { from: ["source"], batchSize: 1, batchWaitMs: 0 };
    const format = { kind: "jsonl" } as const;
    const pipeline = { kind: "pipeline", child: "r.1", scope: {} } as const;
    const sources: readonly Source[] = [
      { kind: "records", paths: ["a\u001b[2J.jsonl", "b.jsonl"], format },
      { kind: "files", paths: ["*.md"] },
      { kind: "command", line: "tail -f x", format },
      { kind: "stdin", format },
      { kind: "listen", port: 8080, path: "/in", format },
      { kind: "list", items: "${ x }" },
      { kind: "run", run: "3m1x", node: "scan" },
    ];
    const out: Sink = { name: "out", ...queue, kind: "records", path: "out.jsonl", format };
    const result: Sink = { name: "result", ...queue, kind: "result", most: 1 };
    expect(sources.map((source) => requestText({ ...pipeline, source, sinks: [out, result] }))).toEqual([
      "records of a.jsonl, b.jsonl → out.jsonl, its output",
      "records of the files *.md → out.jsonl, its output",
      "records of the command tail -f x → out.jsonl, its output",
      "records of standard input → out.jsonl, its output",
      "records of http://127.0.0.1:8080/in → out.jsonl, its output",
      "records of a list → out.jsonl, its output",
      'records of "scan" of run 3m1x → out.jsonl, its output',
    ]);
  });

  it("is cut to 200 characters, however large the values are", () => {
    const text = requestText(run("echo ${{ x }}", "\u{1f600} ".repeat(20_000)));
    expect(Array.from(text).length).toBe(200);
    expect(text.endsWith("…")).toBe(true);
    expect(text.isWellFormed()).toBe(true);
  });

  it("says what each kind of step does", () => {
    const requests: readonly Request[] = [
      { kind: "command", command: "/fix", arguments: "it", agent: "mock" },
      { kind: "command", command: "/fix", arguments: "", agent: "mock" },
      { kind: "agent", agent: "mock", prompt: "Look\nhere" },
      { kind: "function", function: "f", args: null },
      { kind: "http", method: "GET", url: "http://x?key=\u27e8secret:5eed:API_KEY\u27e9&a", headers: {} },
    ];
    expect(requests.map(requestText)).toEqual([
      "/fix it",
      "/fix",
      "Look here",
      "f()",
      "GET http://x?key=\u27e8secret API_KEY\u27e9&a",
    ]);
  });

  it("leaves what only looks like a value of tutti as it is", () => {
    const shell = { line: 'echo "${TUTTI_V9}"', values: {} };
    expect(requestText({ kind: "run", shell })).toBe('echo "${TUTTI_V9}"');
  });
});
