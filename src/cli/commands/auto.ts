import { text } from "node:stream/consumers";
import { InvalidArgumentError, Option } from "commander";
import type { JsonObject } from "../../expression/json.ts";
import { type AutoPlan, ownInputs } from "../../language/auto/auto.ts";
import { type Mode, modes } from "../../language/auto/mode.ts";
import type { Context } from "../context.ts";
import { collect, type InputFlags, inputsOf } from "../flags.ts";
import { autoLines } from "../render/auto.ts";
import { startFlags, type StartFlags, startRun } from "../start.ts";
import { usage } from "../usage.ts";
import { defineVerb } from "../verb.ts";

interface AutoFlags extends StartFlags, InputFlags {
  readonly mode?: Mode;
  readonly plan?: boolean;
}

export const auto = defineVerb<AutoFlags>({
  examples: [
    'tutti auto "find out why the login test is flaky and fix it" --plan',
    'tutti auto "review the last commit for security, performance and readability"',
    'tutti auto "run the tests; if they fail, fix them, otherwise update the changelog" --agent mock',
    'tutti auto "write unit tests for the parser" --mode chain --input style="short"',
  ],
  define: (command) =>
    startFlags(
      command
        .argument("<task>", "what is wanted, in your own words; - for standard input")
        .addOption(new Option("--mode <mode>", `kind of workflow: ${modes.join(", ")}`).argParser(modeOf))
        .option("--plan", "show complexity, mode and plan with their reasons; start nothing")
        .option("--input <name=value>", "a value that every command is told (repeat it)", collect, [])
        .option("--inputs <file>", "such values as a JSON or YAML object"),
    ),
  run: async (context, { args: [written = ""], options }) => {
    const task = await taskOf(written, options);
    const given = await inputsOf(options, context.cwd);
    checkNames(given);
    const shows = options.dryRun === true || options.plan === true;
    const inputs: Record<string, unknown> = {};
    let found: AutoPlan | undefined;
    return startRun(context, {
      source: async (tutti) => {
        const { source, ...plan } = await tutti.auto(task, { mode: options.mode, given: Object.keys(given) });
        found = plan;
        Object.assign(inputs, found.inputs, given);
        tell(context, found, { shows });
        return source;
      },
      flags: options,
      planOnly: options.plan === true,
      inputs: inputs as JsonObject,
      about: () => ({ auto: found }),
    });
  },
});

function modeOf(value: string): Mode {
  const mode = modes.find((one) => one === value);
  if (mode) return mode;
  throw new InvalidArgumentError(`It must be one of ${modes.join(", ")}.`);
}

async function taskOf(written: string, { detach }: StartFlags): Promise<string> {
  if (written === "-" && detach) {
    throw usage(
      'Cannot use "--detach" with "-": the background has no standard input',
      "write the task as an argument",
    );
  }
  const task = (written === "-" ? await text(process.stdin) : written).trim();
  if (task !== "") return task;
  throw usage(
    'Cannot run "tutti auto" like this: the task is empty',
    'say what is wanted: tutti auto "fix the login test"',
  );
}

function checkNames(given: JsonObject): void {
  for (const name of Object.keys(given)) {
    if (ownInputs.includes(name))
      throw usage(
        `Cannot use the input "${name}": the workflow has one of this name already`,
        "choose another name",
      );
    if (!/^[A-Za-z_]\w*$/.test(name))
      throw usage(
        `Cannot use the input "${name}": a name has letters, digits and _ only and begins with a letter or _`,
        "choose another name",
      );
  }
}

/** With a plan it is the answer; before a run a remark. */
function tell({ out, json }: Context, found: AutoPlan, { shows }: { readonly shows: boolean }): void {
  const lines = autoLines(found);
  if (!shows) out.note(...lines, "");
  else if (!json) out.say(...lines, "");
}
