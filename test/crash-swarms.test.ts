import { describe, expect, it } from "vitest";
import { swarms } from "../src/testing/swarm-runs.ts";
import { swarmRound } from "./crash/swarms.ts";

const seed = Number(process.env["TUTTI_CRASH_SEED"] ?? 20_261_121);
const rounds = Number(process.env["TUTTI_CRASH_ROUNDS"] ?? 1);

describe("kill -9 of a swarm", { timeout: 600_000 }, () => {
  it.each(Object.keys(swarms))("asks no agent again that had answered: %s", async (name) => {
    let kills = 0;
    for (let round = 0; round < rounds; round += 1) {
      const end = await swarmRound({ name, seed: seed + round, mostKills: 3 });
      expect(end.faults, `seed ${seed + round}, ${end.folder}`).toEqual([]);
      kills += end.kills;
    }
    // the first life of each is over before three agents in a row can have answered
    expect(kills).toBeGreaterThanOrEqual(rounds);
  });
});
