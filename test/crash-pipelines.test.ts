import { describe, expect, it } from "vitest";
import { pipelineRound } from "./crash/pipelines.ts";

const seed = Number(process.env["TUTTI_CRASH_SEED"] ?? 20_261_121);
const rounds = Number(process.env["TUTTI_CRASH_ROUNDS"] ?? 1);
const records = Number(process.env["TUTTI_CRASH_RECORDS"] ?? 20_000);
const mostKills = Number(process.env["TUTTI_CRASH_KILLS"] ?? 8);

describe("kill -9 of a pipeline", { timeout: 3_600_000 }, () => {
  it("loses no record, writes none twice, and asks for no batch again that was done", async () => {
    let kills = 0;
    for (let round = 0; round < rounds; round += 1) {
      const end = await pipelineRound({ seed: seed + round, records, mostKills });
      expect(end.faults, `seed ${seed + round}, ${end.folder}`).toEqual([]);
      kills += end.kills;
    }
    expect(kills).toBeGreaterThanOrEqual(2 * rounds);
  });
});
