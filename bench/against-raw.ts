import { join } from "node:path";
import { bytesOfAppend, loadFlat, openEngine, timeRun } from "./engine.ts";
import { figureOf, type Figure } from "./figures.ts";
import { openRawStore } from "./raw.ts";
import { measureBlocks } from "./samples.ts";
import type { BenchContext } from "./part.ts";
import type { Tutti } from "../src/verbs/tutti.ts";

export interface AgainstRaw {
  /** Name of the part, before the figures' own. */
  readonly name: string;
  readonly rounds: number;
  /** Least ratio of our rate to the raw one. */
  readonly atLeast: number;
  /** Makes what is measured again and again: each call is one block, and gives durable steps a second. */
  readonly prepare: (tutti: Tutti) => Promise<() => Promise<number>>;
}

/** Blocks that are run before anything is measured: until the JIT has seen the code, it is a third slower. */
const warmUps = 20;
const rawRows = 1000;

/** Measures blocks of ours between blocks of raw single-row inserts, in one process and one folder. */
export async function measureAgainstRaw(
  { dir, tell }: BenchContext,
  { name, rounds, atLeast, prepare }: AgainstRaw,
): Promise<readonly Figure[]> {
  const tutti = await openEngine(dir);
  await timeRun(tutti, await loadFlat(tutti, { steps: 100 }));
  const bodyBytes = bytesOfAppend(dir);
  const rawStore = openRawStore(join(dir, "raw.db"), bodyBytes);
  const block = await prepare(tutti);
  const { ours, raw, ratio } = await measureBlocks({
    ours: block,
    raw: () => rawStore.insert(rawRows),
    warmUps,
    rounds,
    tell: (round) => tell(`${name}: round ${round} of ${rounds}`),
  });
  rawStore.close();
  await tutti.close();
  const note = `of ${bodyBytes} bytes, fsynced one by one`;
  return [
    figureOf(`${name}.steps_per_s`, { samples: ours, unit: "steps/s" }),
    figureOf(`${name}.raw_inserts_per_s`, { samples: raw, unit: "inserts/s", note }),
    figureOf(`${name}.ratio`, {
      samples: ratio,
      unit: "ratio",
      target: { atLeast },
    }),
  ];
}
