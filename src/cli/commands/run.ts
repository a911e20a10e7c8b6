import { collect, inputsOf, type InputFlags, positive } from "../flags.ts";
import { sourceNamed } from "../source.ts";
import { startFlags, type StartFlags, startRun } from "../start.ts";
import { usage } from "../usage.ts";
import { defineVerb } from "../verb.ts";

interface RunFlags extends StartFlags, InputFlags {
  readonly parallel?: number;
}

export const run = defineVerb<RunFlags>({
  examples: [
    "tutti run workflows/first.yaml --input name=world",
    "tutti run harden.yaml --agent mock --mock script.yaml",
    'tutti run pattern:research_plan_execute --input goal="log in with a passkey" --limit cost=5USD',
  ],
  define: (command) =>
    startFlags(
      command
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
    return startRun(context, {
      source: (tutti) => sourceNamed(file, { tutti, cwd: context.cwd }),
      flags,
      inputs: await inputsOf(options, context.cwd),
    });
  },
});
