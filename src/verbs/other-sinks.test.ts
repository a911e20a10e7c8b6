import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openTutti } from "../engine.ts";
import type { Workflow } from "../language/workflow.ts";
import type { Agent } from "../ports/agent.ts";
import { everyAbility } from "../testing/agent-abilities.ts";
import { workflowOf } from "../testing/core-run.ts";
import { pipelineOf, pipelineWorkflow, stageOf } from "../testing/pipeline-step.ts";
import { temporaryFolder } from "../testing/testbed.ts";

const inner = workflowOf({
  name: "label",
  inputs: { batch: "array", record: {} },
  chain: [{ name: "ask", agent: "patient", prompt: "${ inputs.record }" }],
});

/** Labels its input records, and writes them to the file. */
function writing(path: string): Workflow {
  const work = { kind: "workflow", workflow: inner, with: {} } as const;
  const format = { kind: "jsonl" } as const;
  const sink = { name: "out", from: ["label"], batchSize: 1, batchWaitMs: 0 } as const;
  const action = pipelineOf({
    stages: [stageOf("label", { batchSize: 1, work })],
    sinks: [{ ...sink, kind: "records", path, format }],
  });
  return pipelineWorkflow(action, { inputs: { items: "array" } });
}

/** An agent that answers "last" only when it is let go on. */
async function opened() {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, ".tutti"));
  const last = Promise.withResolvers<void>();
  const agent: Agent = {
    name: "patient",
    abilities: everyAbility,
    probe: async () => ({ available: true }),
    run: async ({ work }) => {
      const prompt = work.kind === "prompt" ? work.prompt : "";
      if (prompt === "last") await last.promise;
      return { ok: true, output: prompt, usage: { costUsd: 0, inputTokens: 0, outputTokens: 0 } };
    },
  };
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti"), agents: [agent] });
  onTestFinished(() => tutti.close());
  const start = (workflow: Workflow, items: readonly string[]) =>
    tutti.start(
      { workflow, origin: "test", text: "", warnings: [], notes: [], dialect: "canonical" },
      { inputs: { items } },
    );
  return { cwd, tutti, start, letGo: () => last.resolve() };
}

describe("a pipeline whose file another run is writing", () => {
  it("does not touch it, and writes it once the other has ended", async () => {
    const { cwd, tutti, start, letGo } = await opened();
    symlinkSync(cwd, join(cwd, "here"));
    const first = await start(writing("out.jsonl"), ["a", "last"]);
    const text = () => readFileSync(join(cwd, "out.jsonl"), "utf8");
    await vi.waitFor(() => expect(text()).toContain("a"));
    const second = await start(writing("here/out.jsonl"), ["b"]);
    const { status, view } = await second.done;
    expect(status).toBe("failed");
    expect(view.nodes[0]?.failure).toMatchObject({
      code: "SINK_FAILED",
      message: `Cannot write "here/out.jsonl": run ${first.id} is writing it`,
    });
    letGo();
    expect((await first.done).status).toBe("completed");
    expect(text().trim().split("\n")).toHaveLength(2);
    expect((await (await tutti.resume(second.id)).done).status).toBe("completed");
    expect(text()).toContain("b");
    expect(readFileSync(join(cwd, "out.jsonl.before"), "utf8")).toContain("a");
    expect(existsSync(join(cwd, "out.jsonl.cut"))).toBe(false);
  });
});
