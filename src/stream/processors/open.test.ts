import { describe, expect, it } from "vitest";
import { batchOf, createStageHost, givenBy, recordsOf, stageOf } from "../../../test/stage-world.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { JsonObject } from "../../expression/json.ts";
import type { Stage } from "../../language/pipeline.ts";
import { loadWorkflow } from "../../language/load.ts";
import { nothingSpent } from "../../core/child-record.ts";
import { createProcessor } from "./open.ts";

const { workflow } = loadWorkflow("name: look\nchain: [{run: echo}]");
if (!workflow) throw new Error("the workflow of this test does not load");

const { signal } = new AbortController();
const levels = recordsOf([
  { level: "error", n: 1 },
  { level: "info", n: 2 },
  { n: 3 },
  { level: "error", n: 4 },
]);

function open(stage: Partial<Stage>, host = createStageHost()) {
  return createProcessor(stageOf(stage), { host, values: [] });
}

describe("a stage", () => {
  it("passes its records on, letter by letter", async () => {
    const records = [{ no: 7, text: '{ "id": 12345678901234567890,  "x": 1.50 }' }];
    const done = await open({}).process(batchOf(records), signal);
    expect(done).toEqual({ ok: true, outputs: records, filtered: 0, dead: [] });
  });

  it("filters out the records for which its condition is false; one that cannot be decided is dead, the others go on", async () => {
    const done = await open({ when: "record.level == 'error'" }).process(batchOf(levels), signal);
    expect(done).toMatchObject({ ok: true, filtered: 1, outputs: [levels[0], levels[3]] });
    expect(done.ok && done.dead).toEqual([
      {
        index: 2,
        code: "EXPRESSION_FAILED",
        reason: expect.stringContaining('"record" has no key "level"') as string,
      },
    ]);
  });

  it("does not take a number for true", async () => {
    const done = await open({ when: "record.n" }).process(batchOf(levels.slice(0, 1)), signal);
    expect(done.ok && done.dead[0]?.reason).toBe('Cannot decide when: "record.n" gave 1, not true or false');
  });

  it("sees the data of the run", async () => {
    const host = createStageHost({ scope: { inputs: { least: 2 } } });
    const done = await open({ when: "record.n > inputs.least" }, host).process(batchOf(levels), signal);
    expect(givenBy(done)).toEqual([{ n: 3 }, { level: "error", n: 4 }]);
  });

  it("rejects when it was stopped before", async () => {
    const stopped = AbortSignal.abort(new Error("stop"));
    await expect(open({}).process(batchOf(levels), stopped)).rejects.toThrow("stop");
  });
});

