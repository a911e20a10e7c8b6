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

describe("the mistakes of a source", () => {
  const written = (text: string) => `pipeline:\n  source: {${text}}`;
  it.each<[string, readonly string[]]>([
    [
      "",
      [
        "MISSING_KEY 2:3 source | give it one of jsonl, csv, lines, files, command, stdin, http, listen, step, run",
      ],
    ],
    ["jsnl: x", ['UNKNOWN_KEY 2:12 jsnl | write "jsonl"']],
    [
      "jsonl: x, csv: y",
      [
        "BAD_VALUE 2:22 csv | take one of the two out; several files of one kind are a list, and others a pipeline of their own",
      ],
    ],
    ["jsonl: []", ["BAD_VALUE 2:19 [] | write a path, a glob or a list of them, such as data/*.jsonl"]],
    ["jsonl: x/", ["BAD_VALUE 2:19 x/ | write a path such as data/in.jsonl"]],
    ["jsonl: http://x/y", ["BAD_VALUE 2:19 http://x/y | write a path such as data/in.jsonl"]],
    ["csv: x, separator: ab", ["BAD_VALUE 2:31 ab | write one character, such as ; or a tab"]],
    ["jsonl: x, separator: ';'", ["BAD_VALUE 2:22 separator | take it out, or say csv"]],
    ["csv: x, columns: [a, a]", ["DUPLICATE_NAME 2:29 [a, a] | give one of the two another name"]],
    ["stdin: xml", ["BAD_VALUE 2:19 xml | write jsonl, csv or lines"]],
    ["stdin: csv, format: csv", ["BAD_VALUE 2:24 format | keep one of the two"]],
    ["http: nope", ["BAD_VALUE 2:18 nope | write a URL such as https://example.com/path"]],
    [
      "http: {url: 'https://x', items: 'body.', format: jsonl}",
      [
        "BAD_VALUE 2:37 items | take it out, or write `format: json`",
        "EXPRESSION_SYNTAX 2:50 ' | write it as CEL: https://cel.dev",
      ],
    ],
    ["http: {items: body.x}", ['MISSING_KEY 2:12 http | add "url:"']],
    ["http: 'https://x', format: jsonl", ["BAD_VALUE 2:31 format | write it in `http: {format: …}`"]],
    ["listen: 99999", ["BAD_VALUE 2:20 99999 | write a port: a whole number from 1 to 65535"]],
    ["listen: 8080", ["BAD_VALUE 2:3 source | add `continuous: true` to the pipeline"]],
    [
      "listen: {path: events}",
      ['MISSING_KEY 2:12 listen | add "port:"', "BAD_VALUE 2:27 events | write a path such as /events"],
    ],
    [
      "run: ./x.sh -a",
      [
        "BAD_VALUE 2:17 ./x.sh -a | write the id of a run, or `command:` for a shell line whose lines are records",
      ],
    ],
    [
      "step: '${ nope.output }'",
      ["UNKNOWN_NAME 2:22 nope.output | use one of inputs, env, secrets, run, item, board, feedback"],
    ],
    ["files: '${ inputs.x }'", ['UNKNOWN_NAME 2:23 inputs.x | declare it under "inputs:"']],
    ["command: 'cat ${ inputs.y }'", ["SHELL_TEMPLATE 2:26 ${ inputs.y } | write ${{ inputs.y }}"]],
    ["jsonl: x, content: true", ["BAD_VALUE 2:22 content | take it out"]],
    ["step: scan", ["UNKNOWN_NAME 2:18 scan | use one of inputs, env, secrets, run, item, board, feedback"]],
  ])("%s", (text, problems) => expect(found(written(text))).toEqual(problems));
});

