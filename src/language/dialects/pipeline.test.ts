import { describe, expect, it } from "vitest";
import { loadWorkflow } from "../load.ts";
import { migrate } from "../migrate.ts";

const stages = `
  - {name: intake, processor: /query, batch_size: 10, parallelism: 3}
  - {name: write, processor: /docs, params: "write \${ record }"}`;

describe.each([
  ["/pipeline:", `/pipeline:\n  stages:${stages.replaceAll("\n", "\n  ")}\n`],
  ["type: pipeline", `type: pipeline\nstages:${stages}\n`],
])("the older form %s", (_form, text) => {
  it("has processors, which get the records", () => {
    const { workflow } = loadWorkflow(text);
    const action = workflow?.chain.steps[0]?.action;
    const works = action?.kind === "pipeline" ? action.stages.map(({ work }) => work) : [];
    const params = works.map((work) => {
      const does = work?.kind === "workflow" ? work.workflow.chain.steps[0]?.action : undefined;
      return does?.kind === "command" ? [does.command, does.params] : undefined;
    });
    expect(params).toEqual([
      ["/query", "${ batch }"],
      ["/docs", "write ${ record }"],
    ]);
  });

  it("takes its records from an input, where it names no source, and says so", () => {
    const { workflow, problems } = loadWorkflow(text);
    expect(problems).toMatchObject([{ severity: "warning", code: "MISSING_KEY" }]);
    expect(problems[0]?.fix).toContain("--input records=");
    expect(workflow?.inputs).toMatchObject({ records: { schema: { type: "array" }, required: true } });
    expect(workflow?.chain.steps[0]?.action).toMatchObject({
      source: { kind: "list", items: "${ inputs.records }" },
    });
  });

  it("means the same after it is migrated", () => {
    const migrated = migrate(text).text;
    expect(loadWorkflow(migrated)).toMatchObject({ problems: [], dialect: "canonical" });
    expect(loadWorkflow(migrated).workflow).toEqual(loadWorkflow(text).workflow);
  });
});

describe("the older form of a pipeline", () => {
  it("keeps its source, and the inputs that there are", () => {
    const { workflow, problems } = loadWorkflow(
      "inputs: {records: {type: array, default: []}}\n/pipeline:\n  source: in.jsonl\n  stages: [{when: 'true'}]\n",
    );
    expect(problems).toEqual([]);
    expect(workflow?.chain.steps[0]?.action).toMatchObject({ source: { paths: ["in.jsonl"] } });
    const kept = loadWorkflow(
      "inputs: {records: {type: array, default: [1]}}\n/pipeline:\n  stages: [{when: 'true'}]\n",
    );
    expect(kept.workflow?.inputs["records"]).toMatchObject({ default: [1] });
  });

  it("points at its own words where they are wrong", () => {
    const { problems } = loadWorkflow("/pipeline:\n  source: in.jsonl\n  stages:\n  - {processor: /qery}\n", {
      commands: ["/query"],
    });
    expect(problems.map(({ code, source }) => `${code} ${source?.line}:${source?.column}`)).toContain(
      "UNKNOWN_COMMAND 4:17",
    );
  });
});
