import { describe, expect, it } from "vitest";
import { scenes } from "./scenes.ts";
import { stateRound } from "./states.ts";

const seed = Number(process.env["TUTTI_CRASH_SEED"] ?? 20_261_121);

describe("kill -9", () => {
  it.for(Object.keys(scenes) as (keyof typeof scenes)[])(
    "of a run that is %s changes nothing of what it comes to",
    { timeout: 120_000 },
    async (name) => {
      const { kills, faults } = await stateRound(name, { seed, mostKills: 4 });
      expect(faults).toEqual([]);
      expect(kills).toBeGreaterThan(1);
    },
  );
});
