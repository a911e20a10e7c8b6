import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../expression/json.ts";
import type { PipelineAction } from "../../language/pipeline.ts";
import { beginning, CoreRun } from "../../testing/core-run.ts";
import { pipelineOf, pipelineWorkflow, stageOf } from "../../testing/pipeline-step.ts";
import { type ChildEnd, type ChildStatus, nothingSpent, type Spent } from "../child-record.ts";
import type { Request } from "../effects.ts";
import type { Outcome } from "../outcome.ts";
import { viewOf } from "../view.ts";
import { explain } from "../why.ts";

interface Setup {
  readonly action?: Partial<PipelineAction>;
  readonly steps?: readonly Json[];
  readonly rest?: JsonObject;
  readonly inputs?: JsonObject;
}

function runOf({ action = {}, steps = [], rest = {}, inputs = { items: [1, 2] } }: Setup = {}): CoreRun {
  const chain = [{ name: "load", run: "true" }, ...steps];
  const value = { chain, inputs: { items: "array" }, ...rest } as JsonObject;
  return new CoreRun(pipelineWorkflow(pipelineOf(action), value), { inputs });
}

function requestOf(run: CoreRun): Extract<Request, { readonly kind: "pipeline" }> {
  const { request } = run.node("load");
  if (request?.kind !== "pipeline") throw new Error("no pipeline");
  return request;
}

/** The stream is left so. */
function leave(
  run: CoreRun,
  status: ChildStatus,
  more: Partial<ChildEnd> = {},
  outcome: Partial<Outcome> = {},
) {
  const child = { id: requestOf(run).child, status, spent: nothingSpent, undoable: 0, ...more };
  const ok = status === "completed";
  const failure = { code: "COMMAND_FAILED", message: "it broke", class: "failure" } as const;
  return run.give({
    type: "outcome",
    effect: run.work("load").id,
    outcome: { ok, child, output: [1, 2], ...(ok ? {} : { failure }), ...outcome },
  });
}

const some: Spent = { ...nothingSpent, costUsd: 0.5, inputTokens: 10, outputTokens: 5, agents: 1 };

describe("what a pipeline asks for", () => {
  it("has what its texts read besides records, and nothing else", () => {
    const stages = [
      stageOf("a", { when: "record.n > inputs.least", key: "record.k" }),
      stageOf("b", { work: { kind: "value", value: { n: "${ record.n }", who: "${ first.output.by }" } } }),
    ];
    const steps = [{ name: "first", run: "x", output: { type: "object" } }];
    const chain = [...steps, { name: "load", run: "true" }];
    const value = { chain, inputs: { items: "array", least: "integer", unread: "string" } } as JsonObject;
    const run = new CoreRun(pipelineWorkflow(pipelineOf({ stages }), value), {
      inputs: { items: [1], least: 2, unread: "u" },
    });
    run.ok("first", { output: { by: "ann", more: "m" } });
    expect(requestOf(run).scope).toEqual({
      inputs: { items: [1], least: 2 },
      first: { output: { by: "ann" } },
    });
  });

  it("has its paths filled in, and what may be over records as it is written", () => {
    const run = runOf({
      action: {
        source: { kind: "records", paths: ["${ inputs.name }.jsonl"], format: { kind: "jsonl" } },
        sinks: [
          {
            name: "a",
            from: ["pass"],
            batchSize: 1,
            batchWaitMs: 0,
            kind: "files",
            path: "${ record.id }.json",
          },
          {
            name: "b",
            from: ["pass"],
            batchSize: 1,
            batchWaitMs: 0,
            kind: "http",
            method: "POST",
            url: "https://example.com/${ inputs.name }",
            headers: { authorization: "Bearer ${ secrets.KEY }" },
            format: { kind: "json" },
          },
        ],
      },
      rest: { inputs: { name: "string" } },
      inputs: { name: "in$${x}" },
    });
    const { source, sinks, scope } = requestOf(run);
    expect(source).toMatchObject({ paths: ["in$${x}.jsonl"] });
    expect(sinks).toMatchObject([
      { path: "${ record.id }.json" },
      { url: "https://example.com/${ inputs.name }" },
    ]);
    expect(scope).toEqual({ inputs: { name: "in$${x}" }, secrets: { KEY: "⟨secret:5eed:KEY⟩" } });
  });
});