describe("the mistakes of a sink", () => {
  const written = (text: string) => `pipeline:\n  source: in.jsonl\n  sink: {${text}}`;
  it.each<[string, readonly string[]]>([
    ["jsonl: ../out.jsonl", ["BAD_VALUE 3:17 ../out.jsonl | write a path such as data/in.jsonl"]],
    ["jsonl: /a/../out.jsonl", []],
    [
      "files: 'out/../../${ record.id }'",
      ["BAD_VALUE 3:17 'out/../../${ record.id }' | write a path such as data/in.jsonl"],
    ],
    ["", ["MISSING_KEY 3:3 sink | give it one of jsonl, csv, lines, files, command, http, result"]],
    ["jsonl: x, csv: y", ["BAD_VALUE 3:20 csv | write two sinks: `sinks: [{…}, {…}]`"]],
    ["jsonl: x/*.jsonl", ["BAD_VALUE 3:17 x/*.jsonl | write a path such as data/in.jsonl"]],
    ["jsnl: x", ['UNKNOWN_KEY 3:10 jsnl | write "jsonl"']],
    [
      "files: out.json",
      [
        'BAD_VALUE 3:17 out.json | write a path with the record in it, such as "out/${ record.id }.json", or `jsonl:` for one file',
      ],
    ],
    ["files: 'out/${ recrd.id }'", ["UNKNOWN_NAME 3:25 recrd.id | write record"]],
    [
      "jsonl: '${ record.id }'",
      ["UNKNOWN_NAME 3:21 record.id | use one of inputs, env, secrets, run, item, board, feedback"],
    ],
    ["http: 'https://x', method: PUT", ["UNKNOWN_KEY 3:29 method | write it in `http: {method: …}`"]],
    ["http: {url: 'https://x', method: GET}", ["BAD_VALUE 3:43 GET | write POST, PUT or PATCH"]],
    ["result: 0", ["BAD_VALUE 3:18 0 | write true, or the most records it holds, such as 1000"]],
    ["jsonl: x, env: {}", ["BAD_VALUE 3:20 env | take it out"]],
  ])("%s", (text, problems) => expect(found(written(text))).toEqual(problems));
});

