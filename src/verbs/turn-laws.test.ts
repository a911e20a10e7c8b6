import { array, assert, nat, property, record } from "fast-check";
import { expect, it } from "vitest";
import type { Event } from "../core/events.ts";
import type { RunState } from "../core/state.ts";
import { findUnsound } from "../core/sound.ts";
import { CoreDriver } from "../testing/simulation/core-driver.ts";
import { listedDice, seededDice, sides } from "../testing/simulation/dice.ts";
import { randomWorkflow } from "../testing/simulation/random-workflow.ts";
import { resultsOf } from "../testing/simulation/results.ts";
import { createWorld } from "../testing/simulation/world.ts";
import { knownAt, turnTo } from "./known-at.ts";
import { takePart } from "./ways-at.ts";

const cases = record({
  plan: array(nat(sides - 1), { maxLength: 400, size: "max" }),
  world: nat(),
  order: nat(),
  points: array(nat(), { minLength: 1, maxLength: 3 }),
});

/** Puts the run to where so much of its log had happened, and lets it go on from there to its end. */
function turned(driver: CoreDriver, seq: number): void {
  const { drop, take, ways } = turnTo(driver.state, driver.events, seq);
  const limits = { costUsd: 1e6, tokens: 1e9, agents: 1e5, timeMs: 1e10 };
  const from = { runId: "r1", seq };
  driver.timers.clear();
  driver.give({
    type: "restart",
    hold: true,
    reason: "back",
    drop,
    ...takePart(from, { results: take, ways }),
    overrides: { limits },
  });
  expect(driver.state.status).toBe("paused");
  expect(driver.owed.size).toBe(0);
  driver.give({ type: "resume" });
  driver.finish();
}

/** A step waited for its judge after an attempt that did not hold: the new life has all rounds for it again. */
function hasRoundsAnew(events: readonly Event[], seq: number): boolean {
  const { results } = knownAt(events, seq);
  return [...results.values()].some(({ end, attempt }) => end === undefined && attempt > 1);
}

/** Addresses of steps whose good results can be used again. */
function goodIn({ byAddress }: RunState): ReadonlySet<string> {
  const good = [...byAddress.values()].filter(
    (node) =>
      node.plan.kind === "step" &&
      node.satisfied &&
      node.end !== "skipped" &&
      node.fallback === undefined &&
      node.outcome?.reported !== "partial",
  );
  return new Set(good.map(({ address }) => address));
}

it("a run that goes back to any point comes to the same again, and forward again does nothing twice", () => {
  const law = property(cases, ({ plan, world, order, points }) => {
    const workflow = randomWorkflow(listedDice(plan), "confluent");
    const parts = { world: createWorld(`${world}`), dice: seededDice(`${order}`) };
    const driver = new CoreDriver({ workflow }, parts).finish();
    const ends = resultsOf(driver.state);
    const good = goodIn(driver.state);
    const end = driver.events.length;
    for (const point of points) {
      const seq = 1 + (point % driver.events.length);
      if (hasRoundsAnew(driver.events, seq)) continue;
      turned(driver, seq);
      expect(resultsOf(driver.state)).toEqual(ends);
    }
    const before = driver.events.length;
    turned(driver, end);
    expect(resultsOf(driver.state)).toEqual(ends);
    const again = driver.events
      .slice(before)
      .flatMap((event) =>
        event.type === "attempt.started" && good.has(event.address) ? [event.address] : [],
      );
    expect(again).toEqual([]);
    expect(findUnsound(driver.events)).toEqual([]);
  });
  assert(law, { numRuns: 200, interruptAfterTimeLimit: 15_000 });
});
