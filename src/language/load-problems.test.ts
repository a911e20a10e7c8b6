import { describe, expect, it } from "vitest";
import { loadWorkflow, type LoadOptions } from "./load.ts";

/** Each problem as `CODE line:column marked words | fix`. */
function found(text: string, options: LoadOptions = {}): string[] {
  return loadWorkflow(text, options).problems.map(({ code, source, fix }) => {
    const { line = 0, column = 1, length = 0, text: shown = "" } = source ?? {};
    return `${code} ${line}:${column} ${shown.slice(column - 1, column - 1 + length)} | ${fix}`;
  });
}

/** The problems of one step. */
function inStep(lines: string, options?: LoadOptions): string[] {
  return found(`chain:\n- ${lines.split("\n").join("\n  ")}\n- {name: other, run: x}\n`, options);
}

describe("the shape of a file", () => {
  it.each([
    ["5", ["WRONG_TYPE 1:1 5 | write an object of keys and values"]],
    ["name: x", ['MISSING_KEY 1:1 n | add "chain:" with its "steps:"']],
    ["chian: []", ['UNKNOWN_KEY 1:1 chian | write "chain"']],
    ["chain: 5", ["WRONG_TYPE 1:8 5 | write an object of keys and values"]],
    ["chain: {}", ['MISSING_KEY 1:1 chain | add "steps:" with at least one step']],
    ["chain: []", ['MISSING_KEY 1:1 chain | add "steps:" with at least one step']],
    ["chain:\n  steps: {}", ["WRONG_TYPE 2:10 {} | write a list of steps"]],
    ["chain:\n  steps:\n    a: 1", ["WRONG_TYPE 2:3 steps | write a list of steps"]],
    ["inputs: []\nchain: [{run: a}]", [expect.stringMatching(/^WRONG_TYPE 1:9 \[\]/) as string]],
    ["inputs: {a-b.c: string}\nchain: [{run: a}]", [expect.stringMatching(/^BAD_VALUE 1:10/) as string]],
    ["inputs: {a: 5}\nchain: [{run: a}]", [expect.stringMatching(/^WRONG_TYPE 1:13 5/) as string]],
    [
      "inputs: {a: nothing}\nchain: [{run: a}]",
      ["BAD_VALUE 1:13 nothing | write {type: string, default: nothing}"],
    ],
    [
      "inputs: {a: {type: integer, default: x}}\nchain: [{run: a}]",
      ['BAD_VALUE 1:38 x | write a value that fits {"type":"integer"}'],
    ],
    [
      "inputs: {a: {type: string, pattern: '(?=a)'}}\nchain: [{run: a}]",
      [expect.stringMatching(/^BAD_VALUE 1:37 '\(\?=a\)' \| write what RE2/) as string],
    ],
    ["limits: 5\nchain: [{run: a}]", ["WRONG_TYPE 1:9 5 | write an object of keys and values"]],
    ["env: {A: {}}\nchain: [{run: a}]", ["WRONG_TYPE 1:10 {} | write an object whose values are texts"]],
    [
      "alerts: []\nchain: [{run: a}]",
      ["NOT_SUPPORTED 1:1 alerts | leave it out; watch the run with `tutti watch`"],
    ],
    [
      "chain:\n  error_strategy: 5\n  steps: [{run: a}]",
      ["WRONG_TYPE 2:19 5 | write stop, continue_on_failure or {fallback: step}"],
    ],
    [
      "chain:\n  error_strategy: never\n  steps: [{run: a}]",
      [expect.stringMatching(/^BAD_VALUE 2:19 never/) as string],
    ],
    [
      "chain:\n  error_strategy: {fallbak: a}\n  steps: [{run: a}]",
      ['UNKNOWN_KEY 2:20 fallbak | write "fallback"'],
    ],
    [
      "chain:\n  error_strategy: {fallback: b}\n  steps: [{run: a}]",
      ["UNKNOWN_STEP 2:30 b | name a step of the same chain"],
    ],
  ])("%j", (text, problems) => expect(found(text)).toEqual(problems));
});

