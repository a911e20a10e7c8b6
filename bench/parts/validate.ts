import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bigWorkflowText } from "../big-file.ts";
import { runNode } from "../child.ts";
import { figureOf } from "../figures.ts";
import type { MeasurePart } from "../part.ts";
import { summarize, type Samples } from "../samples.ts";
import { buildPlan } from "../../src/core/plan.ts";
import { problemsError } from "../../src/errors.ts";
import { loadWorkflow } from "../../src/language/load.ts";

const steps = 10_000;
const rounds = 5;

/** The whole command on a large file, and its two halves inside a process that has seen such a file before. */
export const measureValidate: MeasurePart = async ({ dir, root, tell }) => {
  const file = join(dir, "big.yaml");
  await writeFile(file, bigWorkflowText(steps));
  const bin = join(root, "bin", "tutti.js");
  const command = async (verb: string): Promise<Samples> => {
    const durations: number[] = [];
    // the first one fills the compile cache
    for (let round = 0; round <= rounds; round += 1) {
      const { code, durationMs } = await runNode([bin, verb, file, "--home", join(dir, "state")], {
        cwd: dir,
      });
      if (code !== 0) throw new Error(`tutti ${verb} ended with ${code}`);
      if (round > 0) durations.push(durationMs);
      tell(`tutti ${verb}: ${Math.round(durationMs)} ms`);
    }
    return summarize(durations);
  };
  const target = { atMost: 2000 };
  const { loadMs, planMs } = await inside(file);
  return {
    figures: [
      figureOf("validate.validate_ms", {
        samples: await command("validate"),
        unit: "ms",
        target,
        note: "the whole process, 10,000 steps",
      }),
      figureOf("validate.plan_ms", {
        samples: await command("plan"),
        unit: "ms",
        target,
        note: "the whole process, 10,000 steps",
      }),
      figureOf("validate.load_ms", {
        samples: loadMs,
        unit: "ms",
        note: "text to workflow, every check, in a warm process",
      }),
      figureOf("validate.build_plan_ms", { samples: planMs, unit: "ms", note: "workflow to plan" }),
    ],
  };
};

async function inside(file: string): Promise<{ readonly loadMs: Samples; readonly planMs: Samples }> {
  const text = await readFile(file, "utf8");
  const loads: number[] = [];
  const plans: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const startMs = performance.now();
    const { workflow, problems } = loadWorkflow(text, { file });
    const loadedMs = performance.now();
    if (!workflow) throw problemsError(problems);
    buildPlan(workflow, { expectedMs: {} });
    if (round === 0) continue;
    loads.push(loadedMs - startMs);
    plans.push(performance.now() - loadedMs);
  }
  return { loadMs: summarize(loads), planMs: summarize(plans) };
}
