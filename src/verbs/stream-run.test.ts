import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openTutti, type TuttiOptions } from "../engine.ts";
import type { Json, JsonObject } from "../expression/json.ts";
import type { PipelineAction } from "../language/pipeline.ts";
import type { Workflow } from "../language/workflow.ts";
import type { Agent } from "../ports/agent.ts";
import { everyAbility } from "../testing/agent-abilities.ts";
import { workflowOf } from "../testing/core-run.ts";
import { pipelineOf, pipelineWorkflow, stageOf } from "../testing/pipeline-step.ts";
import { temporaryFolder } from "../testing/testbed.ts";
import type { Source } from "./load.ts";

/** An agent that costs 0.1 and says what it was asked; what it is asked is written down. */
function paidAgent(asked: string[], mayAnswer: (prompt: string) => boolean = () => true): Agent {
  return {
    name: "paid",
    abilities: everyAbility,
    probe: async () => ({ available: true }),
    run: async ({ work }) => {
      const prompt = work.kind === "prompt" ? work.prompt : "";
      asked.push(prompt);
      const usage = { costUsd: 0.1, inputTokens: 10, outputTokens: 1 };
      if (mayAnswer(prompt)) return { ok: true, output: `said ${prompt}`, usage };
      const failure = { code: "AGENT_FAILED", message: "it would not", class: "permanent" } as const;
      return { ok: false, failure, usage };
    },
  };
}

const inner = workflowOf({
  name: "label",
  inputs: { batch: "array", record: {} },
  chain: [{ name: "ask", agent: "paid", prompt: "${ inputs.record.n }" }],
});

const byAgent = stageOf("label", {
  batchSize: 1,
  work: { kind: "workflow", workflow: inner, with: {}, into: "label" },
});

function records(count: number): Json[] {
  return Array.from({ length: count }, (_, n) => ({ n }));
}

function sourceOf(workflow: Workflow): Source {
  return { workflow, origin: "test", text: "", warnings: [], notes: [], dialect: "canonical" };
}

function workflowWith(action: Partial<PipelineAction>, rest: JsonObject = {}): Workflow {
  return pipelineWorkflow(pipelineOf(action), { inputs: { items: "array" }, ...rest });
}

async function opened(options: Partial<TuttiOptions> = {}) {
  const cwd = options.cwd ?? temporaryFolder();
  mkdirSync(join(cwd, ".tutti"), { recursive: true });
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti"), ...options });
  onTestFinished(() => tutti.close());
  const start = (workflow: Workflow, items: readonly Json[] = records(3)) =>
    tutti.start(sourceOf(workflow), { inputs: { items } });
  return { cwd, tutti, start };
}

const labelled = {
  name: "out",
  from: ["label"],
  batchSize: 10,
  batchWaitMs: 0,
  kind: "result",
  most: 100,
} as const;

