import { array, assert, boolean, constantFrom, integer, nat, option, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../expression/json.ts";
import { agent, priced, usd } from "../testing/budget-run.ts";
import { CoreRun, workflowOf } from "../testing/core-run.ts";
import type { Outcome } from "./outcome.ts";
import { pending } from "./pending.ts";

describe("for all prices and orders", () => {
  const plans = record({
    /** In cents: what each step, and who judges it, will cost, and in which of two blocks it is. */
    steps: array(
      record({
        cents: integer({ min: 0, max: 60 }),
        judgeCents: option(integer({ min: 0, max: 60 })),
        block: constantFrom("g", "h"),
      }),
      { minLength: 1, maxLength: 12 },
    ),
    runCents: integer({ min: 1, max: 200 }),
    blockCents: integer({ min: 1, max: 200 }),
    parallel: integer({ min: 1, max: 6 }),
    order: array(nat(11), { maxLength: 40 }),
    /** How wrong the predictions are, in percent of the price. */
    error: array(integer({ min: 0, max: 200 }), { minLength: 12, maxLength: 12 }),
    crashes: array(nat(20), { maxLength: 3 }),
  });

  interface Made {
    readonly run: CoreRun;
    readonly prices: ReadonlyMap<string, number>;
  }

  function made({ steps, runCents, blockCents, parallel }: Plan, error: readonly number[]): Made {
    const prices = new Map(
      steps.flatMap(({ cents, judgeCents, block }, index): [string, number][] => {
        const own: [string, number] = [`${block}/s${index}`, cents / 100];
        return judgeCents === null ? [own] : [own, [`${own[0]}!after0`, judgeCents / 100]];
      }),
    );
    const blockOf = (name: string): JsonObject => ({
      name,
      parallel: "all",
      error_strategy: "continue_on_failure",
      ...(name === "g" ? { limits: { cost: blockCents / 100 } } : {}),
      steps: [
        { name: "first", run: "true" },
        ...steps.flatMap(({ block, judgeCents }, index) =>
          block === name ? [agent(`s${index}`, judgeCents === null ? {} : { gates: { judge: "good" } })] : [],
        ),
      ],
    });
    const workflow = workflowOf({
      name: "w",
      limits: { cost: runCents / 100, parallel },
      chain: {
        parallel_where_possible: true,
        error_strategy: "continue_on_failure",
        steps: [blockOf("g"), blockOf("h")],
      },
    });
    const predicted = [...prices].map(([address, price], index) => [
      address,
      (price * (error[index % error.length] ?? 100)) / 100,
    ]);
    return {
      run: new CoreRun(workflow, priced(Object.fromEntries(predicted) as Record<string, number>)),
      prices,
    };
  }

  function workOf(run: CoreRun): readonly string[] {
    return pending(run.state).flatMap((effect) => {
      if (effect.type === "gate") return [`${effect.address}!after0`];
      return effect.type === "perform" ? [effect.address] : [];
    });
  }

  interface Plan {
    readonly steps: readonly {
      readonly cents: number;
      readonly judgeCents: number | null;
      readonly block: string;
    }[];
    readonly runCents: number;
    readonly blockCents: number;
    readonly parallel: number;
    readonly order: readonly number[];
  }

  function outcomeOf(asked: string, prices: Made["prices"]): Partial<Outcome> {
    if (asked.endsWith("first")) return {};
    const seen = asked.includes("!") ? { evidence: { summary: "it holds" } } : {};
    return { ...usd(prices.get(asked) ?? 0), ...seen };
  }

  /** Lets work end, in this order, until none is left or so many ended. */
  function play(
    { order }: Plan,
    { run, prices }: Made,
    {
      turns = Number.POSITIVE_INFINITY,
      check = () => {},
    }: { turns?: number; check?: (run: CoreRun) => void } = {},
  ): void {
    for (let turn = 0; turn < turns; turn += 1) {
      const work = workOf(run);
      const asked = work[(order[turn] ?? 0) % Math.max(1, work.length)];
      if (asked === undefined) return;
      const [address = ""] = asked.split("!");
      run.ok(address, outcomeOf(asked, prices));
      check(run);
    }
  }

  const exact = 1e-6;

  it("a run and a block spend no more than their caps when predictions are right", () => {
    assert(
      property(plans, (plan) => {
        const right = plan.error.map(() => 100);
        play(plan, made(plan, right), {
          check: ({ state }) => {
            expect(state.ledger.costUsd).toBeLessThanOrEqual(plan.runCents / 100 + exact);
            expect(state.budget.used.get("g")?.costUsd ?? 0).toBeLessThanOrEqual(
              plan.blockCents / 100 + exact,
            );
          },
        });
      }),
      { numRuns: 150 },
    );
  });

  it("no more than the calls under way pass a cap when predictions are wrong, and every run comes to an end", () => {
    assert(
      property(plans, (plan) => {
        const whole = made(plan, plan.error);
        const { run, prices } = whole;
        play(plan, whole, {
          check: ({ state }) => {
            const most = plan.runCents / 100 + plan.parallel * Math.max(...prices.values());
            expect(state.ledger.costUsd).toBeLessThanOrEqual(most + exact);
          },
        });
        expect(["completed", "degraded", "failed"]).toContain(run.status);
        expect(run.state.budget.underWay.size).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it("crashes lose nothing of what was counted, and what is known stays within the caps", () => {
    assert(
      property(plans, (plan) => {
        const right = plan.error.map(() => 100);
        const whole = made(plan, right);
        const { run } = whole;
        for (const turns of plan.crashes) {
          play(plan, whole, { turns });
          const { costUsd } = run.state.ledger;
          run.crash();
          expect(run.state.ledger.costUsd).toBe(costUsd);
        }
        play(plan, whole);
        expect(run.state.ledger.costUsd).toBeLessThanOrEqual(plan.runCents / 100 + exact);
        expect(run.state.budget.underWay.size).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});

describe("for all rounds and items of a step of which nobody knew the price", () => {
  const repeated = record({
    rounds: integer({ min: 1, max: 6 }),
    items: integer({ min: 1, max: 4 }),
    concurrency: integer({ min: 1, max: 3 }),
    cents: integer({ min: 1, max: 60 }),
    capCents: integer({ min: 1, max: 200 }),
    /** Which of those under way ends next, and whether well. */
    order: array(record({ which: nat(2), ok: boolean() }), { minLength: 1, maxLength: 12 }),
    crashes: array(nat(12), { maxLength: 2 }),
  });

  it("only those that began before any of them had ended pass a cap", () => {
    assert(
      property(repeated, ({ rounds, items, concurrency, cents, capCents, order, crashes }) => {
        const list = {
          name: "e",
          for_each: { items: Array.from({ length: items }, (_, index) => index), concurrency },
          steps: [agent("w", { error_strategy: "continue_on_failure" })],
        };
        const chain = [{ name: "l", repeat: rounds, steps: [list] }];
        const run = new CoreRun(workflowOf({ name: "w", limits: { cost: capCents / 100 }, chain }));
        for (let turn = 0; ; turn += 1) {
          if (crashes.includes(turn)) run.crash();
          const work = pending(run.state).flatMap((effect) =>
            effect.type === "perform" ? [effect.address] : [],
          );
          const { which, ok } = order[turn % order.length] ?? { which: 0, ok: true };
          const address = work[which % Math.max(1, work.length)];
          if (address === undefined) break;
          if (ok) run.ok(address, usd(cents / 100));
          else run.fail(address, {}, usd(cents / 100));
        }
        const first = Math.min(concurrency, items) * cents;
        expect(run.state.ledger.costUsd * 100).toBeLessThanOrEqual(Math.max(capCents, first) + 1e-6);
        expect(["completed", "degraded", "failed"]).toContain(run.status);
      }),
      {
        numRuns: 100,
        // the price of one that was interrupted is unknown, and counts for nothing in the mean
        examples: [
          [
            {
              rounds: 1,
              items: 3,
              concurrency: 2,
              cents: 5,
              capCents: 12,
              order: [{ which: 0, ok: false }],
              crashes: [0],
            },
          ],
        ],
      },
    );
  });
});
