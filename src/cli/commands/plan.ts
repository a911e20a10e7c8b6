import { collect, type InputFlags, inputFlags, type OverrideFlags } from "../flags.ts";
import { patternFlags, type PatternFlags } from "../pattern-flags.ts";
import { startRun } from "../start.ts";
import { fitted } from "../fitted.ts";
import { defineVerb } from "../verb.ts";

type PlanFlags = Pick<OverrideFlags, "limit" | "agent" | "mock" | "replay"> & InputFlags & PatternFlags;

export const plan = defineVerb<PlanFlags>({
  examples: [
    "tutti plan workflows/first.yaml",
    "tutti plan workflows/first.yaml --input name=world   (only what is done with these inputs)",
    "tutti plan big.yaml --limit parallel=16 --json",
  ],
  define: (command) =>
    inputFlags(patternFlags(command))
      .argument("<file>", "workflow file, pattern:NAME, or - for standard input")
      .option("--agent <name>", "plan with this agent for all steps")
      .option("--mock <file>", "plan for the mock agent with this script")
      .option("--replay <dir>", "plan for this recording")
      .option("--limit <name=value>", "plan with this cap, such as parallel=16 (repeat it)", collect, []),
  run: async (context, { args: [file = ""], options }) => {
    const { source, inputs } = await fitted(file, { flags: options, cwd: context.cwd });
    const anyInputs = Object.keys(inputs).length === 0 && options.inputs === undefined;
    return startRun(context, { source, inputs, flags: options, planOnly: true, anyInputs });
  },
});
