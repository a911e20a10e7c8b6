import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import type { Agent } from "../ports/agent.ts";
import { everyAbility } from "../testing/agent-abilities.ts";
import { workflowOf } from "../testing/core-run.ts";
import { pipelineOf, pipelineWorkflow, stageOf } from "../testing/pipeline-step.ts";
import { startProgram, temporaryFolder } from "../testing/testbed.ts";

const inner = workflowOf({
  name: "label",
  inputs: { batch: "array", record: {} },
  chain: [
    { name: "first", agent: "paid", prompt: "first ${ inputs.record.n }" },
    { name: "second", agent: "paid", prompt: "second ${ inputs.record.n }" },
  ],
});

const workflow = pipelineWorkflow(
  pipelineOf({
    stages: [
      stageOf("label", {
        batchSize: 1,
        parallelism: { least: 2, most: 2 },
        work: { kind: "workflow", workflow: inner, with: {} },
      }),
    ],
    sinks: [{ name: "out", from: ["label"], batchSize: 10, batchWaitMs: 0, kind: "result", most: 100 }],
  }),
  { inputs: { items: "array" } },
);

/** A process that drives the pipeline, and whose agent never answers what is asked second of the record 2. */
function drivingProgram(cwd: string) {
  const url = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
  return startProgram(`
    import { appendFileSync, writeSync } from "node:fs";
    import { join } from "node:path";
    import { openTutti } from ${url("../engine.ts")};
    const cwd = ${JSON.stringify(cwd)};
    const paid = {
      name: "paid",
      abilities: ${JSON.stringify(everyAbility)},
      probe: async () => ({ available: true }),
      run: async ({ work }) => {
        appendFileSync(join(cwd, "asked"), work.prompt + "\\n");
        if (work.prompt === "second 2") {
          writeSync(1, "hangs\\n");
          await new Promise(() => {});
        }
        return { ok: true, output: work.prompt, usage: { costUsd: 0.1, inputTokens: 1, outputTokens: 1 } };
      },
    };
    const tutti = await openTutti({ cwd, home: join(cwd, ".tutti"), agents: [paid] });
    setInterval(() => {}, 1000);
    const workflow = ${JSON.stringify(workflow)};
    const source = { workflow, origin: "x", text: "", warnings: [], notes: [], dialect: "canonical" };
    const items = [0, 1, 2, 3].map((n) => ({ n }));
    await tutti.start(source, { inputs: { items } });
  `);
}

it("after kill -9 nothing that was done is asked for again, and what it cost is the sum of all that was asked", async () => {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, ".tutti"));
  const program = drivingProgram(cwd);
  await program.line("hangs");
  await program.kill();
  const paid: Agent = {
    name: "paid",
    abilities: everyAbility,
    probe: async () => ({ available: true }),
    run: async ({ work }) => {
      const prompt = work.kind === "prompt" ? work.prompt : "";
      appendFileSync(join(cwd, "asked"), `${prompt}\n`);
      return { ok: true, output: prompt, usage: { costUsd: 0.1, inputTokens: 1, outputTokens: 1 } };
    },
  };
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti"), agents: [paid] });
  onTestFinished(() => tutti.close());
  const { runId } = await tutti.find("@last");
  const { status, view } = await (await tutti.resume(runId)).done;
  expect(status).toBe("completed");
  expect(view.nodes[0]).toMatchObject({
    attempt: 1,
    output: [0, 1, 2, 3].map((n) => ({ first: `first ${n}`, second: `second ${n}` })),
  });
  const asked = readFileSync(join(cwd, "asked"), "utf8").trim().split("\n");
  for (const [prompt, all] of Map.groupBy(asked, (one) => one)) {
    const count = all.length;
    // what was under way when the process died may be asked again
    const mayRepeat = prompt === "second 2" || prompt.endsWith("3");
    expect([prompt, count <= (mayRepeat ? 2 : 1)]).toEqual([prompt, true]);
  }
  const inside = await Promise.all([0, 1, 2, 3].map((n) => tutti.show(`${runId}.1.label-0_${n}`)));
  const spent = inside.reduce((sum, { ledger }) => sum + ledger.costUsd + ledger.presumedUsd, 0);
  expect(view.ledger.costUsd + view.ledger.presumedUsd).toBeCloseTo(spent);
  expect(view.ledger.agents).toBe(inside.reduce((sum, { ledger }) => sum + ledger.agents, 0));
});
