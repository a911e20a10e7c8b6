import { describe, expect, it } from "vitest";
import { loadWorkflow } from "../load.ts";
import type { PipelineAction, Stage } from "../pipeline.ts";
import type { Step, Workflow } from "../workflow.ts";

function load(text: string): Workflow {
  const { workflow, problems } = loadWorkflow(text, { functions: ["clean"], commands: ["/query"] });
  expect(problems).toEqual([]);
  if (!workflow) throw new Error("it does not load");
  return workflow;
}

function pipelineStep(text: string): Step {
  const step = load(text).chain.steps.find(({ action }) => action.kind === "pipeline");
  if (!step) throw new Error("it has no pipeline");
  return step;
}

function pipelineIn(text: string): PipelineAction {
  const { action } = pipelineStep(text);
  if (action.kind !== "pipeline") throw new Error("it is no pipeline");
  return action;
}

function pipeline(members: string): PipelineAction {
  return pipelineIn(`pipeline: {${members}}`);
}

function stage(members: string): Stage {
  const [first] = pipeline(`source: in.jsonl, stages: [{${members}}]`).stages;
  if (!first) throw new Error("it has no stage");
  return first;
}

const jsonl = { kind: "jsonl" } as const;

describe("the source of a pipeline", () => {
  it.each<[string, unknown]>([
    ["in.jsonl", { kind: "records", paths: ["in.jsonl"], format: jsonl }],
    [
      "[a.csv, b.csv]",
      { kind: "records", paths: ["a.csv", "b.csv"], format: { kind: "csv", separator: "," } },
    ],
    ["x.tsv", { kind: "records", paths: ["x.tsv"], format: { kind: "csv", separator: "\t" } }],
    ["/var/log/*.log", { kind: "records", paths: ["/var/log/*.log"], format: { kind: "lines" } }],
    ['"-"', { kind: "stdin", format: jsonl }],
    [
      "https://x.test/items",
      {
        kind: "http",
        url: "https://x.test/items",
        headers: {},
        everyMs: 60_000,
        format: { kind: "json", items: "body" },
      },
    ],
    [
      '{csv: a.csv, separator: ";", columns: [a, 2]}',
      { kind: "records", paths: ["a.csv"], format: { kind: "csv", separator: ";", columns: ["a", "2"] } },
    ],
    ['{files: "src/**/*.ts", content: true}', { kind: "files", paths: ["src/**/*.ts"], content: true }],
    ["{files: [a, b], content: false}", { kind: "files", paths: ["a", "b"] }],
    [
      "{command: ./list, format: lines, cwd: sub}",
      { kind: "command", line: "./list", cwd: "sub", format: { kind: "lines" } },
    ],
    ["{stdin: lines}", { kind: "stdin", format: { kind: "lines" } }],
    ["{stdin: true, format: csv}", { kind: "stdin", format: { kind: "csv", separator: "," } }],
    [
      '{http: {url: "https://x.test", headers: {A: "${ secrets.T }"}, items: body.items, every: 5s}}',
      {
        kind: "http",
        url: "https://x.test",
        headers: { A: "${ secrets.T }" },
        everyMs: 5000,
        format: { kind: "json", items: "body.items" },
      },
    ],
    ["{run: 3m1x, node: build/test}", { kind: "run", run: "3m1x", node: "build/test" }],
  ])("%s", (source, read) => expect(pipeline(`source: ${source}`).source).toEqual(read));

  it("listens in a continuous pipeline", () => {
    const listening = (listen: string) =>
      pipeline(`continuous: true, source: {listen: ${listen}}, sink: out.jsonl`).source;
    expect(listening("8080")).toEqual({ kind: "listen", port: 8080, path: "/", format: jsonl });
    expect(listening("{port: 1, path: /in, format: csv}")).toMatchObject({
      path: "/in",
      format: { kind: "csv" },
    });
  });

  it("is what an earlier step gave, which is a dependency", () => {
    const forms = ['"${ scan.output.issues }"', '{step: "${ scan.output.issues }"}', "{step: scan}"];
    const steps = forms.map((source) =>
      pipelineStep(`chain:\n- {name: scan, run: x}\n- {name: flow, pipeline: {source: ${source}}}`),
    );
    const sources = steps.map(({ action }) => action.kind === "pipeline" && action.source);
    expect(sources).toEqual([
      { kind: "list", items: "${ scan.output.issues }" },
      { kind: "list", items: "${ scan.output.issues }" },
      { kind: "list", items: "${ scan.output }" },
    ]);
    for (const { needs } of steps) expect(needs).toMatchObject([{ step: "scan", because: "reference" }]);
  });
});

