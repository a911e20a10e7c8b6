import { measureAgainstRaw } from "../against-raw.ts";
import { loadFlat, timeRun } from "../engine.ts";
import type { MeasurePart } from "../part.ts";

const steps = 1000;

/** One run of 1,000 steps one after another, so one commit a step. */
export const measureSequence: MeasurePart = async (context) => ({
  figures: await measureAgainstRaw(context, {
    name: "sequence",
    rounds: 9,
    atLeast: 0.8,
    prepare: async (tutti) => {
      const source = await loadFlat(tutti, { steps });
      return async () => (steps / (await timeRun(tutti, source))) * 1000;
    },
  }),
});