describe("what a step does", () => {
  it.each([
    ["name: a", [expect.stringMatching(/^MISSING_KEY 2:3 .* give it one of command, run/) as string]],
    ["agent: a", ['MISSING_KEY 2:3 agent | add "prompt:"']],
    ["parallel: true", ['MISSING_KEY 2:3 parallel | add "steps:"']],
    ["comand: /x", ['UNKNOWN_KEY 2:3 comand | write "command"']],
    ["repeat: {max: 3}", [expect.stringMatching(/^MISSING_KEY 2:3 repeat.*\| add "steps:"/) as string]],
    ["{run: a, prompt: b}", ["BAD_VALUE 2:12 prompt | write two steps"]],
    ["{run: a, params: b}", ["UNKNOWN_KEY 2:12 params | take it out"]],
    [
      "{wait: 1, timeout: 5}",
      [expect.stringMatching(/^UNKNOWN_KEY 2:13 timeout \| write the time as/) as string],
    ],
    [
      "{steps: [{run: a}], gates: []}",
      ['UNKNOWN_KEY 2:23 gates | put "gates" on the steps inside the group'],
    ],
    ["{command: /x, params: a, args: b}", ['BAD_VALUE 2:28 args | write "params" with one text']],
    ["{command: /x, args: {a: 1}}", ['BAD_VALUE 2:17 args | write "params" with one text']],
    ["{function: f, with: 1, args: 2}", ["BAD_VALUE 2:26 args | keep one of the two"]],
    ["{http: 5}", ["WRONG_TYPE 2:10 5 | write an object of keys and values"]],
    [
      "{http: {method: FETCH}}",
      ['MISSING_KEY 2:4 http | add "url:"', 'BAD_VALUE 2:19 FETCH | write "PATCH"'],
    ],
    ["{http: {url: http://u, expect: [99]}}", [expect.stringMatching(/^BAD_VALUE 2:35 99/) as string]],
    ["{wait: soon}", [expect.stringMatching(/^BAD_VALUE 2:10 soon/) as string]],
    ["{wait: true}", ["WRONG_TYPE 2:10 true | write an object of keys and values"]],
    ["{wait: {}}", [expect.stringMatching(/^MISSING_KEY 2:4 wait/) as string]],
    ["{wait: {for: 1, signal: a}}", [expect.stringMatching(/^BAD_VALUE 2:4 wait/) as string]],
    ["{wait: {for: 1, deadline: 1}}", ["BAD_VALUE 2:19 deadline | take it out"]],
    ["{wait: {until: 5m}}", ["BAD_VALUE 2:18 5m | write {for: 5m} to wait that long"]],
    [
      "{wait: {until: tomorrow}}",
      [expect.stringMatching(/^BAD_VALUE 2:18 tomorrow \| write a time such/) as string],
    ],
    ["{steps: [{run: a}], parallel: some}", ["BAD_VALUE 2:33 some | write all, any or {quorum: 2}"]],
    [
      "{steps: [{run: a}], parallel: {quorum: 2}}",
      ["UNKNOWN_KEY 2:34 quorum | take it out; the keys are join"],
    ],
    ["{steps: []}", ['MISSING_KEY 2:4 steps | add "steps:" with at least one step']],
    [
      "{run: a, reads: [/etc], writes: ['../x', '!y']}",
      [
        "BAD_VALUE 2:20 /etc | write a glob such as src/**",
        "BAD_VALUE 2:36 '../x' | write a glob such as src/**",
        "BAD_VALUE 2:44 '!y' | write a glob such as src/**",
      ],
    ],
    ["{run: a, retry: -1}", ["BAD_VALUE 2:19 -1 | write a whole number, 0 or more"]],
    ["{run: a, retry: {on: [quata]}}", ['BAD_VALUE 2:25 quata | write "quota"']],
    ["{run: a, on_interrupt: 5}", ["WRONG_TYPE 2:26 5 | write rerun, fail or ask"]],
    ["{run: a, env: 5}", ["WRONG_TYPE 2:17 5 | write an object whose values are texts"]],
    ["{run: a, timeout: 0}", [expect.stringMatching(/^BAD_VALUE 2:21 0/) as string]],
    [
      "{name: 5, run: a}",
      ["WRONG_TYPE 2:10 5 | write a name of letters, digits, _ and - that begins with a letter or _"],
    ],
    [
      "{name: a b, run: a}",
      ["BAD_VALUE 2:10 a b | write a name of letters, digits, _ and - that begins with a letter or _"],
    ],
    ["{run: '', name: a}", [expect.stringMatching(/^BAD_VALUE 2:9 ''/) as string]],
    ["{run: null, name: a}", [expect.stringMatching(/^WRONG_TYPE 2:9 null/) as string]],
    ["{run: a, output: 5}", [expect.stringMatching(/^WRONG_TYPE 2:20 5/) as string]],
    [
      "{run: a, output: {properties: 5, required: 5, items: 5, allOf: [5], not: true}}",
      [
        expect.stringMatching(/^WRONG_TYPE 2:33 5 .*names and schemas/) as string,
        expect.stringMatching(/^WRONG_TYPE 2:46 5 .*list of property names/) as string,
        expect.stringMatching(/^WRONG_TYPE 2:56 5/) as string,
        expect.stringMatching(/^WRONG_TYPE 2:67 5/) as string,
      ],
    ],
    [
      "{run: a, output: {$ref: '#/$defs/no', items: {pattern: '('}, patternProperties: {'[': {}}}}",
      [
        expect.stringMatching(/^BAD_VALUE 2:27 '#\/\$defs\/no' \| name a schema/) as string,
        expect.stringMatching(/^BAD_VALUE 2:58 '\(' \| write what RE2/) as string,
        expect.stringMatching(/^BAD_VALUE 2:84 '\[' \| write what RE2/) as string,
      ],
    ],
    [
      "{run: a, output: {type: [string, 5], properties: {a: {type: text}}}}",
      [
        expect.stringMatching(/^BAD_VALUE 2:36 5/) as string,
        expect.stringMatching(/^BAD_VALUE 2:63 text/) as string,
      ],
    ],
    ["{run: a, error_strategy: {fallback: othr}}", ['UNKNOWN_STEP 2:39 othr | write "other"']],
    [
      "{name: a, run: a, error_strategy: {fallback: a}}",
      [expect.stringMatching(/^UNKNOWN_STEP 2:48 a/) as string],
    ],
    ["{run: a, uses: [othr]}", [expect.stringMatching(/^UNKNOWN_NAME 2:19 othr/) as string]],
  ])("%s", (lines, problems) => expect(inStep(lines)).toEqual(problems));

  it("cannot lock what several may hold, and names the nearest resource", () => {
    const text = "resources: {gpu: 2}\nchain:\n- {run: a, locks: [gpu], uses: [gpuu]}\n";
    expect(found(text)).toEqual([
      expect.stringMatching(/^BAD_VALUE 3:20 gpu \| write "uses: \[gpu\]"/) as string,
      'UNKNOWN_NAME 3:33 gpuu | write "gpu"',
    ]);
  });
});

