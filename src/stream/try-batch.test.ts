import { describe, expect, it } from "vitest";
import { batchOf, createStageHost, recordsOf, stageOf } from "../../test/stage-world.ts";
import type { Stage } from "../language/pipeline.ts";
import { createProcessor } from "./processors/open.ts";
import { tryBatch } from "./try-batch.ts";

const failure = { code: "FUNCTION_FAILED", message: "no", class: "failure" } as const;

/** A stage that takes records above 0, and whose function always fails. */
async function tried(onFailure: Stage["onFailure"]) {
  const host = createStageHost({ answer: () => ({ ok: false, failure }) });
  const work = { kind: "function", function: "f", args: {} } as const;
  const stage = stageOf({ when: "record.n > 0", work, onFailure });
  const processor = createProcessor(stage, { host, values: [] });
  const process = processor.process.bind(processor);
  const batch = batchOf(recordsOf([{ n: 1 }, { n: 0 }, {}, { n: 2 }]));
  const { retry } = stage;
  return tryBatch(
    batch,
    { process, retry, onFailure, clock: host.clock, tried: () => {}, wait: async () => {} },
    new AbortController().signal,
  );
}

describe("a batch that fails for good", () => {
  it.each(["dead", "isolate"] as const)(
    "is dead but for what was filtered out before (%s)",
    async (onFailure) => {
      expect(await tried(onFailure)).toMatchObject({
        end: "finished",
        finished: {
          outputs: [],
          filtered: 1,
          dead: [
            { index: 0, code: "FUNCTION_FAILED" },
            { index: 2, code: "EXPRESSION_FAILED" },
            { index: 3, code: "FUNCTION_FAILED" },
          ],
        },
      });
    },
  );

  it("stops the pipeline where it is to", async () => {
    expect(await tried("fail")).toMatchObject({ end: "stopped", processed: { failure } });
  });
});