describe("a pipeline whose stage asks an agent", () => {
  const stages = [byAgent];
  const sinks = [labelled];

  it("does each batch by a run of its own, and its cost is that of all of them", async () => {
    const asked: string[] = [];
    const { tutti, start } = await opened({ agents: [paidAgent(asked)] });
    const handle = await start(workflowWith({ stages, sinks }));
    const { status, view } = await handle.done;
    expect(status).toBe("completed");
    expect(view.nodes[0]?.output).toEqual([0, 1, 2].map((n) => ({ n, label: { ask: `said ${n}` } })));
    expect(asked.toSorted()).toEqual(["0", "1", "2"]);
    expect(view.ledger).toMatchObject({ agents: 3, inputTokens: 30 });
    expect(view.ledger.costUsd).toBeCloseTo(0.3);
    expect(view.nodes[0]?.costUsd).toBeCloseTo(0.3);
    expect((await tutti.runs()).map(({ runId }) => runId)).toEqual([handle.id]);
    expect((await tutti.find("@last")).runId).toBe(handle.id);
    expect((await tutti.show(`${handle.id}.1.label-0_0`)).status).toBe("completed");
    const [stream] = await tutti.streams(handle.id);
    expect(stream).toMatchObject({ address: "load", letters: 0, figures: { source: { read: 3 } } });
  });

  it("goes on after a failure where it stopped: no batch that is done is asked for again", async () => {
    const asked: string[] = [];
    let isWilling = false;
    const agent = paidAgent(asked, (prompt) => isWilling || prompt !== "1");
    const { tutti, start } = await opened({ agents: [agent] });
    const strict = [{ ...byAgent, onFailure: "fail" as const }];
    const handle = await start(workflowWith({ stages: strict, sinks }));
    expect((await handle.done).status).toBe("failed");
    expect(asked).toEqual(["0", "1"]);
    isWilling = true;
    const again = await (await tutti.resume(handle.id)).done;
    expect(again.status).toBe("completed");
    expect(asked).toEqual(["0", "1", "1", "2"]);
    expect(again.view.ledger.agents).toBe(4);
    expect(again.view.ledger.costUsd).toBeCloseTo(0.4);
  });

  it("stops with its run at a cap, and goes on when that is raised", async () => {
    const asked: string[] = [];
    const { tutti, start } = await opened({ agents: [paidAgent(asked)] });
    const workflow = workflowWith({ stages, sinks }, { limits: { agents: 2 } });
    const handle = await start(workflow);
    const { status, view } = await handle.done;
    expect(status).toBe("failed");
    expect(view.reason).toContain("2");
    expect(asked).toEqual(["0", "1"]);
    const again = await (await tutti.resume(handle.id, { overrides: { limits: { agents: 9 } } })).done;
    expect(again.status).toBe("completed");
    expect(asked).toEqual(["0", "1", "2"]);
    expect(again.view.ledger.agents).toBe(3);
  });

  it("holds a cap with batches side by side", async () => {
    const asked: string[] = [];
    const { start } = await opened({ agents: [paidAgent(asked)] });
    const wide = [{ ...byAgent, parallelism: { least: 4, most: 4 } }];
    const handle = await start(workflowWith({ stages: wide, sinks }, { limits: { agents: 3 } }), records(12));
    const { status, view } = await handle.done;
    expect(status).toBe("failed");
    expect(asked).toHaveLength(3);
    expect(view.ledger.agents).toBe(3);
  });

  it.each([{ rest: { save_state: false } }, { options: { state: "memory" } as const }])(
    "is done in memory where nothing is to be written: %j",
    async ({ rest = {}, options = {} }) => {
      const asked: string[] = [];
      const { start } = await opened({ agents: [paidAgent(asked)], ...options });
      const { status, view } = await (await start(workflowWith({ stages, sinks }, rest))).done;
      expect(status).toBe("completed");
      expect(view.ledger.agents).toBe(3);
    },
  );

  it("begins anew, and forgets what it did, when it is run again from there", async () => {
    const asked: string[] = [];
    const { tutti, start } = await opened({ agents: [paidAgent(asked)] });
    const handle = await start(workflowWith({ stages, sinks }), records(1));
    await handle.done;
    const again = await (await tutti.resume(handle.id, { from: "load" })).done;
    expect(again.status).toBe("completed");
    expect(asked).toEqual(["0", "0"]);
    expect(again.view.ledger.costUsd).toBeCloseTo(0.2);
    expect(await tutti.streams(handle.id)).toMatchObject([{ figures: { source: { read: 1 } } }]);
  });

  it("waits with a run of it that asks somebody, and goes on with the answer", async () => {
    const asks = workflowOf({
      name: "check",
      inputs: { batch: "array", record: {} },
      chain: [{ name: "ok", approval: "May it?" }],
    });
    const waiting = stageOf("check", { batchSize: 9, work: { kind: "workflow", workflow: asks, with: {} } });
    const { tutti, start } = await opened();
    const out = { ...labelled, from: ["check"] };
    const handle = await start(workflowWith({ stages: [waiting], sinks: [out] }));
    expect((await handle.done).status).toBe("waiting");
    const [ask] = await tutti.asks(handle.id);
    expect(ask?.runId).toBe(`${handle.id}.1.check-0_0`);
    expect((await tutti.show(handle.id)).reason).toContain(
      `the pipeline "load", which waits for run ${handle.id}.1.check-0_0, which waits for an answer to "ok"`,
    );
    await tutti.control(ask?.runId ?? "", { type: "answer", address: "ok", value: true });
    await vi.waitFor(async () => expect((await tutti.show(handle.id)).status).toBe("completed"));
  });

  it("is cancelled with the runs of its batches", async () => {
    const hangs: Agent = {
      ...paidAgent([]),
      run: (_, { signal }) =>
        new Promise((__, reject) => {
          signal.throwIfAborted();
          signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
        }),
    };
    const { tutti, start } = await opened({ agents: [hangs] });
    const handle = await start(workflowWith({ stages, sinks }));
    await vi.waitFor(async () =>
      expect((await tutti.events(`${handle.id}.1.label-0_0`)).length).toBeGreaterThan(3),
    );
    handle.cancel("enough");
    const { status, view } = await handle.done;
    expect(status).toBe("cancelled");
    expect(view.nodes[0]?.status).toBe("cancelled");
    expect((await tutti.show(`${handle.id}.1.label-0_0`)).status).toBe("cancelled");
  });
});

