import type { Event } from "../core/events.ts";
import { nearest } from "../expression/nearest.ts";
import { shellWord } from "../expression/shell-word.ts";
import type { Replay } from "../verbs/replay-dead.ts";
import type { ListedLetter } from "../verbs/streams.ts";
import type { Tutti } from "../verbs/tutti.ts";
import type { Context } from "./context.ts";
import { exitStatus } from "./exit-status.ts";
import { followRun } from "./follow.ts";
import { openRun } from "./opened-run.ts";
import { letterLines } from "./render/dead-letters.ts";
import type { Shown } from "./render/out.ts";
import type { ShownPipeline } from "./render/pipeline-words.ts";
import { countText } from "./render/words.ts";
import { usage } from "./usage.ts";

export interface LetterFlags {
  readonly stage?: string;
  readonly node?: string;
}

/** What was given to a word that is about dead letters. */
export interface LetterCall {
  readonly run: string | undefined;
  readonly letters: readonly string[];
  readonly options: LetterFlags & { readonly limit: readonly string[] };
}

type Word = "dead" | "replay";

/**
 * Puts dead letters back to where they died. A run that has ended goes on here, and is shown as with `tutti resume`; one that
 * somebody drives takes them where it is.
 */
export async function replayDead(context: Context, call: LetterCall): Promise<number> {
  const { letters, options } = call;
  refuseOthers("replay", options, ["stage", "node"]);
  const numbers = letters.map(numberOf);
  const { tutti, runId, events: earlier } = await pipelinesNamed(context, call, "replay");
  const { node: address } = options;
  const replay = await tutti.replayDead(runId, {
    ...stageOf(options),
    ...(address === undefined ? {} : { address }),
    ...(numbers.length === 0 ? {} : { letters: numbers }),
  });
  const left = leftLines(replay, options);
  if (replay.end !== "driven") return tellReplay(context, runId, { replay, left });
  context.out.note(`${countText(replay.count, "record")} tried again`, ...left);
  const { handle } = replay;
  const plan = await tutti.planLeft(handle);
  return followRun(context, { tutti, handle, earlier, plan, saved: true });
}

