import { fitted } from "../fitted.ts";
import { inputFlags, type InputFlags, positive } from "../flags.ts";
import { patternFlags, type PatternFlags, withTargetHint } from "../pattern-flags.ts";
import { patternPrefix } from "../source.ts";
import { startFlags, type StartFlags, startRun } from "../start.ts";
import { usage } from "../usage.ts";
import { defineVerb } from "../verb.ts";

interface RunFlags extends StartFlags, InputFlags, PatternFlags {
  readonly parallel?: number;
}

export const run = defineVerb<RunFlags>({
  examples: [
    "tutti run workflows/first.yaml --input name=world",
    "tutti run harden.yaml --agent mock --mock script.yaml",
    'tutti run pattern:research_plan_execute --target "log in with a passkey" --limit cost=5USD',
    'tutti run pattern:iterative_improvement --target "the parser" --criteria quality_threshold_90 --max_iterations 3',
  ],
  define: (command) =>
    startFlags(
      inputFlags(patternFlags(command))
        .argument("<file>", "workflow file, pattern:NAME, or - for standard input")
        .option("--parallel <n>", "steps at once; the same as --limit parallel=N", positive),
    ),
  run: async (context, { args: [file = ""], options }) => {
    const { parallel, limit } = options;
    if (options.detach && file === "-") {
      throw usage(
        'Cannot use "--detach" with "-": the background has no standard input',
        "write the workflow to a file",
      );
    }
    const flags =
      parallel === undefined ? options : { ...options, limit: [...limit, `parallel=${parallel}`] };
    const { source, inputs } = await fitted(file, { flags: options, cwd: context.cwd });
    try {
      return await startRun(context, { source, flags, inputs });
    } catch (error) {
      throw file.startsWith(patternPrefix) ? withTargetHint(error) : error;
    }
  },
});