describe("the stages of a pipeline", () => {
  it("take from the one before, or as they say, and stand behind those they take from", () => {
    const { stages, sinks } = pipeline(
      "source: in.jsonl, stages: [" +
        "{name: both, when: 'true', from: [left, right]}, {name: left, when: 'true', from: source}, {name: right, when: 'true', from: [source]}]",
    );
    expect(stages.map(({ name, from }) => [name, from])).toEqual([
      ["left", ["source"]],
      ["right", ["source"]],
      ["both", ["left", "right"]],
    ]);
    expect(sinks).toMatchObject([{ name: "result", kind: "result", from: ["both"], most: 1000 }]);
  });

  it("are named after what they do", () => {
    const { stages } = pipeline(
      "source: in.jsonl, stages: [{run: x}, {run: y}, {when: 'true'}, {command: /query, params: '${ record }'}, {function: clean}, {prompt: '${ record }', agent: ann}]",
    );
    expect(stages.map(({ name }) => name)).toEqual(["shell", "shell_2", "stage_3", "query", "clean", "ann"]);
  });

  it("have one record in a batch when they ask somebody, else a hundred", () => {
    const sizes = ["when: 'true'", "value: 1", "reduce: {}", "run: x", "function: clean"].map(
      (does) => stage(does).batchSize,
    );
    expect(sizes).toEqual([100, 100, 100, 1, 1]);
    const small = pipeline("source: in.jsonl, stages: [{value: 1}], flow_control: {buffer_size: 7}");
    expect([...small.stages, ...small.sinks].map(({ batchSize }) => batchSize)).toEqual([7, 7]);
  });

  it("say how their batches are made and done", () => {
    const read = stage(
      "run: x, key: record.id, batch_size: 50, batch_wait: 5s, parallelism: {most: 8}, rate_limit: 60/min, timeout: 2m, retry: 5, on_failure: isolate, into: more, env: {A: '${ secrets.A }'}",
    );
    expect(read).toEqual({
      name: "shell",
      from: ["source"],
      key: "record.id",
      order: "kept",
      batchSize: 50,
      batchWaitMs: 5000,
      parallelism: { least: 1, most: 8 },
      rate: { count: 60, perMs: 60_000 },
      timeoutMs: 120_000,
      retry: {
        max: 5,
        on: ["transient", "quota", "timeout", "failure"],
        backoff: "exponential",
        baseMs: 1000,
      },
      onFailure: "isolate",
      work: { kind: "run", line: "x", env: { A: "${ secrets.A }" }, into: "more" },
    });
    expect(stage("run: x, parallelism: 3, order: any")).toMatchObject({
      parallelism: { least: 3, most: 3 },
      order: "any",
    });
  });

  it("gather records in windows", () => {
    const reduce = (members: string) => stage(`reduce: {${members}}`).work;
    expect(reduce("")).toEqual({ kind: "reduce", by: {}, give: { count: { kind: "count" } } });
    expect(reduce("window: 100 records, by: record.user.id")).toMatchObject({
      window: { kind: "count", size: 100 },
      by: { id: "record.user.id" },
    });
    expect(
      reduce(
        "window: {time: 5m, at: '${ record.at }', late: 30s}, by: {level: 'record.level', long: 'size(record.text) > 9'}, give: {" +
          "n: count, a: {sum: record.x}, b: {most: record.x}, c: {list: record.x, most: 3}, d: {fold: 'sum + record.x', start: 1}, e: {distinct: '${ record.y }'}}",
      ),
    ).toEqual({
      kind: "reduce",
      window: { kind: "time", sizeMs: 300_000, at: " record.at ", lateMs: 30_000 },
      by: { level: "record.level", long: "size(record.text) > 9" },
      give: {
        n: { kind: "count" },
        a: { kind: "sum", of: "record.x" },
        b: { kind: "most", of: "record.x" },
        c: { kind: "list", of: "record.x", most: 3 },
        d: { kind: "fold", start: 1, step: "sum + record.x" },
        e: { kind: "distinct", of: " record.y " },
      },
    });
    expect(reduce("window: 1h")).toMatchObject({ window: { kind: "time", sizeMs: 3_600_000, lateMs: 0 } });
  });
});

