import { type Command, Option } from "commander";
import type { OneLineFlags } from "../../language/one-line.ts";
import { startFlags, type StartFlags, startRun } from "../start.ts";
import { usage } from "../usage.ts";
import { defineVerb } from "../verb.ts";

interface ChainFlags extends StartFlags, Omit<OneLineFlags, "commandList"> {
  readonly commands?: string;
}

export const chain = defineVerb<ChainFlags>({
  examples: [
    'tutti chain "query how auth works → feature passkeys → task"',
    'tutti chain "research" --commands="/query,/feature,/task" --target="user authentication"',
    'tutti chain "team" --parallel="/task,/task" --coordination="/protocol" --integration="/validate"',
  ],
  define: (command) =>
    laterFlags(
      startFlags(
        command
          .argument("[text]", "commands with → or -> between them; with --commands or --parallel a name")
          .option("--name <name>", "name of the workflow")
          .option("--commands <list>", "commands one after another, with commas between them")
          .option("--target <text>", "what commands work on that have no arguments of their own")
          .option("--parallel <list>", "commands that run together, with commas between them")
          .option("--coordination <command>", "command before the parallel ones")
          .option("--integration <command>", "command after the parallel ones")
          .option("--save-state", "keep the run, so that it can be resumed (the default)")
          .option("--no-save-state", "keep the run in memory only"),
      ),
    ),
  run: (context, { args: [text], options }) => {
    if (text === undefined && options.commands === undefined && options.parallel === undefined) {
      throw usage('Cannot run "tutti chain" like this: the TEXT is missing', "see: tutti chain --help");
    }
    const flags = oneLineFlags(options);
    return startRun(context, {
      source: () => Promise.resolve({ kind: "chain", text: text ?? "chain", flags }),
      flags: options,
      inputs: {},
    });
  },
});

/** Flags of the source documents that need conditions or loops: taken, so that the refusal can say what to do. */
function laterFlags(command: Command): Command {
  const valued = ["--start", "--conditions", "--criteria", "--command"];
  for (const flag of valued) command.addOption(new Option(`${flag} <text>`).hideHelp());
  command.addOption(new Option("--max-iterations <n>").hideHelp());
  // The source documents write this one with an underscore.
  command.addOption(new Option("--max_iterations <n>").hideHelp());
  for (const flag of ["--adaptive", "--continuous"]) command.addOption(new Option(flag).hideHelp());
  return command;
}

const taken = [
  "name",
  "target",
  "parallel",
  "coordination",
  "integration",
  "saveState",
  "start",
  "conditions",
  "criteria",
  "command",
  "maxIterations",
  "adaptive",
  "continuous",
] as const satisfies readonly (keyof OneLineFlags)[];

function oneLineFlags(options: ChainFlags & { readonly max_iterations?: string }): OneLineFlags {
  const known: Readonly<Record<string, unknown>> = {
    ...options,
    ...(options.max_iterations === undefined ? {} : { maxIterations: options.max_iterations }),
  };
  const flags = taken.flatMap((key) => (known[key] === undefined ? [] : [[key, known[key]]]));
  return {
    ...(Object.fromEntries(flags) as OneLineFlags),
    ...(options.commands === undefined ? {} : { commandList: options.commands }),
  };
}
