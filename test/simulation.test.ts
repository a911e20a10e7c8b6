import { describe, expect, it } from "vitest";
import { simulate, type Simulated } from "../src/testing/simulation/simulate.ts";

/**
 * Thousands of random runs with everything going wrong that may. `TUTTI_SEEDS=N`: so many; `TUTTI_SEED=x`: that one
 * only, as a failure prints it.
 */
const only = process.env["TUTTI_SEED"];
const leastSeeds = Number(process.env["TUTTI_SEEDS"] ?? 2000);
/** Goes on so long when the machine is fast, unless a number was asked for. */
const budgetMs = process.env["TUTTI_SEEDS"] === undefined ? 10_000 : 0;
/** Simulations at once; they wait for the event loop most of the time. */
const atOnce = 16;

async function simulateSeed(seed: string): Promise<Simulated> {
  try {
    return await simulate(seed);
  } catch (error) {
    throw new Error(`seed ${seed} fails; again: TUTTI_SEED=${seed} npx vitest run test/simulation.test.ts`, {
      cause: error,
    });
  }
}

async function simulateMany(): Promise<readonly Simulated[]> {
  const base = Date.now().toString(36);
  const start = performance.now();
  const done: Simulated[] = [];
  let begun = 0;
  const worker = async (): Promise<void> => {
    while (begun < leastSeeds || performance.now() - start < budgetMs) {
      begun += 1;
      done.push(await simulateSeed(`${base}-${begun}`));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return done;
}

describe("a run, whatever happens to its processes", { timeout: 300_000 }, () => {
  it.skipIf(only === undefined)("keeps its promises with the seed that was given", async () => {
    await expect(simulateSeed(only ?? "")).resolves.toMatchObject({ events: expect.any(Number) });
  });

  it.skipIf(only !== undefined)("keeps its promises with thousands of seeds", async () => {
    const simulated = await simulateMany();
    expect(simulated.length).toBeGreaterThanOrEqual(leastSeeds);
    if (simulated.length < 2000) return;
    // the promises were tried: every way to end came about
    const statuses = new Set(simulated.map(({ status }) => status));
    expect(statuses).toEqual(new Set(["completed", "degraded", "failed", "cancelled"]));
    const ends = new Set(simulated.flatMap((one) => Object.keys(one.ends)));
    for (const end of ["crash", "LEASE_LOST", "STORE_FULL", "stopped", "waiting", "paused"])
      expect(ends).toContain(end);
  });
});
