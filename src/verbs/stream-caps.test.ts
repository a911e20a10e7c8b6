import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import type { Workflow } from "../language/workflow.ts";
import type { Agent } from "../ports/agent.ts";
import { everyAbility } from "../testing/agent-abilities.ts";
import { workflowOf } from "../testing/core-run.ts";
import { pipelineOf, pipelineWorkflow, stageOf } from "../testing/pipeline-step.ts";
import { temporaryFolder } from "../testing/testbed.ts";

const label = workflowOf({
  name: "label",
  inputs: { batch: "array", record: {} },
  chain: [{ name: "ask", agent: "paid", prompt: "${ inputs.record }" }],
});

const stage = stageOf("label", { batchSize: 1, work: { kind: "workflow", workflow: label, with: {} } });
const sinks = [
  { name: "out", from: ["label"], batchSize: 10, batchWaitMs: 0, kind: "result", most: 100 } as const,
];

/** A pipeline whose step may ask so often. */
function cappedAt(agents: number): Workflow {
  const workflow = pipelineWorkflow(pipelineOf({ stages: [stage], sinks }), { inputs: { items: "array" } });
  const steps = workflow.chain.steps.map((step) => ({ ...step, limits: { agents } }));
  return { ...workflow, chain: { ...workflow.chain, steps } };
}

function sourceOf(workflow: Workflow) {
  return { workflow, origin: "test", text: "", warnings: [], notes: [], dialect: "canonical" };
}

/** An agent whose every answer costs 10 cents, in a folder of its own. */
async function paying(settings = "{}") {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, ".tutti"));
  writeFileSync(join(cwd, "tutti.yaml"), settings);
  const asked: string[] = [];
  const paid: Agent = {
    name: "paid",
    abilities: everyAbility,
    probe: async () => ({ available: true }),
    run: async ({ work }) => {
      const prompt = work.kind === "prompt" ? work.prompt : "";
      asked.push(prompt);
      const usage = { costUsd: 0.1, inputTokens: 1, outputTokens: 1 };
      return { ok: true, output: `said ${prompt}`, usage };
    },
  };
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti"), agents: [paid] });
  onTestFinished(() => tutti.close());
  return { cwd, tutti, asked };
}

it("a pipeline stops at a cap of its own step with its records kept, and goes on when that is raised", async () => {
  const { tutti, asked } = await paying();
  const handle = await tutti.start(sourceOf(cappedAt(2)), { inputs: { items: [0, 1, 2, 3] } });
  const { status, view } = await handle.done;
  expect(asked).toEqual(["0", "1"]);
  expect(status).toBe("failed");
  expect(view.reason).toContain('the cap on agents of "load" is used up (2 of 2)');
  expect(view.nodes[0]).toMatchObject({
    failure: {
      code: "LIMIT_REACHED",
      fix: 'raise "agents" in the `limits` of "load", then resume with --update',
    },
  });
  expect(await tutti.deadLetters(handle.id)).toEqual([]);
  const again = await (await tutti.resume(handle.id, { update: sourceOf(cappedAt(9)) })).done;
  expect(again.status).toBe("completed");
  expect(asked).toEqual(["0", "1", "2", "3"]);
  expect(again.view.nodes[0]?.output).toEqual(["0", "1", "2", "3"].map((n) => ({ ask: `said ${n}` })));
});

const pipeline = `
agent: paid
pipeline:
  source: {step: "\${ inputs.items }"}
  stages: [{name: label, prompt: "\${ record }", batch_size: 1, retry: 0}]
  sink: {result: 100}
inputs: {items: array}
`;

it.each([
  ["the file", "{}", "limits: {day: 0.20 USD}"],
  ["the settings", "limits: {day: 0.20 USD}", ""],
])("goes on when the cap on the day of %s is raised", async (_, settings, limits) => {
  const { tutti, asked } = await paying(settings);
  const source = await tutti.load({ kind: "text", text: `name: w\n${limits}${pipeline}` });
  const handle = await tutti.start(source, { inputs: { items: [0, 1, 2, 3] } });
  expect((await handle.done).status).toBe("failed");
  expect(asked).toEqual(["0", "1"]);
  const again = await tutti.resume(handle.id, { overrides: { limits: { dayUsd: 5 } } });
  expect((await again.done).status).toBe("completed");
  expect(await tutti.deadLetters(handle.id)).toEqual([]);
  expect(asked).toEqual(["0", "1", "2", "3"]);
});
