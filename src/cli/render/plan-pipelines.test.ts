import { expect, it } from "vitest";
import { loadWorkflow } from "../../language/load.ts";
import { capsAt, type PipelineCaps, pipelineReport } from "../../verbs/plan-pipelines.ts";
import type { Shown } from "./out.ts";
import { pipelineLines } from "./plan-pipelines.ts";

function linesOf(members: string, caps: PipelineCaps = {}): readonly string[] {
  const { workflow, problems } = loadWorkflow(`pipeline: {${members}}`);
  const action = workflow?.chain.steps[0]?.action;
  if (action?.kind !== "pipeline") throw new Error(JSON.stringify(problems));
  return pipelineLines(pipelineReport(action, { address: "flow", caps })).map(plain);
}

function plain(line: Shown): string {
  if (typeof line === "string") return line;
  return line.map((part) => (typeof part === "string" ? part : part.text)).join("");
}

it("a plan says of a pipeline what its stages do, in their order, and which of them may cost money", () => {
  const stages = [
    "{name: keep, when: record.x > 1}",
    "{name: look, run: ./look, batch_size: 50, parallelism: {most: 4}}",
    "{name: ask, command: /query, params: '${ record }', rate_limit: 60/min}",
    "{name: sums, from: keep, reduce: {by: record.a, give: {n: count}}}",
  ];
  expect(
    linesOf(
      `source: in.jsonl, stages: [${stages.join(", ")}], sinks: [{jsonl: out.jsonl, from: ask}, result]`,
    ),
  ).toEqual([
    "",
    "flow: records of in.jsonl",
    "  keep when record.x > 1  batches of 100",
    "  look ./look  batches of 50, 1 to 4 at once",
    "  ask /query  one by one, at most 60 in 1m 00s, each batch a run of its own, which may cost money",
    "  sums gathers n by a  from keep, batches of 100",
    "  jsonl out.jsonl, from ask",
    "  result its output, from sums",
    "  at most 1,000 records wait before each stage and sink; then the source waits",
  ]);
});

it("a plan says of a pipeline without an end what is lost where too much comes", () => {
  const flow = "flow_control: {overflow_strategy: drop_oldest, buffer_size: 10";
  const lines = (more: string) =>
    linesOf(`source: {listen: 8080}, continuous: true, sink: out.jsonl, ${flow}${more}}`);
  expect(lines("").at(1)).toBe("flow: records of http://127.0.0.1:8080/, until it is stopped");
  expect(lines("").at(-1)).toBe(
    "  at most 10 records wait before each stage and sink; then, behind the source, the oldest of them is dropped",
  );
  expect(lines(", backpressure: false").at(-1)).toBe(
    "  at most 10 records wait before each stage and sink; then the oldest of them is dropped",
  );
});

it("a plan says which caps stop a pipeline before its records do, and how they are raised", () => {
  const ofRun = capsAt({}, { limits: { agents: 50, timeMs: 7_200_000 } });
  const asking = "source: in.jsonl, stages: [{name: ask, prompt: x}, {name: rate, prompt: y}]";
  expect(linesOf(`${asking}, sink: out.jsonl`, ofRun).at(-1)).toBe(
    "  stops after 50 agent attempts, so 50 batches of ask, rate where each asks once; to go on longer: --limit agents=1000, also with tutti resume",
  );
  const own = capsAt(ofRun, { address: "flow", limits: { agents: 5 } });
  expect(linesOf(`${asking}, sink: out.jsonl, continuous: true`, own).slice(-2)).toEqual([
    '  stops after 5 agent attempts, so 5 batches of ask, rate where each asks once; to go on longer: more `agents` in the `limits` of "flow"',
    "  stops after 2h 00m of work, though it has no end; to go on longer: --limit time=24h, also with tutti resume",
  ]);
  expect(linesOf("source: in.jsonl, stages: [{name: a, run: cat}], sink: out.jsonl", ofRun).at(-1)).toContain(
    "then the source waits",
  );
});

it("a plan says who is told of what", () => {
  const told =
    "alerts: [{name: stuck, when: throughput == 0, for: 5m, notify: desktop}, {when: dead > 5, notify: {file: a.jsonl}}]";
  expect(linesOf(`source: in.jsonl, sink: out.jsonl, ${told}`).slice(-2)).toEqual([
    "  alert stuck: throughput == 0 for 5m 00s, told on the desktop",
    "  alert alert_2: dead > 5 for 1m 00s, told by file: a.jsonl",
  ]);
});
