import { describe, expect, it } from "vitest";
import { treesRound } from "./crash/trees.ts";

const seed = Number(process.env["TUTTI_CRASH_SEED"] ?? 20_261_121);
const rounds = Number(process.env["TUTTI_CRASH_ROUNDS"] ?? 4);

describe("kill -9 of a run that works in trees", { timeout: 600_000 }, () => {
  it("does nothing twice in any file, leaves nothing half done, and lands once", async () => {
    let kills = 0;
    for (let round = 0; round < rounds; round += 1) {
      const end = await treesRound({ seed: seed + round, mostKills: 8 });
      expect(end.faults, `seed ${seed + round}, ${end.folder}`).toEqual([]);
      kills += end.kills;
    }
    expect(kills).toBeGreaterThan(rounds * 3);
  });
});
