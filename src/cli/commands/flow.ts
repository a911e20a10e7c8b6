import { collect, type InputFlags, inputsOf } from "../flags.ts";
import { startFlags, type StartFlags, startRun } from "../start.ts";
import { defineVerb } from "../verb.ts";

interface FlowFlags extends StartFlags, InputFlags {
  readonly name?: string;
  readonly target?: string;
  readonly saveState?: boolean;
  readonly adaptive?: boolean;
}

export const flow = defineVerb<FlowFlags>({
  examples: [
    'tutti flow "if files > 3 then /swarm else /task" --input files=5 --target="log in by mail"',
    "tutti flow \"if risk == 'high' then query x → protocol else if urgent then task\" --input risk=low --input urgent=true",
  ],
  define: (command) =>
    startFlags(
      command
        .argument("<text>", "if CONDITION then COMMANDS else COMMANDS; several with ; between them")
        .option("--input <name=value>", "value of a name in the conditions (repeat it)", collect, [])
        .option("--inputs <file>", "values of names as a JSON or YAML object")
        .option("--name <name>", "name of the workflow")
        .option("--target <text>", "what commands work on that have no arguments of their own")
        .option("--save-state", "keep the run, so that it can be resumed (the default)")
        .option("--no-save-state", "keep the run in memory only")
        .option("--adaptive", "choose among the ways that may be taken by what has worked"),
    ),
  run: async (context, { args: [text = ""], options }) => {
    const { name, target, saveState, adaptive } = options;
    const flags = Object.fromEntries(
      Object.entries({ name, target, saveState, adaptive }).filter(([, value]) => value !== undefined),
    );
    return startRun(context, {
      source: () => Promise.resolve({ kind: "flow", text, flags }),
      flags: options,
      inputs: await inputsOf(options, context.cwd),
    });
  },
});
