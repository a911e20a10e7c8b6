import { array, assert, asyncProperty, constantFrom, nat, option, record } from "fast-check";
import { expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { workflowOf } from "../testing/core-run.ts";
import { keptRun } from "../testing/kept-run.ts";
import type { Parts } from "./parts.ts";
import type { PointName } from "./points.ts";
import { rollback } from "./rollback.ts";

const names = ["a", "b", "c", "d", "e"];

/** Steps one after another; or side by side, where each waits for some of those before it. */
function workflowFor(needs: readonly number[] | undefined) {
  const steps = names.map((name, index): Json => {
    const before = names.slice(0, index).filter((_, k) => ((needs?.[index] ?? 0) & (1 << k)) !== 0);
    return { name, run: name, ...(before.length > 0 ? { depends_on: before } : {}) };
  });
  const error_strategy = "continue_on_failure";
  return workflowOf({
    name: "test",
    chain: { steps, error_strategy, ...(needs ? { parallel_where_possible: true } : {}) },
  });
}

type Kept = Awaited<ReturnType<typeof keptRun>>;

/** Every file at the tip is the work of a step that counts as done, as that did it last; and there is no other. */
function expectWhole({ run, repository }: Kept): void {
  const { files } = repository.commit(run.state.trees?.tips.get("")?.commit ?? "");
  const done = names.flatMap((name) => {
    const { end, outcome } = run.node(name);
    // what has not come up again is still known
    const done = end === undefined ? run.state.known.get(name)?.outcome : outcome;
    return done?.ok ? [[name, done.stdout]] : [];
  });
  const left = [...files].filter(([name]) => name !== "readme");
  expect(Object.fromEntries(left)).toEqual(Object.fromEntries(done));
}

const plans = array(
  record({ what: constantFrom("ok", "ok", "ok", "fail", "back", "to", "before"), pick: nat(1000) }),
  { maxLength: 25 },
);

interface Plan {
  readonly what: string;
  readonly pick: number;
}

/** Any point that somebody could name. */
function pointFor({ run }: Kept, { what, pick }: Plan, numbers: readonly number[]): PointName {
  const name = names[pick % names.length] ?? "a";
  if (what === "back") return { to: String(numbers[pick % numbers.length]) };
  const begun = run.events.some((event) => event.type === "attempt.started" && event.address === name);
  const ended = run.events.some((event) => event.type === "node.ended" && event.address === name);
  if (what === "before" && begun) return { before: name };
  return what === "to" && ended ? { to: name } : { beginning: true };
}

/** The work of a step, or its failure, while there is some to do. */
async function work(kept: Kept, { what, pick }: Plan, serial: number): Promise<void> {
  const owed = kept.run.owed.filter((effect) => effect.startsWith("perform "));
  const next = owed[pick % owed.length]?.slice("perform ".length);
  if (next === undefined) return;
  if (what === "ok") await kept.ok(next, `${next} ${serial}`);
  else await kept.fail(next);
}

/** Of a step that failed both numbers are said; the second is of what had ended well. */
async function rolledBack(kept: Kept, point: PointName): Promise<void> {
  const parts = kept.parts as unknown as Parts;
  try {
    await rollback(parts, "r1", { point });
  } catch (error) {
    const said = /it failed: .* is checkpoint \d+, and .* is checkpoint (\d+)$/.exec(String(error));
    if (said?.[1] === undefined) throw error;
    await rollback(parts, "r1", { point: { to: said[1] } });
  }
}

async function goBack(kept: Kept, plan: Plan): Promise<void> {
  await kept.leave();
  const all = await kept.parts.checkpoints.list({ runId: "r1" }, new AbortController().signal);
  // what one left that failed is nobody's work
  const whole = all.filter(({ kind }) => kind !== "WORKFLOW-RECOVERY").map(({ number }) => number);
  const point = pointFor(kept, plan, whole);
  await rolledBack(kept, point);
  await kept.resumed();
}

it("files and steps fit together, wherever a run goes back or forward to", async () => {
  const blocks = option(array(nat(31), { minLength: 5, maxLength: 5 }), { nil: undefined });
  const law = asyncProperty(blocks, plans, async (needs, plan) => {
    const kept = await keptRun(workflowFor(needs));
    for (const [serial, one] of plan.entries()) {
      // what one leaves that failed is among the work of those beside it
      const what = one.what === "fail" && needs ? "ok" : one.what;
      if (what === "ok" || what === "fail") {
        await work(kept, { ...one, what }, serial);
        continue;
      }
      await goBack(kept, one);
      expectWhole(kept);
    }
    while (kept.run.owed.length > 0) await work(kept, { what: "ok", pick: 0 }, plan.length);
    expect(kept.run.status).not.toBe("executing");
    expectWhole(kept);
  });
  await assert(law, { numRuns: 150 });
});
