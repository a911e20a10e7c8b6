import { problemsError } from "../../src/errors.ts";
import { loadObject } from "../../src/language/load.ts";
import type { Tutti } from "../../src/verbs/tutti.ts";
import { type Flat, flatDefinition, loadFlat, openEngine, timeRun } from "../engine.ts";
import { figureOf, type Figure, type Target } from "../figures.ts";
import type { MeasurePart } from "../part.ts";
import { processorMs } from "../processor.ts";
import { summarize } from "../samples.ts";
import { simulateMakespan } from "../simulate.ts";

const few = 1000;
const many = 100_000;
const atOnce = 100;
const rounds = 3;
/** Small runs before and after each large one: together as many steps as the large one. */
const smallRuns = many / few / 2;

/**
 * What one step costs in ms of processor time, starting, planning and garbage collection included; in a run of few steps
 * and in one of many, measured in turn. Processor time, because waiting for the disk is the same for both and other
 * programs' load would drown the difference.
 */
interface Costs {
  readonly few: number[];
  readonly many: number[];
  readonly ratio: number[];
}

/** Cost of a step at 100,000 nodes against 1,000: side by side on disk, as a chain in memory, and in the core alone. */
export const measureScale: MeasurePart = async ({ dir, tell }) => {
  const tutti = await openEngine(dir);
  const disk = await inTurn(await engineRunner(tutti, { parallel: atOnce }), (line) =>
    tell(`on disk: ${line}`),
  );
  const memory = await inTurn(await engineRunner(tutti, { saveState: false }), (line) =>
    tell(`in memory: ${line}`),
  );
  await tutti.close();
  const core = await inTurn(coreRunner(), (line) => tell(`core: ${line}`));
  const target = { atMost: 1.2 };
  return {
    figures: [
      ...figuresOf("parallel", disk, { note: "side by side, through the whole engine on SQLite", target }),
      ...figuresOf("chain", memory, {
        note: "one after another, through the whole engine in memory",
        target,
      }),
      ...figuresOf("core", core, {
        note: "one after another, plan and decisions alone: caches and GC, no algorithm",
      }),
    ],
  };
};

/** Gives the processor's ms for a whole run of so many steps. */
type Runner = (steps: number) => Promise<number>;

async function engineRunner(tutti: Tutti, how: Omit<Flat, "steps">): Promise<Runner> {
  const sources = new Map([
    [few, await loadFlat(tutti, { steps: few, ...how })],
    [many, await loadFlat(tutti, { steps: many, ...how })],
  ]);
  return async (steps) => {
    const made = sources.get(steps);
    if (!made) throw new Error(`no workflow of ${steps} steps was made`);
    // runs of one workflow share its plan, and a large run shares its own with nobody
    const source = { ...made, workflow: structuredClone(made.workflow) };
    const startMs = processorMs();
    await timeRun(tutti, source);
    return processorMs() - startMs;
  };
}

function coreRunner(): Runner {
  return async (steps) => {
    const { workflow, problems } = loadObject(flatDefinition({ steps }), { functions: ["work"] });
    if (!workflow) throw problemsError(problems);
    const startMs = processorMs();
    simulateMakespan(workflow);
    return processorMs() - startMs;
  };
}

async function inTurn(run: Runner, tell: (line: string) => void): Promise<Costs> {
  // The sum, not a median: garbage is collected in some of the small runs for all of them.
  const small = async (): Promise<number> => {
    let totalMs = 0;
    for (let count = 0; count < smallRuns; count += 1) totalMs += await run(few);
    return totalMs / (smallRuns * few);
  };
  const costs: Costs = { few: [], many: [], ratio: [] };
  await small();
  for (let round = 0; round < rounds; round += 1) {
    const before = await small();
    const large = (await run(many)) / many;
    const after = await small();
    costs.few.push(before, after);
    costs.many.push(large);
    costs.ratio.push(large / ((before + after) / 2));
    tell(`round ${round + 1} of ${rounds}`);
  }
  return costs;
}

function figuresOf(
  name: string,
  costs: Costs,
  { note, target }: { readonly note: string; readonly target?: Target },
): Figure[] {
  const inMicroseconds = (values: readonly number[]) => summarize(values.map((ms) => ms * 1000));
  const ratio = { samples: summarize(costs.ratio), unit: "ratio", note } as const;
  return [
    figureOf(`scale.${name}_1000_us`, { samples: inMicroseconds(costs.few), unit: "µs" }),
    figureOf(`scale.${name}_100000_us`, { samples: inMicroseconds(costs.many), unit: "µs" }),
    figureOf(`scale.${name}_ratio`, target ? { ...ratio, target } : ratio),
  ];
}