function numberOf(text: string): number {
  const number = Number(text.replace(/^#/, ""));
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw usage(
    `Cannot replay "${text}": letters are named by their numbers`,
    "see: tutti pipeline dead RUN; without a number all are replayed",
  );
}

function tellReplay(
  { out, json }: Context,
  runId: string,
  {
    replay,
    left,
  }: { readonly replay: Exclude<Replay, { readonly end: "driven" }>; readonly left: readonly string[] },
): number {
  if (json) out.json({ runId, ...replay });
  const records = countText(replay.count, "record");
  switch (replay.end) {
    case "none":
      out.note("no dead letters that could be replayed");
      break;
    case "kept":
      out.note(`${records} tried again when the run goes on: tutti resume ${runId}`);
      break;
    case "sent":
      out.note(`${records} tried again by ${replay.owner}: tutti watch ${runId}`);
  }
  out.note(...left);
  return exitStatus.done;
}

/** What stays dead though it was asked for, and why. */
function leftLines({ left }: Replay, { stage = "" }: LetterFlags): readonly string[] {
  if (!left) return [];
  const lines = left.letters.map(({ letter, why, code, origin }) =>
    why === "elsewhere"
      ? `letter ${letter} is not replayed: it did not die in "${stage}"`
      : `letter ${letter} cannot be replayed: it could not be read as a record (${[code, ...(origin === undefined ? [] : [origin])].join(", ")})`,
  );
  const more = left.count - lines.length;
  return more > 0 ? [...lines, `and ${countText(more, "more letter")} that cannot be replayed`] : lines;
}

/** Lists dead letters, of each pipeline the oldest first. */
export async function listDead(context: Context, call: LetterCall): Promise<number> {
  const { letters: given, options } = call;
  refuseOthers("dead", options, ["stage", "node", "limit"]);
  if (given[0] !== undefined)
    throw usage(`Cannot list "${given[0]}": dead takes no numbers`, "use: --limit N");
  const most = mostOf(options.limit);
  const named = await pipelinesNamed(context, call, "dead");
  const { tutti, runId, pipelines } = named;
  const lists = await Promise.all(
    pipelines.map(async ({ address }) => ({
      address,
      letters: await tutti.deadLetters(runId, { address, most, ...stageOf(options) }),
    })),
  );
  const found = lists.flatMap(({ letters }) => letters);
  const { out, json } = context;
  const total = totalOf(pipelines);
  if (json) out.json({ runId, letters: found, total });
  else {
    for (const { address, letters } of lists) {
      if (pipelines.length > 1 && letters.length > 0) out.say([{ text: address, bold: true }]);
      out.say(...letters.flatMap(letterLines));
    }
    out.note(...nextLines({ ...named, options, found, total }));
  }
  return exitStatus.done;
}

const ofEachVerb = ["home", "cwd", "json", "quiet", "debug"];

/** Flags that are for starting a pipeline. */
function refuseOthers(word: Word, options: object, taken: readonly string[]): void {
  const stray = Object.entries(options).find(
    ([key, value]) =>
      ![...ofEachVerb, ...taken].includes(key) &&
      value !== undefined &&
      !(Array.isArray(value) && value.length === 0),
  );
  if (!stray) return;
  const flag = `--${stray[0].replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw usage(
    `Cannot use "${flag}" with "tutti pipeline ${word}": it is for starting a pipeline`,
    `${word} takes ${taken.map((one) => `--${one}`).join(", ")}`,
  );
}

function totalOf(pipelines: readonly ShownPipeline[]): number {
  return pipelines.reduce((sum, { letters = 0 }) => sum + letters, 0);
}

const usualMost = 20;

/** `--limit` is a cap of the run for what starts one, and a number here. */
function mostOf(limits: readonly string[]): number {
  const [text, second] = limits;
  if (text === undefined) return usualMost;
  const most = Number(text);
  if (second === undefined && Number.isSafeInteger(most) && most > 0) return most;
  throw usage(
    `Cannot list "${limits.join(" ")}" letters: it must be a whole number, 1 or more`,
    "write: --limit 100",
  );
}

function stageOf({ stage }: LetterFlags): { readonly stage?: string } {
  return stage === undefined ? {} : { stage };
}

interface Named {
  readonly tutti: Tutti;
  readonly runId: string;
  /** What happened in it so far. */
  readonly events: readonly Event[];
  readonly pipelines: readonly ShownPipeline[];
}

/** The pipelines of the run, or the one that is named. */
async function pipelinesNamed(
  context: Context,
  { run, options: { node, stage } }: LetterCall,
  word: Word,
): Promise<Named> {
  if (run === undefined) {
    throw usage(
      `Cannot run "tutti pipeline ${word}" like this: the RUN is missing`,
      `name a run, such as the last one: tutti pipeline ${word} @last`,
    );
  }
  const {
    tutti,
    run: { runId },
    events,
  } = await openRun(context, run);
  const all = await tutti.streams(runId);
  if (all.length === 0) {
    // says where they are, where they are not here
    await tutti.deadLetters(runId, { most: 0 });
    throw usage(`Cannot ${word} in run ${runId}: it has no pipeline`, `see: tutti show ${runId}`);
  }
  const addresses = all.map(({ address }) => address);
  if (node !== undefined && !addresses.includes(node))
    throw noSuch({ what: "pipeline", name: node, names: addresses });
  const pipelines = all.filter(({ address }) => node === undefined || address === node);
  const stages = pipelines.flatMap(({ figures }) => figures.places.map(({ name }) => name));
  if (stage !== undefined && !stages.includes(stage))
    throw noSuch({ what: "stage", name: stage, names: stages });
  return { tutti, runId, events, pipelines };
}

interface Missing {
  readonly what: "pipeline" | "stage";
  readonly name: string;
  readonly names: readonly string[];
}

function noSuch({ what, name, names }: Missing): Error {
  const close = nearest(name, names);
  const fix = close === undefined ? `there are: ${names.join(", ")}` : `did you mean "${close}"?`;
  return usage(`Cannot find the ${what} "${name}": the run has none of this name`, fix);
}

interface Listed extends Named {
  readonly options: LetterFlags;
  readonly found: readonly ListedLetter[];
  readonly total: number;
}

function nextLines({ runId, options: { stage, node }, found, total }: Listed): Shown[] {
  const flags = [
    ...(stage === undefined ? [] : ["--stage", shellWord(stage)]),
    ...(node === undefined ? [] : ["--node", shellWord(node)]),
  ].join(" ");
  const line = (word: Word, rest = "") =>
    ["tutti pipeline", word, runId, flags, rest].filter((part) => part !== "").join(" ");
  if (found.length === 0)
    return [
      total === 0 ? "no dead letters" : `no dead letters there; ${countText(total, "dead letter")} elsewhere`,
    ];
  const more = stage === undefined ? total - found.length : 0;
  return [
    ...(more > 0 ? [`and ${countText(more, "more letter")}: ${line("dead", `--limit ${total}`)}`] : []),
    ...(found.some(({ whole }) => whole) ? [`try them again: ${line("replay")}`] : []),
  ];
}
