import { collect, inputsOf, type InputFlags, positive } from "../flags.ts";
import { fitPattern, patternFlags, type PatternFlags } from "../pattern-flags.ts";
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
      patternFlags(command)
        .argument("<file>", "workflow file, pattern:NAME, or - for standard input")
        .option("--input <name=value>", "value of an input (repeat it)", collect, [])
        .option("--inputs <file>", "values of inputs as a JSON or YAML object")
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
    const { source, inputs } = fitPattern(file, { flags: options, cwd: context.cwd });
    const written = await inputsOf(options, context.cwd);
    if (inputs["goal"] !== undefined && written["goal"] !== undefined) {
      throw usage(
        'Cannot use "--target" beside the input "goal": both say what is wanted',
        "take one of them",
      );
    }
    return startRun(context, {
      source,
      flags,
      inputs: { ...inputs, ...written },
    });
  },
});