it("puts dead letters back to where they died, also in a run that has ended", async () => {
  let isWilling = false;
  const seen: unknown[] = [];
  const functions = {
    check: ({ batch }: { readonly batch: readonly { readonly n: number }[] }) => {
      seen.push(batch.map(({ n }) => n));
      if (!isWilling && batch.some(({ n }) => n === 1)) throw new Error("not that one");
      return batch as unknown as Json;
    },
  } as unknown as NonNullable<TuttiOptions["functions"]>;
  const { tutti, start } = await opened({ functions });
  const stage = stageOf("pass", { batchSize: 1, work: { kind: "function", function: "check", args: {} } });
  const handle = await start(workflowWith({ stages: [stage] }));
  expect((await handle.done).status).toBe("completed");
  expect(await tutti.deadLetters(handle.id)).toMatchObject([
    { address: "load", stage: "pass", code: "FUNCTION_FAILED", text: '{"n":1}' },
  ]);
  expect(await tutti.replayDead(handle.id, { stage: "out" })).toEqual({ end: "none", count: 0 });
  isWilling = true;
  const replayed = await tutti.replayDead(handle.id);
  expect(replayed).toMatchObject({ end: "driven", count: 1 });
  if (replayed.end !== "driven") return;
  const { status, view } = await replayed.handle.done;
  expect(status).toBe("completed");
  expect(view.nodes[0]?.output).toEqual([{ n: 0 }, { n: 2 }, { n: 1 }]);
  expect(seen).toEqual([[0], [1], [2], [1]]);
  expect(await tutti.deadLetters(handle.id)).toEqual([]);
  await expect(tutti.replayDead(handle.id, { letters: [1, 99] })).rejects.toMatchObject({
    code: "USAGE",
    message: "Cannot replay the letters 1, 99: there is no dead letter of this number",
  });
  await expect(tutti.replayDead(handle.id, { address: "other" })).rejects.toMatchObject({
    code: "UNKNOWN_STEP",
  });
});

it("reads what the last run before it came to, however often it is begun", async () => {
  const { tutti, start } = await opened();
  const first = await start(workflowWith({}), [{ n: 7 }]);
  await first.done;
  const source = { kind: "run", run: "@last", node: "load" } as const;
  const second = await start(workflowWith({ source }), []);
  expect((await second.done).view.nodes[0]?.output).toEqual([{ n: 7 }]);
  expect((await tutti.find("@last")).runId).toBe(second.id);
});

it("reads what a run came to that is kept, also where it is not kept itself", async () => {
  const { start } = await opened();
  const first = await start(workflowWith({}), [{ n: 7 }]);
  await first.done;
  for (const run of ["@last", first.id]) {
    const source = { kind: "run", run, node: "load" } as const;
    const { view } = await (await start(workflowWith({ source }, { save_state: false }))).done;
    expect(view.nodes[0]?.output).toEqual([{ n: 7 }]);
  }
});

it("finds no last run where there is none before it", async () => {
  const { start } = await opened();
  const { status, view } = await (await start(workflowWith({ source: { kind: "run", run: "@last" } }))).done;
  expect(status).toBe("failed");
  expect(view.reason).toContain('Cannot find the run "@last": there is none before this one');
});

it("names a batch for programs as no other batch of any run", async () => {
  const { start } = await opened();
  const line = 'printf \'"%s"\\n\' "$TUTTI_BATCH"';
  const stage = stageOf("pass", { work: { kind: "run", line, env: {} } });
  const handle = await start(workflowWith({ stages: [stage] }));
  expect((await handle.done).view.nodes[0]?.output).toEqual([`${handle.id}.1/pass/0.0`]);
});

it("says of a batch that failed what failed in it", async () => {
  const { tutti, start } = await opened({ agents: [paidAgent([], () => false)] });
  const handle = await start(workflowWith({ stages: [byAgent], sinks: [labelled] }), records(1));
  await handle.done;
  expect(await tutti.deadLetters(handle.id)).toMatchObject([
    { code: "AGENT_FAILED", reason: "it would not" },
  ]);
});

it("refuses to write where it reads, also where only its inputs say so", async () => {
  const { start } = await opened();
  const jsonl = { kind: "jsonl" } as const;
  const records = { kind: "records", format: jsonl } as const;
  const sink = { ...records, name: "out", from: ["pass"], batchSize: 1, batchWaitMs: 0 };
  const source = { ...records, paths: ["d/*.jsonl"] };
  const sinks = [{ ...sink, path: "./d/${ size(inputs.items) }.jsonl" }];
  const { status, view } = await (await start(workflowWith({ source, sinks }))).done;
  expect(status).toBe("failed");
  expect(view.reason).toContain('Cannot write "./d/3.jsonl": the pipeline reads from it ("d/*.jsonl")');
});
