import { describe, expect, it } from "vitest";
import { loadWorkflow } from "../load.ts";

/** Each problem as `CODE line:column marked words | fix`. */
function found(text: string): string[] {
  const { problems } = loadWorkflow(text, { functions: ["clean"], commands: ["/query"] });
  return problems.map(({ severity, code, source, fix }) => {
    const { line = 0, column = 1, length = 0, text: shown = "" } = source ?? {};
    const words = shown.slice(column - 1, column - 1 + length);
    return `${severity === "warning" ? "warning " : ""}${code} ${line}:${column} ${words} | ${fix}`;
  });
}

describe("the mistakes of a stage", () => {
  const written = (text: string) => `pipeline:\n  source: in.jsonl\n  stages:\n  - {${text}}`;
  it.each<[string, readonly string[]]>([
    [
      "",
      [
        "MISSING_KEY 4:5 {} | give it one of when, value, run, function, command, prompt, http, mcp, workflow, steps, reduce",
      ],
    ],
    [
      "name: a b",
      [
        "MISSING_KEY 4:5 {name: a b} | give it one of when, value, run, function, command, prompt, http, mcp, workflow, steps, reduce",
        "BAD_VALUE 4:12 a b | write a name of letters, digits, _ and - that begins with a letter or _",
      ],
    ],
    ["whne: x", ['UNKNOWN_KEY 4:6 whne | write "when"']],
    ["when: 'record.'", ["EXPRESSION_SYNTAX 4:20 ' | write it as CEL: https://cel.dev"]],
    ["when: 'recrod.x'", ["UNKNOWN_NAME 4:13 recrod.x | write record"]],
    ["when: 5 + 5", ["EXPRESSION_TYPE 4:12 5 + 5 | compare it with something, as in a.exit_code == 0"]],
    ["name: source, when: 'true'", ["BAD_VALUE 4:12 source | choose another name"]],
    [
      "prompt: '${ inputs.record.n } ${ inputs.batch }'",
      ["UNKNOWN_NAME 4:18 inputs.record.n | write record", "UNKNOWN_NAME 4:39 inputs.batch | write batch"],
    ],
    ["command: /query, inputs: {a: 1}", ["UNKNOWN_KEY 4:23 inputs | write `with: {…}`"]],
    ["steps: [{run: x, inputs: {a: 1}}]", ["UNKNOWN_KEY 4:23 inputs | write `with: {…}`"]],
    [
      "reduce: {give: {}}",
      ["MISSING_KEY 4:21 {} | name something, as in `give: {count: count, total: {sum: record.ms}}`"],
    ],
    ["run: x, value: 1", ["BAD_VALUE 4:14 value | write two stages"]],
    ["run: x, command: /query", ["BAD_VALUE 4:14 command | write two stages"]],
    [
      "run: x, gates: [{run: y}]",
      ["UNKNOWN_KEY 4:14 gates | put it on a step: `steps: [{run: …, gates: …}]`"],
    ],
    ["command: /qery", ['UNKNOWN_COMMAND 4:15 /qery | write "/query"']],
    [
      "command: /query, depends_on: [x]",
      ["UNKNOWN_KEY 4:23 depends_on | write `from:` with the stages it takes from"],
    ],
    [
      "command: /query, uses: [x]",
      [
        "UNKNOWN_KEY 4:23 uses | say how many batches may be in work with `parallelism:`; each of them is a run of its own",
      ],
    ],
    [
      "command: /query, workspace: run",
      ["UNKNOWN_KEY 4:23 workspace | take it out: a pipeline works in the project's folder"],
    ],
    ["command: /query, cwd: x", ["UNKNOWN_KEY 4:23 cwd | take it out"]],
    ["prompt: '${ recod }'", ["UNKNOWN_NAME 4:18 recod | write record"]],
    ["run: x, batch_size: 0", ["BAD_VALUE 4:26 0 | write a whole number from 1 to 100000"]],
    [
      "run: x, batch_size: 5000",
      ["BAD_VALUE 4:26 5000 | write a smaller one, or `flow_control: {buffer_size: 5000}`"],
    ],
    [
      "run: x, parallelism: 0",
      ["BAD_VALUE 4:27 0 | write a whole number from 1 to 1000, or {least: 1, most: 8}"],
    ],
    [
      "run: x, parallelism: {least: 4, most: 2}",
      ["BAD_VALUE 4:27 {least: 4, most: 2} | write the smaller one as `least`"],
    ],
    [
      "run: x, rate_limit: 60",
      ["BAD_VALUE 4:26 60 | write a count and a time such as 60/min, 10/s or 5/10s"],
    ],
    ["run: x, rate_limit: 60/min", []],
    ["run: x, key: record.id, order: any", ["BAD_VALUE 4:37 any | take one of the two out"]],
    ["run: x, from: nope", ["UNKNOWN_NAME 4:20 nope | use one of shell, source"]],
    ["run: x, from: [source, source]", []],
    ["run: x, on_failure: skip", ["BAD_VALUE 4:26 skip | write dead, isolate or fail"]],
    [
      "run: 'echo ${{ record.id }} ${{ secrets.X }}'",
      [
        "BAD_VALUE 4:38 secrets.X | put it into the step's `env:` and read the variable there, or into the url, headers or body of `http:`",
      ],
    ],
    [
      "run: x, env: {A: '${ secrets.X }', TUTTI_X: 1}",
      ["BAD_VALUE 4:41 TUTTI_X | choose another name, of letters, digits and _"],
    ],
    [
      "value: {a: '${ batch }', b: '${ nope.x }'}, timeout: 5m",
      [
        "UNKNOWN_NAME 4:38 nope.x | use one of record, batch, inputs, env, secrets, run, item, board, feedback",
        "UNKNOWN_KEY 4:50 timeout | take it out",
      ],
    ],
    ["function: claen", ['UNKNOWN_FUNCTION 4:16 claen | write "clean"']],
    ["function: clean, with: {batch: 1}", ["BAD_VALUE 4:30 batch | choose another name"]],
    ["function: clean, with: 5", ["WRONG_TYPE 4:29 5 | write an object of keys and values"]],
    ["function: clean, with: {a: 1}, args: {b: 2}", ["BAD_VALUE 4:37 args | keep one of the two"]],
    [
      "reduce: {window: 5, give: {a: count}}",
      ["WRONG_TYPE 4:23 5 | write such as 5m, 100 records or {time: 5m, at: record.time}"],
    ],
    ["reduce: {window: {time: 5m, count: 3}}", ["BAD_VALUE 4:15 window | write {count: 100}, or {time: 5m}"]],
    ["reduce: {window: {count: 3, at: record.t}}", ["BAD_VALUE 4:34 at | take it out, or write `time:`"]],
    [
      "reduce: {window: {time: 5m, late: 3s}}",
      ["BAD_VALUE 4:34 late | say with `at:` what time a record has, or take it out"],
    ],
    ["reduce: {by: 'size(record)'}", ["BAD_VALUE 4:19 'size(record)' | name it: `by: {name: …}`"]],
    ["reduce: {by: record.a, give: {a: count}}", ["DUPLICATE_NAME 4:36 a | choose another name"]],
    ["reduce: {window: 5m, give: {window: count}}", ["DUPLICATE_NAME 4:34 window | choose another name"]],
    [
      "reduce: {give: {a: {max: record.x}}}",
      [
        "UNKNOWN_KEY 4:26 max | take it out; the keys are sum, mean, least, first, last, distinct, list, fold, most, start, count",
      ],
    ],
    [
      "reduce: {give: {a: {sum: record.x, mean: record.y}}}",
      [
        "BAD_VALUE 4:25 {sum: record.x, mean: record.y} | give it one of count, list, fold, sum, mean, least, most, first, last, distinct",
      ],
    ],
    ["reduce: {give: {a: {fold: 'sum + 1'}}}", ['MISSING_KEY 4:22 a | add "start:"']],
    ["reduce: {give: {a: {fold: 'smu + 1', start: 0}}}", ["UNKNOWN_NAME 4:33 smu | write sum"]],
    ["reduce: {give: {a: {sum: record.x, start: 0}}}", ["BAD_VALUE 4:41 start | take it out"]],
    [
      "reduce: {}, parallelism: 2",
      ["UNKNOWN_KEY 4:18 parallelism | take it out: what is gathered is one batch at a time"],
    ],
    ["reduce: {}, key: record.x", ["UNKNOWN_KEY 4:18 key | group with `reduce: {by: …}`"]],
    [
      "name: n, steps: [{name: record, run: x}]",
      ['BAD_VALUE 4:30 record | choose another name, such as "record_step"'],
    ],
    [
      "name: n, steps: [{name: q, pipeline: {source: in.jsonl}}]",
      ["NOT_SUPPORTED 4:30 q | write its stages into the other pipeline"],
    ],
    [
      "name: n, steps: [{name: q, run: x, locks: [l]}]",
      ["BAD_VALUE 4:49 l | say how many batches may be in work with `parallelism:` of the stage"],
    ],
    ["pipeline: {}", ["NOT_SUPPORTED 4:6 pipeline | write its stages into this pipeline"]],
    [
      "workflow: ./other.yaml",
      [
        "BAD_VALUE 4:16 ./other.yaml | name a workflow file, relative to this one, or a pattern that comes with tutti (pattern:NAME)",
      ],
    ],
  ])("%s", (text, problems) => expect(found(written(text))).toEqual(problems));
});
