import { measureAgainstRaw } from "../against-raw.ts";
import { completionOf, loadFlat } from "../engine.ts";
import type { MeasurePart } from "../part.ts";

const runs = 1000;
const steps = 3;

/** 1,000 runs of 3 steps, all started at once; the starts are part of the time. */
export const measureRuns: MeasurePart = async (context) => ({
  figures: await measureAgainstRaw(context, {
    name: "runs",
    rounds: 15,
    atLeast: 5,
    prepare: async (tutti) => {
      const source = await loadFlat(tutti, { steps });
      const once = async (): Promise<void> => void (await completionOf(await tutti.start(source)));
      return async () => {
        const startMs = performance.now();
        await Promise.all(Array.from({ length: runs }, once));
        return ((runs * steps) / (performance.now() - startMs)) * 1000;
      };
    },
  }),
});