describe("defaults of inputs", () => {
  it.each([
    ["{type: string, default: x}", 0],
    ["{type: [integer, 'null'], default: null}", 0],
    ["{type: array, default: []}", 0],
    ["{type: object, default: {}}", 0],
    ["{type: boolean, default: false}", 0],
    ["{type: number, default: 1.5}", 0],
    ["{enum: [a, b], default: b}", 0],
    ["{default: anything}", 0],
    ["{type: integer, default: 1.5}", 1],
    ["{type: array, default: {}}", 1],
    ["{type: object, default: []}", 1],
    ["{type: 'null', default: 0}", 1],
    ["{enum: [a, b], default: c}", 1],
    [
      "{type: string, default: [aaaaaaaaaaaaaaaaaaaaaaaaaa, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]}",
      1,
    ],
  ])("%s", (input, count) => expect(found(`inputs: {a: ${input}}\nchain: [{run: a}]`)).toHaveLength(count));
});

describe("gates", () => {
  it.each([
    ["5", ["WRONG_TYPE 2:19 5 | write an object such as {run: npm test}, or the name of a gate"]],
    ["{}", [expect.stringMatching(/^MISSING_KEY 2:19 /) as string]],
    ["{chek: a}", ['UNKNOWN_KEY 2:20 chek | write "check"']],
    ["{duplication: {}}", ['MISSING_KEY 2:20 duplication | add "criterion:"']],
    ["{judge: {}}", ["MISSING_KEY 2:20 judge | add `criteria:` (a list of texts) or `prompt:` (a text)"]],
    ["{judge: 5}", ["WRONG_TYPE 2:27 5 | write an object of keys and values"]],
    [
      "{judge: good, by: [ann], deadline: 1h}",
      ["BAD_VALUE 2:33 by | take it out", "BAD_VALUE 2:44 deadline | take it out"],
    ],
    [
      "{human: ok?, by: [ann], quorum: 2}",
      ["BAD_VALUE 2:43 quorum | name more people under `by:`, or lower it"],
    ],
    ["{human: ok?, timeout: 5}", ["BAD_VALUE 2:32 timeout | take it out"]],
    ["{run: a, check: 'true'}", ["BAD_VALUE 2:28 check | write two gates"]],
    ["{check: 'true', timeout: 5}", ["BAD_VALUE 2:35 timeout | take it out"]],
    ["{claim: a, name: b}", ["BAD_VALUE 2:30 name | take it out"]],
    ["{claim: 5}", [expect.stringMatching(/^WRONG_TYPE 2:27 5/) as string]],
    ["{run: a, level: blockin}", ['BAD_VALUE 2:35 blockin | write "blocking"']],
    ["tests", [expect.stringMatching(/^UNKNOWN_NAME 2:19 tests \| define it under "gates:"/) as string]],
  ])("%s", (gate, problems) => expect(inStep(`{run: a, gates: ${gate}}`)).toEqual(problems));

  it("before a step cannot ask for its report or run it again", () => {
    expect(inStep("{run: a, before: [{claim: x}, {run: b, retry: 1}]}")).toEqual([
      "BAD_VALUE 2:22 claim | move it to `gates:`",
      "BAD_VALUE 2:42 retry | take it out, or move the gate to `gates:`",
    ]);
  });

  it("of the settings with mistakes are reported where they are used", () => {
    expect(inStep("{run: a, gates: [tests]}", { gates: { tests: { rum: "npm test" } } })).toEqual([
      'UNKNOWN_KEY 2:20 tests | write "run"',
    ]);
  });

  it("name the nearest gate of the settings", () => {
    expect(inStep("{run: a, gates: [test]}", { gates: { tests: { run: "npm test" } } })).toEqual([
      'UNKNOWN_NAME 2:20 test | write "tests"',
    ]);
  });
});

