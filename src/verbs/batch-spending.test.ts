import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nothingSpent, type Spent } from "../core/child-record.ts";
import { batchRunId, isInBatch } from "./batch-runs.ts";
import { atLeast, BatchSpending } from "./batch-spending.ts";

const spent = (agents: number): Spent => ({ ...nothingSpent, agents, costUsd: agents });

type Operation =
  | { readonly kind: "work"; readonly batch: number; readonly more: number }
  | { readonly kind: "done"; readonly batch: number; readonly isDurable: boolean }
  | { readonly kind: "crash" };

const batch = fc.integer({ min: 0, max: 5 });
const operations = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("work" as const), batch, more: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ kind: fc.constant("done" as const), batch, isDurable: fc.boolean() }),
    fc.record({ kind: fc.constant("crash" as const) }),
  ),
  { maxLength: 40 },
);

describe("what the runs of batches have used", () => {
  it("is counted once, whatever crashes: of what is settled it is written down, of the rest it is in their logs", () => {
    fc.assert(
      fc.property(operations, (all: readonly Operation[]) => {
        const ledgers = new Map<number, number>();
        const settled = new Set<number>();
        let kept: BatchSpending["kept"] | undefined;
        let spending = new BatchSpending();
        const ask = (no: number, more: number): void => {
          const used = (ledgers.get(no) ?? 0) + more;
          ledgers.set(no, used);
          spending.begin(`r.${no}`, { stage: "label", work: `label/0.${no}` });
          spending.report(`r.${no}`, spent(used));
        };
        const crash = (): void => {
          spending = new BatchSpending(kept);
          for (const runId of spending.runs) {
            const used = ledgers.get(Number(runId.slice(2)));
            if (used !== undefined) spending.report(runId, spent(used));
          }
          // what is not settled is asked again
          for (const no of ledgers.keys()) if (!settled.has(no)) ask(no, 0);
        };
        for (const one of all) {
          if (one.kind === "crash") crash();
          else if (one.kind === "work" && !settled.has(one.batch)) ask(one.batch, one.more);
          else if (one.kind === "done" && ledgers.has(one.batch) && !settled.has(one.batch)) {
            const before = kept;
            spending.settle([{ queue: "label", batch: one.batch }]);
            kept = JSON.parse(JSON.stringify(spending.kept)) as BatchSpending["kept"];
            if (one.isDurable) settled.add(one.batch);
            else {
              // the process dies before the commit is durable
              kept = before;
              crash();
            }
          }
        }
        crash();
        const sum = [...ledgers.values()].reduce((total, used) => total + used, 0);
        expect(spending.sum).toMatchObject({ agents: sum, costUsd: sum });
      }),
      { numRuns: 300 },
    );
  });

  it("is settled with its batch and that one's halves, and with no other's", () => {
    const spending = new BatchSpending();
    const works = ["label/0.1", "label/0.1.0", "label/0.1.1.0", "label/0.11", "label/3.1", "label-2/0.1"];
    for (const work of works) spending.begin(work, { stage: work.split("/")[0] ?? "", work });
    spending.settle([
      { queue: "label>", batch: 11 },
      { queue: "lab", batch: 1 },
      { queue: "label", batch: 1 },
    ]);
    expect(spending.runs).toEqual(["label/0.11", "label/3.1", "label-2/0.1"]);
    spending.settle([{ queue: "label#3", batch: 1 }]);
    expect(spending.runs).toEqual(["label/0.11", "label-2/0.1"]);
  });

  it("says when there is something else to write down", () => {
    const spending = new BatchSpending();
    const { version } = spending;
    spending.settle([{ queue: "label", batch: 1 }]);
    expect(spending.version).toBe(version);
    spending.begin("r", { stage: "label", work: "label/0.1" });
    expect(spending.version).not.toBe(version);
  });

  it("never goes back", () => {
    expect(atLeast(spent(2), { ...spent(1), outputTokens: 5 })).toMatchObject({ agents: 2, outputTokens: 5 });
  });
});

describe("the id of the run that does a batch", () => {
  it("is no other's", () => {
    const stage = fc.stringMatching(/^[a-z][a-z0-9_-]{0,6}$/);
    const parts = fc.array(fc.nat(30), { minLength: 2, maxLength: 4 });
    const work = fc.tuple(stage, parts).map(([name, numbers]) => `${name}/${numbers.join(".")}`);
    fc.assert(
      fc.property(work, work, (a, b) => {
        expect(batchRunId("r.1", a) === batchRunId("r.1", b)).toBe(a === b);
      }),
    );
  });

  it("is told from those of other runs inside runs", () => {
    expect(batchRunId("7f3.1", "label/0.17")).toBe("7f3.1.label-0_17");
    expect(isInBatch("7f3.1.label-0_17")).toBe(true);
    expect(isInBatch("7f3.1.label-0_17.2")).toBe(true);
    expect(isInBatch("7f3.1")).toBe(false);
    expect(isInBatch("7f3")).toBe(false);
  });
});