describe("the sinks of a pipeline", () => {
  const usual = { from: ["source"], batchWaitMs: 1000 };
  it.each<[string, object]>([
    [
      "out.jsonl",
      { ...usual, name: "jsonl", kind: "records", path: "out.jsonl", format: jsonl, batchSize: 1000 },
    ],
    ["result", { ...usual, name: "result", kind: "result", most: 1000, batchSize: 1000 }],
    ["{result: 5, name: r}", { ...usual, name: "r", kind: "result", most: 5, batchSize: 1000 }],
    ["{result: {most: 5}}", { ...usual, name: "result", kind: "result", most: 5, batchSize: 1000 }],
    [
      "{csv: o.csv, append: true, columns: [a], batch_size: 5, batch_wait: 0}",
      {
        name: "csv",
        from: ["source"],
        kind: "records",
        path: "o.csv",
        append: true,
        format: { kind: "csv", separator: ",", columns: ["a"] },
        batchSize: 5,
        batchWaitMs: 0,
      },
    ],
    [
      '{files: "out/${ record.id }.md", text: "${ record.text }"}',
      {
        ...usual,
        name: "files",
        kind: "files",
        path: "out/${ record.id }.md",
        text: "${ record.text }",
        batchSize: 100,
      },
    ],
    [
      '{command: "./put ${{ record.id }}", env: {T: "${ secrets.T }"}, format: lines}',
      {
        ...usual,
        name: "command",
        kind: "command",
        line: "./put ${{ record.id }}",
        env: { T: "${ secrets.T }" },
        format: { kind: "lines" },
        batchSize: 100,
      },
    ],
    [
      "https://x.test/in",
      {
        ...usual,
        name: "http",
        kind: "http",
        method: "POST",
        url: "https://x.test/in",
        headers: {},
        format: { kind: "json" },
        batchSize: 100,
      },
    ],
    [
      '{http: {url: "https://x.test/${ record.id }", method: PUT, headers: {A: "${ secrets.T }"}, format: jsonl}}',
      {
        ...usual,
        name: "http",
        kind: "http",
        method: "PUT",
        url: "https://x.test/${ record.id }",
        headers: { A: "${ secrets.T }" },
        format: jsonl,
        batchSize: 100,
      },
    ],
  ])("%s", (sink, read) => expect(pipeline(`source: in.jsonl, sink: ${sink}`).sinks).toEqual([read]));

  it("take from the stages of which nobody else takes, when they do not say it", () => {
    const { sinks } = pipeline(
      "source: in.jsonl, stages: [{name: a, when: 'true'}, {name: b, when: 'true', from: source}, {name: c, when: 'true', from: source}], " +
        "sinks: [{jsonl: one.jsonl, from: c}, {name: rest, jsonl: two.jsonl}, three.jsonl]",
    );
    expect(sinks.map(({ name, from }) => [name, from])).toEqual([
      ["jsonl", ["c"]],
      ["rest", ["a", "b"]],
      ["jsonl_2", ["a", "b"]],
    ]);
  });
});

describe("a pipeline", () => {
  it("is a whole file, or a step with what steps have", () => {
    expect(load("pipeline: {source: in.jsonl}").chain.steps).toMatchObject([
      { name: "pipeline", action: { kind: "pipeline" } },
    ]);
    const step = pipelineStep(
      "chain:\n- name: flow\n  when: 'true'\n  limits: {cost: 5}\n  reads: [in.jsonl]\n  gates: [{run: test -s out}]\n  pipeline: {source: in.jsonl}",
    );
    expect(step).toMatchObject({ name: "flow", when: "true", limits: { costUsd: 5 }, reads: ["in.jsonl"] });
    expect(step.gates).toHaveLength(1);
  });

  it("says how records flow, and who is told of what", () => {
    const read = pipeline(
      "source: {stdin: jsonl}, stages: [{name: ask, run: x}], continuous: true, sink: out.jsonl, " +
        "flow_control: {backpressure: false, buffer_size: 100, overflow_strategy: drop_oldest, record_size: 64KB, drain: 5s}, " +
        "monitoring: {throughput_tracking: true, latency_monitoring: true, error_rate_alerting: {threshold: 0.1}}, " +
        'alerts: [{name: slow, when: "stages.ask.latency_p95 > 3000 && waiting > 0", for: 5m, notify: {webhook: "${ secrets.HOOK }"}}, {when: dead > 0}]',
    );
    expect(read).toMatchObject({
      continuous: true,
      flow: {
        backpressure: false,
        bufferSize: 100,
        overflow: "drop_oldest",
        recordBytes: 64_000,
        drainMs: 5000,
      },
      alerts: [
        { name: "error_rate", when: "error_rate > 0.1", forMs: 60_000, notify: "terminal" },
        { name: "slow", forMs: 300_000, notify: { webhook: "${ secrets.HOOK }" } },
        { name: "alert_2", when: "dead > 0", forMs: 60_000, notify: "terminal" },
      ],
    });
  });
});