describe("names from outside", () => {
  const known = {
    commands: ["query", "milestone:plan", "milestone:execute", "git:commit"],
    functions: ["sum"],
  };
  it.each([
    "/query",
    "query",
    "/milestone/plan",
    "milestone plan",
    "/milestone:plan",
    "/milestone",
    "/commit",
  ])("the command %s is found", (command) =>
    expect(found(`chain: [{command: "${command}"}]`, known)).toEqual([]),
  );

  it("an unknown one is reported with the nearest", () => {
    expect(
      found("chain: [{command: /milestne/plan}, {command: /zzz}, {function: sun}, {function: zzz}]", known),
    ).toEqual([
      'UNKNOWN_COMMAND 1:19 /milestne/plan | write "/milestone:plan"',
      "UNKNOWN_COMMAND 1:46 /zzz | see tutti commands for the names there are",
      'UNKNOWN_FUNCTION 1:64 sun | write "sum"',
      "UNKNOWN_FUNCTION 1:81 zzz | see the program's own code for the names there are",
    ]);
  });

  it("an unknown backup is reported, of the workflow and of a step", () => {
    const text = "fallback_agents: [a, z]\nchain: [{prompt: hi, fallback_agents: y}]";
    expect(found(text, { agents: ["a"] }).map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "UNKNOWN_AGENT 1:18",
      "UNKNOWN_AGENT 2:39",
    ]);
    expect(found("chain: [{run: x, fallback_agents: [a]}]")[0]).toMatch(/^UNKNOWN_KEY/);
  });

  it("no list, no check; a template is no name", () => {
    expect(found("fallback_agents: [z]\nchain: [{command: /zzz, agent: zzz, fallback_agents: [y]}]")).toEqual(
      [],
    );
    expect(found('chain: [{command: "/${ inputs.x }"}]')[0]).toMatch(
      /^BAD_VALUE 1:19 .* write the name itself/,
    );
  });
});
