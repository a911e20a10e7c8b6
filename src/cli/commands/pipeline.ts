import { type LetterFlags, listDead, replayDead } from "../dead-letters.ts";
import { type InputFlags, inputFlags, inputsOf } from "../flags.ts";
import { startFlags, type StartFlags, startRun } from "../start.ts";
import { usage } from "../usage.ts";
import { defineVerb } from "../verb.ts";

interface PipelineFlags extends StartFlags, InputFlags, LetterFlags {
  readonly name?: string;
  readonly continuous?: boolean;
  readonly saveState?: boolean;
}

export const pipeline = defineVerb<PipelineFlags>({
  examples: [
    "tutti pipeline \"in.jsonl → [when record.level == 'error'] → errors.jsonl\"",
    'tutti pipeline "reviews.csv → [/query what is this customer unhappy about?] → answers.jsonl" --agent mock',
    'tutti pipeline "app.log → [!grep ERROR || true] → errors.log" --continuous',
    "tutti pipeline dead @last",
    "tutti pipeline dead 3m1x --stage review --limit 100 --json",
    "tutti pipeline replay 3m1x",
    "tutti pipeline replay 3m1x 4 7",
  ],
  define: (command) =>
    startFlags(
      inputFlags(
        command
          .argument(
            "<text>",
            "source → [stages] → sink, where a source - is standard input as JSON lines; or a word: dead lists records that could not be done (--limit N), replay tries them again",
          )
          .argument("[run]", "of dead and replay: id of a run, the beginning of one, or @last")
          .argument(
            "[letters...]",
            "of replay: numbers of dead letters, as dead lists them; all where there is none",
          )
          .option("--continuous", "go on as records come, until it is stopped")
          .option("--name <name>", "name of the workflow")
          .option("--save-state", "keep the run, so that it can be resumed (the default)")
          .option("--no-save-state", "keep the run in memory only")
          .option("--stage <name>", "of dead and replay: only what died in this stage or sink")
          .option("--node <address>", "of dead and replay: of this pipeline, where the run has several"),
      ),
    ),
  run: async (context, { args: [text = "", run, ...letters], options }) => {
    if (text === "dead") return listDead(context, { run, letters, options });
    if (text === "replay") return replayDead(context, { run, letters, options });
    refuseLetterWords([run, options.stage, options.node]);
    const { name, continuous, saveState } = options;
    const given = { name, continuous, saveState };
    const flags = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    return startRun(context, {
      source: () => Promise.resolve({ kind: "pipeline", text, flags }),
      flags: options,
      inputs: await inputsOf(options, context.cwd),
    });
  },
});

function refuseLetterWords(given: readonly (string | undefined)[]): void {
  const stray = given.find((one) => one !== undefined);
  if (stray === undefined) return;
  throw usage(
    `Cannot use "${stray}" here: it is for the dead letters of a run`,
    'a pipeline is one text in quotes: tutti pipeline "in.jsonl → [stages] → out.jsonl"; for dead letters: tutti pipeline dead RUN',
  );
}
