import { expect, it } from "vitest";
import { loadWorkflow } from "../../language/load.ts";
import { pipelineReport } from "../../verbs/plan-pipelines.ts";
import type { Shown } from "./out.ts";
import { pipelineLines } from "./plan-pipelines.ts";

function linesOf(members: string): readonly string[] {
  const { workflow, problems } = loadWorkflow(`pipeline: {${members}}`);
  const action = workflow?.chain.steps[0]?.action;
  if (action?.kind !== "pipeline") throw new Error(JSON.stringify(problems));
  return pipelineLines(pipelineReport(action, "flow")).map(plain);
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
