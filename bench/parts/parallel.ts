import { measureAgainstRaw } from "../against-raw.ts";
import { loadFlat, timeRun } from "../engine.ts";
import type { MeasurePart } from "../part.ts";

const steps = 1000;

/** One run of 1,000 steps side by side: their results share commits. */
export const measureParallel: MeasurePart = async (context) => ({
  figures: await measureAgainstRaw(context, {
    name: "parallel",
    rounds: 9,
    atLeast: 5,
    prepare: async (tutti) => {
      const source = await loadFlat(tutti, { steps, parallel: steps });
      return async () => (steps / (await timeRun(tutti, source))) * 1000;
    },
  }),
});
