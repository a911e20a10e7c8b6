import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { openTutti, type TuttiOptions } from "../engine.ts";
import type { Json } from "../expression/json.ts";
import { defaultFlow } from "../language/pipeline.ts";
import type { Agent } from "../ports/agent.ts";
import { createFakeClock } from "../runtimes/memory/fake-clock.ts";
import { openSqliteStore } from "../runtimes/sqlite/store.ts";
import { everyAbility } from "../testing/agent-abilities.ts";
import { workflowOf } from "../testing/core-run.ts";
import { pipelineOf, pipelineWorkflow, stageOf } from "../testing/pipeline-step.ts";
import { temporaryFolder } from "../testing/testbed.ts";
import type { RunHandle } from "./run-handle.ts";
import type { Tutti } from "./tutti.ts";

const label = workflowOf({
  name: "label",
  inputs: { batch: "array", record: {} },
  chain: [{ name: "ask", agent: "paid", prompt: "${ inputs.record }" }],
});

const workflow = pipelineWorkflow(
  pipelineOf({
    flow: { ...defaultFlow, drainMs: 0 },
    stages: [
      stageOf("shift", { batchSize: 1, work: { kind: "function", function: "shift", args: {} } }),
      stageOf("label", {
        from: ["shift"],
        batchSize: 1,
        work: { kind: "workflow", workflow: label, with: {} },
      }),
    ],
    sinks: [{ name: "out", from: ["label"], batchSize: 10, batchWaitMs: 0, kind: "result", most: 100 }],
  }),
  { inputs: { items: "array" } },
);

/** The second record is another each time; who is asked about the third never answers, until all are to be labelled. */
function world() {
  const now = { shifted: 10, isWilling: false };
  const asked: string[] = [];
  const paid: Agent = {
    name: "paid",
    abilities: everyAbility,
    probe: async () => ({ available: true }),
    run: async ({ work }, { signal }) => {
      const prompt = work.kind === "prompt" ? work.prompt : "";
      asked.push(prompt);
      if (prompt === "2" && !now.isWilling) await aborted(signal);
      const usage = { costUsd: 0.1, inputTokens: 1, outputTokens: 1 };
      return { ok: true, output: `said ${prompt}`, usage };
    },
  };
  const functions = {
    shift: ({ batch }: { readonly batch: readonly number[] }) =>
      batch.map((n) => (n === 1 ? now.shifted : n)) as unknown as Json,
  } as unknown as NonNullable<TuttiOptions["functions"]>;
  return { now, asked, agents: [paid], functions };
}

/** Rejects with the signal's reason. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.throwIfAborted();
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

it("a batch takes no run up that did other records, where a stream was lost with its numbers; nor asks again for the same", async () => {
  const cwd = temporaryFolder();
  const home = join(cwd, ".tutti");
  mkdirSync(home);
  const { now, asked, ...given } = world();
  const open = () => openTutti({ cwd, home, ...given });
  const stopped = async (tutti: Tutti, handle: RunHandle, askedBefore: number) => {
    await vi.waitFor(() => expect(asked.slice(askedBefore)).toContain("2"));
    handle.stop("enough");
    await handle.done;
    await tutti.close();
    const store = await openSqliteStore({ dir: home, clock: createFakeClock() });
    await store.streams.remove({ runId: handle.id, address: "load" });
    await store.close();
    return asked.slice(askedBefore);
  };
  const first = await open();
  const source = { workflow, origin: "test", text: "", warnings: [], notes: [], dialect: "canonical" };
  const handle = await first.start(source, { inputs: { items: [0, 1, 2] } });
  expect(await stopped(first, handle, 0)).toEqual(["0", "10", "2"]);
  for (const [shifted, again] of [
    [20, ["20", "2"]],
    [10, ["2"]],
    [20, ["2"]],
  ] as const) {
    now.shifted = shifted;
    const before = asked.length;
    const tutti = await open();
    expect(await stopped(tutti, await tutti.resume(handle.id), before)).toEqual(again);
  }
  now.isWilling = true;
  const last = await open();
  onTestFinished(() => last.close());
  const { status, view } = await (await last.resume(handle.id)).done;
  expect(status).toBe("completed");
  expect(view.nodes[0]?.output).toEqual(["0", "20", "2"].map((n) => ({ ask: `said ${n}` })));
  expect(asked.filter((one) => one !== "2")).toEqual(["0", "10", "20"]);
});
