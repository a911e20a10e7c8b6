import { mkdirSync } from "node:fs";
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

it("a pipeline stops at a cap of its own step with its records kept, and goes on when that is raised", async () => {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, ".tutti"));
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
