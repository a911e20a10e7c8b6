import { type Command, Option } from "commander";
import type { OneLineFlags } from "../../language/one-line.ts";
import type { Tutti } from "../../verbs/tutti.ts";
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
    'tutti chain "better" --command="/task" --criteria="quality_threshold_90" --max-iterations=3 --target="the parser"',
    'tutti chain "fitting" --start="/auto" --conditions="complexity_based_routing" --target="log in by mail"',
  ],
  define: (command) =>
    laterFlags(
      startFlags(
        command
          .argument("[text]", "commands with → or -> between them; a name, with flags that name the commands")
          .option("--name <name>", "name of the workflow")
          .option("--commands <list>", "commands one after another, with commas between them")
          .option("--target <text>", "what commands work on that have no arguments of their own")
          .option("--parallel <list>", "commands that run together, with commas between them")
          .option("--coordination <command>", "command before the parallel ones")
          .option("--integration <command>", "command after the parallel ones")
          .option("--command <command>", "one command")
          .option(
            "--criteria <condition>",
            "repeat it until this holds: quality_threshold_90, or a CEL condition",
          )
          .option("--max-iterations <n>", "how often it is repeated at most")
          .option("--start <command>", "command whose output decides how it goes on")
          .option("--conditions <routing>", "how: complexity_based_routing, or if … then … else …")
          .option("--adaptive", "choose among the ways that may be taken by what has worked")
          .option("--save-state", "keep the run, so that it can be resumed (the default)")
          .option("--no-save-state", "keep the run in memory only"),
      ),
    ),
  run: (context, { args: [text], options }) => {
    if (text === undefined && !isNamed(options)) {
      throw usage('Cannot run "tutti chain" like this: the TEXT is missing', "see: tutti chain --help");
    }
    const flags = oneLineFlags(options);
    return startRun(context, {
      source: async (tutti) => {
        if (!isNamed(options)) await refusePattern(tutti, text ?? "");
        return { kind: "chain", text: text ?? "chain", flags };
      },
      flags: options,
      inputs: {},
    });
  },
});

/** Whether flags name the commands; the text is then a name. */
function isNamed({ commands, parallel, command, start }: ChainFlags): boolean {
  return [commands, parallel, command, start].some((one) => one !== undefined);
}

/** The name of a pattern is no command, unless there is one of that name. */
async function refusePattern(tutti: Tutti, text: string): Promise<void> {
  const name = text.trim().replace(/^\//, "");
  if (!tutti.patterns().some((pattern) => pattern.name === name)) return;
  const command = await tutti.commands.resolve(name).catch(() => undefined);
  if (command?.name === name) return;
  throw usage(
    `Cannot run "${name}" as a command: it is a pattern`,
    `use: tutti run pattern:${name} --target "…"; or name the commands: --commands="/query,/feature,/task"`,
  );
}

/** Spellings of the source documents, and flags of later versions: taken, so that the refusal can say what to do. */
function laterFlags(command: Command): Command {
  command.addOption(new Option("--max_iterations <n>").hideHelp());
  command.addOption(new Option("--continuous").hideHelp());
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