describe("a stage that makes values", () => {
  const make = (value: JsonObject, when?: string) =>
    open({ work: { kind: "value", value }, ...(when === undefined ? {} : { when }) });

  it("gives one for each record, from which it comes", async () => {
    const stage = make({ text: "no ${ record.n } of ${ size(batch) }", all: { of: ["${ record }"] } });
    const done = await stage.process(batchOf(recordsOf([{ n: 1 }, { n: 2 }], 5)), signal);
    expect(givenBy(done)).toEqual([
      { text: "no 1 of 2", all: { of: [{ n: 1 }] } },
      { text: "no 2 of 2", all: { of: [{ n: 2 }] } },
    ]);
    expect(done.ok && done.outputs.map(({ no }) => no)).toEqual([5, 6]);
  });

  it("keeps all digits of whole numbers", async () => {
    const stage = make({ id: "${ record.id }", next: "${ record.id + 1 }", text: "#${ record.id }" });
    const done = await stage.process(batchOf([{ no: 0, text: '{"id":1234567890123456789}' }]), signal);
    expect(done.ok && done.outputs[0]?.text).toBe(
      '{"id":1234567890123456789,"next":1234567890123456790,"text":"#1234567890123456789"}',
    );
  });

  it("lets a record die for which it fails, and names its place in the whole batch", async () => {
    const records = recordsOf([{ k: 0 }, { k: 1, n: 1 }, { k: 1 }, { n: 1 }, { k: 1, n: 2 }]);
    const done = await make({ n: "${ record.n }" }, "record.k == 1").process(batchOf(records), signal);
    expect(givenBy(done)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(done).toMatchObject({ filtered: 1, dead: [{ index: 2 }, { index: 3 }] });
  });
});

describe("a stage that calls a function", () => {
  const call = (answer: Outcome, stage: Partial<Stage> = {}) => {
    const host = createStageHost({ scope: { inputs: { lang: "de" } }, answer: () => answer });
    const args = { to: "${ inputs.lang }", first: "${ record.id }" };
    const work = { kind: "function", function: "translate", args } as const;
    return { host, stage: open({ work, ...stage }, host) };
  };

  it("gives it its arguments and what is left of the batch", async () => {
    const { host, stage } = call(
      { ok: true, output: ["x", { y: 1 }] },
      { when: "record.id > 0", timeoutMs: 50 },
    );
    const records = [0, 1, "9007199254740993"].map((id, no) => ({ no, text: `{"id":${id}}` }));
    const done = await stage.process(batchOf(records, { id: "stage/7", attempt: 2 }), signal);
    expect(givenBy(done)).toEqual(["x", { y: 1 }]);
    expect(done.ok && done.outputs.map(({ no }) => no)).toEqual([1, 2]);
    expect(host.asked).toMatchObject([
      {
        request: {
          kind: "function",
          function: "translate",
          args: { to: "de", first: 1 },
          batch: ['{"id":1}', '{"id":9007199254740993}'],
        },
        work: { id: "stage/7", stage: "stage", attempt: 2, timeoutMs: 50, signal },
      },
    ]);
  });

  it("is not asked for an empty batch", async () => {
    const { host, stage } = call({ ok: true }, { when: "false" });
    expect(await stage.process(batchOf(levels), signal)).toMatchObject({
      ok: true,
      outputs: [],
      filtered: 4,
    });
    expect(host.asked).toEqual([]);
  });

  it("fails with what the function failed with, and when it may be asked again", async () => {
    const failure = { code: "QUOTA", message: "later", class: "quota", resetAt: 99 } as const;
    const done = await call({ ok: false, failure }).stage.process(batchOf(recordsOf([{ id: 1 }])), signal);
    expect(done).toEqual({ ok: false, failure, retryAt: 99 });
  });

  it("fails only for the records that were left", async () => {
    const failure = { code: "FUNCTION_FAILED", message: "no", class: "failure" } as const;
    const { stage } = call({ ok: false, failure }, { when: "record.id > 0" });
    const done = await stage.process(batchOf(recordsOf([{ id: 0 }, {}, { id: 1 }])), signal);
    expect(done).toMatchObject({ ok: false, failure, apart: { filtered: [0], dead: [{ index: 1 }] } });
  });

  it("fails when its arguments cannot be filled in, and asks for nothing", async () => {
    const { host, stage } = call({ ok: true });
    const done = await stage.process(batchOf(recordsOf([{}])), signal);
    expect(done).toMatchObject({ ok: false, failure: { code: "EXPRESSION_FAILED", class: "permanent" } });
    expect(host.asked).toEqual([]);
  });

  it("fails when what it gave was cut, so that a part never passes for the whole", async () => {
    const cut = { ok: true, output: '[{"a":1', artifacts: { output: "sha256:00" } };
    const done = await call(cut).stage.process(batchOf(recordsOf([{ id: 1 }])), signal);
    expect(done).toMatchObject({ ok: false, failure: { code: "OUTPUT_TOO_LARGE" } });
  });
});

describe("a stage that a run of its own does", () => {
  const run = (answer: Outcome) => {
    const host = createStageHost({ scope: { scan: { output: 5 } }, answer: () => answer });
    const work = { kind: "workflow", workflow, with: { scan: "${ scan.output }" }, into: "found" } as const;
    return { host, stage: open({ work }, host) };
  };

  it("gets the batch, its first record and what else it reads", async () => {
    const { host, stage } = run({ ok: true, output: ["a", "b"] });
    const done = await stage.process(batchOf(recordsOf([{ n: 1 }, { n: 2 }]), { id: "stage/3" }), signal);
    expect(givenBy(done)).toEqual([
      { n: 1, found: "a" },
      { n: 2, found: "b" },
    ]);
    expect(host.asked).toMatchObject([
      {
        workflow,
        inputs: { batch: [{ n: 1 }, { n: 2 }], record: { n: 1 }, scan: 5 },
        work: { id: "stage/3" },
      },
    ]);
  });

  it("holds the pipeline while somebody has to answer", async () => {
    const child = { id: "run-1", status: "waiting", spent: nothingSpent, reason: "ann", dueAt: 50 } as const;
    const done = await run({ ok: false, child }).stage.process(batchOf(levels), signal);
    expect(done).toMatchObject({
      ok: false,
      failure: {
        code: "CHILD_FAILED",
        message: "Run run-1, which does this batch, waits for ann",
        class: "interrupted",
      },
      retryAt: 50,
      held: { child },
    });
  });

  it("holds the pipeline when a cap stopped it", async () => {
    const limit = { limit: "costUsd", used: 5, cap: 5 } as const;
    const failure = { code: "LIMIT_REACHED", message: "no money", class: "permanent" } as const;
    const done = await run({ ok: false, failure, limit }).stage.process(batchOf(levels), signal);
    expect(done).toEqual({ ok: false, failure, held: { limit } });
  });

  it("keeps what was given although a cap was passed by it", async () => {
    const limit = { limit: "dayUsd", used: 6, cap: 5 } as const;
    const done = await run({ ok: true, output: 1, limit }).stage.process(batchOf(levels.slice(0, 1)), signal);
    expect(givenBy(done)).toEqual([{ level: "error", n: 1, found: 1 }]);
  });
});