describe("the mistakes of a pipeline", () => {
  it.each<[string, readonly string[]]>([
    ["pipeline: {}", ['MISSING_KEY 1:1 pipeline | add "source:"']],
    ["pipeline: 5", ["WRONG_TYPE 1:11 5 | write an object of keys and values"]],
    [
      "pipeline:\n  source: 5",
      ["WRONG_TYPE 2:11 5 | write a path such as in.jsonl, a URL, or an object such as {command: LINE}"],
    ],
    [
      "pipeline:\n  source: in.json",
      [
        "BAD_VALUE 2:11 in.json | write such as {jsonl: …}, {csv: …}, {lines: …}, or {files: …} for a record a file",
      ],
    ],
    [
      "pipeline:\n  source: [a.csv, b.jsonl]",
      [
        "BAD_VALUE 2:11 [a.csv, b.jsonl] | write such as {jsonl: …}, {csv: …}, {lines: …}, or {files: …} for a record a file",
      ],
    ],
    [
      "pipeline:\n  source: ''",
      [
        "BAD_VALUE 2:11 '' | write such as {jsonl: …}, {csv: …}, {lines: …}, or {files: …} for a record a file",
      ],
    ],
    ["pipeline:\n  source: in.jsonl\n  stages: {}", ["WRONG_TYPE 3:11 {} | write a list of stages"]],
    [
      "pipeline:\n  source: in.jsonl\n  stages: [5]",
      ["WRONG_TYPE 3:12 5 | write an object of keys and values"],
    ],
    [
      "pipeline:\n  source: in.jsonl\n  stages: [{name: a, when: 'true', from: b}, {name: b, when: 'true', from: a}]",
      ["CYCLE 3:42 b | let one of them take from a stage outside of the circle"],
    ],
    [
      "pipeline:\n  source: in.jsonl\n  stages: [{name: a, when: 'true'}, {name: a, when: 'true'}]",
      ["DUPLICATE_NAME 3:44 a | choose another name"],
    ],
    [
      "pipeline:\n  source: in.jsonl\n  stages: [{name: a, when: 'true'}, {name: b, when: 'true', from: source}]\n  sink: {jsonl: x, from: a}",
      ["warning BAD_VALUE 3:44 b | add a sink with `from: b`, or take the stage out"],
    ],
    [
      "pipeline:\n  source: in.jsonl\n  stages: [{name: a, when: 'a.output'}]",
      ["UNKNOWN_NAME 3:29 a.output | write record"],
    ],
    [
      "pipeline:\n  source: in.jsonl\n  sink: out.json",
      [
        "BAD_VALUE 3:9 out.json | write such as {jsonl: …}, {csv: …}, {lines: …}, or {files: …} for a file a record",
      ],
    ],
    [
      "pipeline:\n  source: in.jsonl\n  sink: a.jsonl\n  sinks: [b.jsonl]",
      ["BAD_VALUE 4:3 sinks | write all of them as `sinks:`"],
    ],
    [
      "pipeline:\n  source: in.jsonl\n  flow_control: {backpressure: false}",
      [
        "BAD_VALUE 3:32 false | write `backpressure: true`, or another strategy: drop_oldest, drop_newest, spill or fail",
      ],
    ],
    [
      "pipeline:\n  source: in.jsonl\n  flow_control: {backpressure: false, overflow_strategy: block}",
      [
        "BAD_VALUE 3:58 block | write `backpressure: true`, or another strategy: drop_oldest, drop_newest, spill or fail",
      ],
    ],
    [
      "pipeline:\n  source: in.jsonl\n  flow_control: {overflow_strategy: drop}",
      ["BAD_VALUE 3:37 drop | write block, drop_oldest, drop_newest, spill or fail"],
    ],
    [
      "pipeline:\n  source: in.jsonl\n  flow_control: {overflow_strategy: drop_newest}",
      [
        "warning BAD_VALUE 3:37 drop_newest | write `overflow_strategy: block`, unless old records are of no use to you",
      ],
    ],
    [
      "pipeline:\n  source: in.jsonl\n  flow_control: {buffer_size: 10}\n  stages: [{run: x, batch_size: 20, name: y}]",
      ["BAD_VALUE 4:33 20 | write a smaller one, or `flow_control: {buffer_size: 20}`"],
    ],
    [
      "pipeline:\n  source: '${ inputs.l }'\n  continuous: true\n  sink: a.jsonl",
      [
        'UNKNOWN_NAME 2:15 inputs.l | declare it under "inputs:"',
        "BAD_VALUE 3:3 continuous | take `continuous` out, or read from files, a command, stdin, http or listen",
      ],
    ],
    [
      "pipeline:\n  source: in.jsonl\n  continuous: true",
      ["MISSING_KEY 1:1 pipeline | write to a file, a command or over http: `sink: {jsonl: out.jsonl}`"],
    ],
    [
      "pipeline:\n  source: in.jsonl\n  continuous: true\n  sink: result",
      ["BAD_VALUE 4:3 sink | write to a file, a command or over http: `sink: {jsonl: out.jsonl}`"],
    ],
    [
      "pipeline:\n  source: in.jsonl\n  continuous: true\n  stages: [{name: r, reduce: {}}]\n  sink: a.jsonl",
      ["BAD_VALUE 4:12 {name: r, reduce: {}} | give it a `window:`, such as 5m or 100 records"],
    ],
    [
      "pipeline:\n  source: in.jsonl\n  monitoring: {throughput_tracking: false, error_rate_alerting: {threshold: 5}}",
      [
        "NOT_SUPPORTED 3:37 false | take it out",
        "BAD_VALUE 3:77 5 | write a share between 0 and 1, such as 0.05",
      ],
    ],
    ["workspace: run\npipeline:\n  source: in.jsonl", ["BAD_VALUE 2:1 pipeline | take `workspace` out"]],
    [
      "alerts: []\npipeline:\n  source: in.jsonl",
      ["NOT_SUPPORTED 1:1 alerts | write it in `pipeline: {alerts: …}`"],
    ],
    [
      "source: x\npipeline:\n  stages: []",
      [
        "UNKNOWN_KEY 1:1 source | write it in `pipeline: {source: …}`",
        'MISSING_KEY 2:1 pipeline | add "source:"',
      ],
    ],
    [
      "chain:\n- {run: x, name: a}\n- name: p\n  workspace: step\n  pipeline: {source: in.jsonl}",
      ["UNKNOWN_KEY 4:3 workspace | take it out: a pipeline works in the project's folder"],
    ],
    [
      "chain:\n- name: p\n  timeout: 5m\n  source: x\n  pipeline: {stages: []}",
      [
        "UNKNOWN_KEY 3:3 timeout | write `limits: {time: 2h}`, or `timeout:` on its stages",
        "UNKNOWN_KEY 4:3 source | write it in `pipeline: {source: …}`",
        'MISSING_KEY 5:3 pipeline | add "source:"',
      ],
    ],
    [
      "inputs: {batch: string}\npipeline:\n  source: in.jsonl\n  stages:\n  - {prompt: '${ inputs.batch }'}",
      ["BAD_VALUE 5:5 {prompt: '${ inputs.batch }'} | give the input another name"],
    ],
    [
      "chain:\n- name: p\n  pipeline: {source: in.jsonl, stages: [{name: s, prompt: hi}]}\n- run: 'echo ${{ s.output }}'",
      [
        "NEVER_RUNS 4:18 s.output | it works on records: read them from the sink, or from the output of the pipeline",
      ],
    ],
    [
      "chain:\n- name: p\n  pipeline: {source: in.jsonl, stages: [{name: s, prompt: '${ p.output } ${ later.output }'}]}\n- {name: later, run: 'echo ${{ p.output }}'}",
      [
        "CYCLE 2:9 p | take one of these out: p needs later (later.output); later needs p (p.output)",
        "NEVER_RUNS 3:63 p.output | refer to a step beside this one",
      ],
    ],
    [
      "blackboard: x\npipeline:\n  source: in.jsonl\n  stages:\n  - {steps: [{prompt: x, board: {as: a}}]}",
      [
        "UNKNOWN_KEY 1:1 blackboard | take it out; the keys are $schema, name, description, env, agent, fallback_agents, model, thinking, save_state, resources, inputs, limits, context_window, memory, workspace, mcp_servers, chain, swarm, pipeline, flow, gates, undo",
        "BAD_VALUE 5:14 {prompt: x, board: {as: a}} | put `blackboard: {}` on a group of steps around it",
      ],
    ],
    [
      "chain:\n- {name: b, blackboard: true, steps: [{name: p, pipeline: {source: in.jsonl, stages: [{name: s, prompt: '${ board.entries }'}]}}]}",
      ["UNKNOWN_NAME 2:109 board.entries | put `blackboard: {}` on a group of steps around it"],
    ],
  ])("%j", (text, problems) => expect(found(text)).toEqual(problems));

  it("files of earlier steps that it does not see", () => {
    const chain = (head: string, writes: string) =>
      found(
        `${head}chain:\n- {name: make, run: x, ${writes}}\n- {name: flow, depends_on: [make], pipeline: {source: in.jsonl}}`,
      );
    const shared =
      'warning BAD_VALUE 3:10 flow | write "workspace: shared" in the workflow, so that both work in the same folder';
    expect(chain("", "writes: [in.jsonl]")).toEqual([shared]);
    expect(chain("workspace: run\n", "writes: [in.jsonl]")).toEqual([shared.replace("3:10", "4:10")]);
    expect(chain("", "writes: []")).toEqual([]);
    expect(chain("workspace: shared\n", "writes: [in.jsonl]")).toEqual([]);
  });

  it("figures that there are not", () => {
    const alert = (when: string) =>
      found(`pipeline: {source: in.jsonl, sink: {name: out, jsonl: o}, alerts: [{when: "${when}"}]}`);
    expect(alert("stages.out.latency_p96 > 1")).toEqual([
      'UNKNOWN_NAME 1:76 stages.out.latency_p96 | write "latency_p95"',
    ]);
    expect(alert("stages.outt.dead > 1")).toEqual(['UNKNOWN_NAME 1:76 stages.outt.dead | write "out"']);
  });

  it("at most 100 stages", () => {
    const stages = Array.from({ length: 101 }, () => "{when: 'true'}").join(", ");
    expect(found(`pipeline: {source: in.jsonl, stages: [${stages}]}`)).toEqual([
      "BAD_VALUE 1:30 stages | put several steps into one stage: `steps: […]`",
    ]);
  });
});
