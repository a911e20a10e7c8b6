import { Command, CommanderError } from "commander";
import { TuttiError } from "../errors.ts";
import { nearest } from "../expression/nearest.ts";
import { createContext, type Globals } from "./context.ts";
import { exitStatus, exitStatusOfError } from "./exit-status.ts";
import { helpLines, shortHelpLines } from "./help.ts";
import { showError } from "./render/error.ts";
import { createOut, type Out } from "./render/out.ts";
import { usage, usageError } from "./usage.ts";
import type { Verb } from "./verb.ts";
import { laterVerbs, meantVerb, verbs } from "./verbs.ts";

/** Runs one command line; gives the exit status. Every error has been printed. */
export async function main(argv: readonly string[]): Promise<number> {
  const flags = switches(argv);
  const out = createOut(flags);
  process.once("uncaughtException", (error) => {
    showError(out, error, flags);
    process.exit(exitStatus.failed);
  });
  try {
    return await dispatch(argv, { out, flags });
  } catch (error) {
    showError(out, error, flags);
    return exitStatusOfError(error);
  }
}

type Switches = Pick<Globals, "json" | "quiet" | "debug">;

/** The switches that must be known before anything else can go wrong. */
function switches(argv: readonly string[]): Switches {
  const end = argv.indexOf("--");
  const flags = end < 0 ? argv : argv.slice(0, end);
  return {
    json: flags.includes("--json"),
    quiet: flags.includes("--quiet") || flags.includes("-q"),
    debug: flags.includes("--debug"),
  };
}

interface Printing {
  readonly out: Out;
  readonly flags: Switches;
}

async function dispatch(argv: readonly string[], printing: Printing): Promise<number> {
  const { name, rest } = splitVerb(argv);
  if (name === undefined) return withoutVerb(rest, printing.out);
  if (name === "help") return dispatch([...rest, "--help"], printing);
  const later = Object.hasOwn(laterVerbs, name) ? laterVerbs[name] : undefined;
  if (later !== undefined) {
    throw new TuttiError(
      "NOT_SUPPORTED",
      `Cannot run "tutti ${name}": this version of tutti does not do it yet`,
      {
        fix: later,
      },
    );
  }
  const entry = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (!entry) throw unknownVerb(name);
  return callVerb(await entry.load(), { ...printing, argv, name, rest, summary: entry.summary });
}

const valued: ReadonlySet<string> = new Set(["--home", "--cwd"]);

/** The first word that is no flag is the verb; flags for every verb may stand before it. */
function splitVerb(argv: readonly string[]): {
  readonly name: string | undefined;
  readonly rest: readonly string[];
} {
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? "";
    if (valued.has(word)) index += 1;
    else if (!word.startsWith("-"))
      return { name: word, rest: [...argv.slice(0, index), ...argv.slice(index + 1)] };
  }
  return { name: undefined, rest: argv };
}

function withoutVerb(rest: readonly string[], out: Out): number {
  if (rest.includes("--help") || rest.includes("-h")) {
    out.say(...helpLines(verbs));
    return exitStatus.done;
  }
  const strange = rest.find((word, index) => !isGlobal(word) && !valued.has(rest[index - 1] ?? ""));
  if (strange !== undefined) {
    throw usage(`Cannot use the flag "${strange}": no verb stands before it`, "see: tutti --help");
  }
  out.say(...shortHelpLines());
  return exitStatus.done;
}

function isGlobal(word: string): boolean {
  return ["--json", "--quiet", "-q", "--debug", "--home", "--cwd"].includes(word.split("=")[0] ?? word);
}

function unknownVerb(name: string): TuttiError {
  const close = meantVerb(name) ?? nearest(name, Object.keys(verbs));
  const fix = close === undefined ? "see: tutti --help" : `did you mean "tutti ${close}"?`;
  const file = /\.(ya?ml|json)$/.test(name) ? `did you mean "tutti run ${name}"?` : fix;
  return usage(`Cannot run "tutti ${name}": there is no such verb`, file);
}

interface VerbCall extends Printing {
  readonly argv: readonly string[];
  readonly name: string;
  readonly rest: readonly string[];
  readonly summary: string;
}

async function callVerb(verb: Verb, call: VerbCall): Promise<number> {
  const { out, flags, argv } = call;
  const command = declare(verb, call);
  try {
    command.parse(withTexts(call.rest), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return exitStatus.done;
    throw usageError(error, command);
  }
  const options = command.opts<Pick<Globals, "home" | "cwd">>();
  const context = createContext({ ...options, ...flags }, { out, argv });
  try {
    return await verb.run(context, { args: command.args, options });
  } finally {
    await context.close();
  }
}

/** A pipeline from standard input, `- → out.jsonl`, begins as a flag does. */
const fromStdin = /^-\s*(?:→|->|=>)/;

/** The same words, with a text that is no flag where it cannot be taken for one. */
function withTexts(words: readonly string[]): readonly string[] {
  const texts = words.filter((word) => fromStdin.test(word));
  if (texts.length === 0 || words.includes("--")) return words;
  return [...words.filter((word) => !fromStdin.test(word)), "--", ...texts];
}

function declare(verb: Verb, { name, summary, out }: VerbCall): Command {
  const command = verb.define(new Command(`tutti ${name}`).description(summary));
  return command
    .option("--home <dir>", "state folder (default: TUTTI_HOME, else .tutti at the project's root)")
    .option("--cwd <dir>", "work as if started in this folder")
    .option("--json", "JSON on standard output, and nothing else there")
    .option("-q, --quiet", "only answers and errors")
    .option("--debug", "stack traces with errors")
    .helpOption("-h, --help", "show this")
    .addHelpText("after", ["", "Examples:", ...verb.examples.map((line) => `  ${line}`)].join("\n"))
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => out.say(...text.trimEnd().split("\n")),
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => 100,
      getOutHasColors: () => false,
    })
    .action(() => {});
}
