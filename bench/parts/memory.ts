import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { askProgram } from "../child.ts";
import type { Figure } from "../figures.ts";
import type { BenchContext, MeasurePart } from "../part.ts";

interface MemoryFigures {
  readonly baseMb: number;
  readonly peakMb: number;
  readonly durationMs: number;
}

const loudMb = 2 ** 30 / 1e6;

/** Each workload in a process of its own: peak memory never goes down again. */
export const measureMemory: MeasurePart = async (context) => {
  const longRun = await measure(context, "long-run");
  const manyRuns = await measure(context, "many-runs");
  const longLoop = await measure(context, "long-loop");
  const loudStep = await measure(context, "loud-step");
  return {
    figures: [
      ...peakFigures("run_10000", longRun),
      ...peakFigures("runs_1000", manyRuns),
      {
        name: "memory.growth_loop_10000",
        value: longLoop.peakMb - longLoop.baseMb,
        unit: "MB",
        target: { atMost: 5 },
        note: "of what a loop of 10,000 turns keeps over one of 2,000",
      },
      {
        name: "memory.growth_1gb_output",
        value: loudStep.peakMb - loudStep.baseMb,
        unit: "MB",
        target: { atMost: 100 },
        note: "while one step prints 1 GiB, all of it kept as an artifact",
      },
      {
        name: "memory.output_rate",
        value: (loudMb / loudStep.durationMs) * 1000,
        unit: "MB/s",
        note: "of that output, in lines of 80 characters",
      },
    ],
  };
};

function peakFigures(name: string, { baseMb, peakMb }: MemoryFigures): Figure[] {
  const note = `${Math.round(baseMb)} MB after a small one`;
  return [{ name: `memory.peak_${name}`, value: peakMb, unit: "MB", note }];
}

async function measure({ dir, tell }: BenchContext, workload: string): Promise<MemoryFigures> {
  tell(workload);
  const cwd = join(dir, workload);
  await mkdir(cwd);
  return (await askProgram("memory", [workload, cwd], cwd)) as MemoryFigures;
}