describe("a pipeline as a step", () => {
  it("is named before it is owed, and what it gives is the step's", () => {
    const run = runOf();
    expect(requestOf(run)).toMatchObject({ child: "r1.1", source: { kind: "list" } });
    leave(run, "completed", { verified: true });
    expect(run.ends).toEqual({ load: "verified" });
    expect(viewOf(run.state).nodes[0]).toMatchObject({ stream: { batches: "r1.1.", status: "completed" } });
    expect(viewOf(run.state).nodes[0]?.child).toBeUndefined();
  });

  it("goes on after a crash, and never asks whether it may", () => {
    const run = runOf();
    const { id } = run.work("load");
    run.crash();
    expect(run.work("load").id).toBe(id);
    expect(run.status).toBe("executing");
  });

  it("is paused and goes on with its run", () => {
    const run = runOf();
    run.give({ type: "pause" });
    leave(run, "paused");
    expect(run.status).toBe("paused");
    expect(explain(run.state)).toContainEqual(
      expect.objectContaining({ waitsFor: 'the pipeline "load", which is paused', fix: "tutti resume r1" }),
    );
    run.give({ type: "resume" });
    expect(run.owed).toEqual(["perform load"]);
    leave(run, "completed");
    expect(run.status).toBe("completed");
  });

  it("waits with a batch of it that asks somebody, and goes on when that has an answer", () => {
    const run = runOf();
    leave(run, "waiting", {
      reason: 'run r1.1.label-3, which waits for an answer to "ok"',
      dueAt: beginning + 5000,
    });
    expect(run.status).toBe("waiting");
    expect(explain(run.state)[0]).toMatchObject({
      waitsFor: 'the pipeline "load", which waits for run r1.1.label-3, which waits for an answer to "ok"',
      fix: "tutti asks r1",
    });
    expect(run.give({ type: "child", child: "r1.11.label-3" }).map(({ type }) => type)).toEqual([
      "effect.dropped",
    ]);
    run.give({ type: "child", child: "r1.1.label-3" });
    expect(run.owed).toEqual(["perform load"]);
  });

  it("puts what its batches use into the ledger as they go, once", () => {
    const run = runOf();
    run.give({ type: "spent", effect: run.work("load").id, spent: some });
    run.give({ type: "spent", effect: run.work("load").id, spent: some });
    expect(run.state.ledger.costUsd).toBe(0.5);
    run.crash();
    leave(run, "completed", { spent: { ...some, costUsd: 0.75, agents: 2 } });
    expect(run.state.ledger).toMatchObject({ costUsd: 0.75, agents: 2 });
    expect(run.node("load").costUsd).toBe(0.75);
  });

  it("stops with its run at a cap, and goes on with the same stream", () => {
    const run = runOf();
    const limit = { limit: "costUsd", used: 1, cap: 1 } as const;
    leave(run, "failed", {}, { limit });
    expect(run.status).toBe("failed");
    run.give({ type: "restart", overrides: { limits: { costUsd: 5 } } });
    expect(requestOf(run).child).toBe("r1.1");
  });

  it("goes on with the same stream after a failure, and begins another when it is run again", () => {
    const run = runOf();
    leave(run, "failed");
    expect(run.status).toBe("failed");
    run.give({ type: "restart" });
    expect(requestOf(run).child).toBe("r1.1");
    leave(run, "completed");
    run.give({ type: "restart" });
    expect(run.node("load").reused).toBe(true);
    run.give({ type: "restart", from: "load" });
    expect(requestOf(run).child).toBe("r1.2");
  });

  it("keeps its result when only its pace was changed, and goes on by what was changed else", () => {
    const run = runOf({ rest: { inputs: { items: "array" } } });
    leave(run, "completed");
    const faster = stageOf("pass", { parallelism: { least: 1, most: 9 }, timeoutMs: 5 });
    const inputs = { inputs: { items: "array" } };
    run.give({ type: "restart", workflow: pipelineWorkflow(pipelineOf({ stages: [faster] }), inputs) });
    expect(run.node("load").reused).toBe(true);
    const other = stageOf("pass", { when: "record > 1" });
    run.give({ type: "restart", workflow: pipelineWorkflow(pipelineOf({ stages: [other] }), inputs) });
    expect(run.work("load")).toBeDefined();
  });

  it("is told that it is cancelled, also while it waits", () => {
    const run = runOf();
    leave(run, "waiting");
    run.give({ type: "cancel" });
    expect(run.owed).toEqual(["perform load"]);
    expect(run.node("load").child).toEqual({ id: "r1.1", cancel: true });
    leave(run, "cancelled", {}, { failure: { code: "CANCELLED", message: "x", class: "cancelled" } });
    expect(run.ends).toEqual({ load: "cancelled" });
    expect(run.status).toBe("cancelled");
  });

  it("is taken back by nobody", () => {
    const run = runOf({ steps: [{ name: "after", run: "x" }] });
    leave(run, "completed");
    run.fail("after");
    expect(run.state.undoable.size).toBe(0);
  });

  it("takes dead letters up again while it goes on, and when its run has ended", () => {
    const run = runOf();
    run.give({ type: "replay", address: "load", letters: [2, 1] });
    run.give({ type: "replay", address: "load", letters: [2, 3] });
    expect(run.state.children.get("load")?.replay).toEqual([2, 1, 3]);
    run.crash();
    leave(run, "completed");
    expect(run.state.children.get("load")?.replay).toBeUndefined();
    expect(run.give({ type: "replay", address: "load", letters: [4] }).map(({ type }) => type)).toEqual([
      "effect.dropped",
    ]);
    run.give({ type: "restart", again: ["load"] });
    expect(requestOf(run).child).toBe("r1.1");
    run.give({ type: "replay", address: "load", letters: [4] });
    expect(run.state.children.get("load")).toMatchObject({ id: "r1.1", done: false, replay: [4] });
  });

  it("goes on for dead letters that it came to its end without", () => {
    const run = runOf();
    run.give({ type: "replay", address: "load", letters: [2, 1] });
    leave(run, "completed", { replayed: 1 });
    expect(run.owed).toEqual(["perform load"]);
    expect(run.state.children.get("load")).toMatchObject({ id: "r1.1", replay: [2, 1] });
    leave(run, "completed", { replayed: 2 });
    expect(run.status).toBe("completed");
  });

  it("has done again what rests on it, when it goes on in a run that had ended", () => {
    const run = runOf({ steps: [{ name: "after", run: "x" }] });
    leave(run, "completed");
    run.ok("after");
    expect(run.status).toBe("completed");
    run.give({ type: "restart", again: ["load"] });
    leave(run, "completed");
    expect(run.work("after")).toBeDefined();
  });

  it("goes on for dead letters while it waits", () => {
    const run = runOf();
    leave(run, "waiting");
    run.give({ type: "replay", address: "load", letters: [1] });
    expect(run.owed).toEqual(["perform load"]);
  });

  it("works in the folder of the project, also where its run has a tree", () => {
    const workflow = pipelineWorkflow(pipelineOf(), {
      chain: [
        { name: "load", run: "true" },
        { name: "after", run: "x" },
      ],
      inputs: { items: "array" },
    });
    const place = { runId: "r1", lane: "" };
    const run = new CoreRun(workflow, {
      inputs: { items: [] },
      workspace: { mode: "run", place, base: "base" },
    });
    expect(run.work("load").policy.workspace).toBeUndefined();
    leave(run, "completed");
    expect(run.work("after").policy.workspace).toMatchObject({ from: "base", begin: "base" });
  });
});
